import { BlockStack, Button, InlineStack, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { FormSection, type CampaignPart } from './campaign-form-parts.tsx';
import { useShop } from './shop-context.tsx';

export type ShownOverstock = {
  readonly productId: string;
  readonly title: string;
  readonly available: number;
  readonly value: bigint | null;
  readonly coverDays: number | null;
};

/** What a campaign could help to clear: products that last too long, with a button that picks them. */
export function OverstockProposal({ part, products }: { part: CampaignPart; products: readonly ShownOverstock[] }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (products.length === 0) return null;
  return (
    <FormSection title={t('offers.overstock')}>
      <Text as="p">{t('offers.overstockText')}</Text>
      <BlockStack gap="100">
        {products.map(({ productId, title, available, value, coverDays }) => (
          <Text as="p" key={productId}>
            {title}:{' '}
            {coverDays === null
              ? t('offers.overstockIdle', { available: shop.number(available) })
              : t('offers.overstockDays', { available: shop.number(available), days: shop.number(Math.round(coverDays)) })}
            {value === null ? '' : ` · ${shop.money(value)}`}
          </Text>
        ))}
      </BlockStack>
      <InlineStack>
        <Button onClick={() => part.set({ products: products.map(({ productId, title }) => ({ id: productId, title })), collections: [] })}>
          {t('offers.overstockUse')}
        </Button>
      </InlineStack>
    </FormSection>
  );
}
