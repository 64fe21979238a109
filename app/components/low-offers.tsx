import { Banner, BlockStack, InlineStack } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { armLetter } from '../campaigns/arms.ts';
import { useShop } from './shop-context.tsx';

/** Offers below the floor, with the button that begins anyway. */
export function LowOffers({ low }: { low: readonly { place: number; share: number; floor: number }[] }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (low.length === 0) return null;
  return (
    <Banner tone="warning" title={t('standing.error.floor')}>
      <BlockStack gap="200">
        {low.map(({ place, share, floor }) => (
          <p key={place}>
            {t('standing.low', { letter: armLetter(place + 1), share: shop.share(share / 10_000), floor: shop.share(floor / 10_000) })}
          </p>
        ))}
        <InlineStack>
          {/* Polaris's own button sends no value. */}
          <button type="submit" name="agreed" value="below-floor">
            {t('standing.agree')}
          </button>
        </InlineStack>
      </BlockStack>
    </Banner>
  );
}
