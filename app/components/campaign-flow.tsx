import { Link, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { useShop } from './shop-context.tsx';

const STATES = ['sent', 'waiting', 'refused', 'unclear'] as const;

/** What of a campaign was handed to Shopify Flow. */
export function FlowCounts({ counts }: { counts: Readonly<Record<(typeof STATES)[number], number>> }) {
  const { t } = useTranslation();
  const shop = useShop();
  const parts = STATES.flatMap((state) => (counts[state] === 0 ? [] : [t(`handOver.${state}`, { count: shop.number(counts[state]) })]));
  return (
    <Text as="p">
      {t('handOver.handed')}: {parts.length === 0 ? t('handOver.nothing') : parts.join(' · ')}
      {counts.refused + counts.unclear > 0 ? (
        <>
          {' '}
          <Link url="/app/settings">{t('handOver.lookUp')}</Link>
        </>
      ) : null}
    </Text>
  );
}
