import { Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { ModelView } from '../audience/index.server.ts';
import { useShop } from './shop-context.tsx';

/** Why nothing can be said of what customers will do: what is missing, in numbers. */
export function ModelNote({ model }: { model: ModelView }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { state, buyers, days, leastBuyers, leastDays } = model;
  const lines =
    state === 'short'
      ? [
          t('audience.shortBuyers', { count: buyers, least: shop.number(leastBuyers) }),
          t('audience.shortDays', { count: days, least: shop.number(leastDays) }),
        ]
      : [t(state === 'shapeless' ? 'audience.shapeless' : state === 'none' ? 'audience.none' : 'audience.noAmounts')];
  return (
    <>
      {state === 'short' || state === 'shapeless' ? (
        <Text as="p" fontWeight="semibold">
          {t('audience.noHistory')}
        </Text>
      ) : null}
      {lines.map((line) => (
        <Text as="p" tone="subdued" key={line}>
          {line}
        </Text>
      ))}
    </>
  );
}
