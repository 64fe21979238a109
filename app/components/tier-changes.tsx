import { BlockStack, Link, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { useShop } from './shop-context.tsx';

// zod tries whether it may make functions of texts; the policy forbids it in the browser, and reports the try.
if (typeof document !== 'undefined') z.config({ jitless: true });

const reasonShape = z.object({
  kind: z.enum(['order', 'refund', 'cancellation', 'lapse', 'rules', 'backfill', 'rebuild']),
  spendBefore: z.string(),
  spendAfter: z.string(),
  orderName: z.string().optional(),
});

export type ShownChange = {
  id: bigint;
  customerId: bigint;
  customerName: string | null;
  fromTier: string | null;
  toTier: string | null;
  reason: unknown;
  at: Date;
};

/** Changes of tier, each with its reason in words. */
export function TierChanges({ changes, withCustomer }: { changes: ShownChange[]; withCustomer: boolean }) {
  const { t } = useTranslation();
  const shop = useShop();
  const words = (reason: unknown): string => {
    const parsed = reasonShape.safeParse(reason);
    if (!parsed.success) return t('app.unknown');
    const { kind, orderName, spendBefore, spendAfter } = parsed.data;
    return t(`loyalty.reasons.${kind}`, {
      order: orderName ?? '',
      before: shop.money(BigInt(spendBefore)),
      after: shop.money(BigInt(spendAfter)),
    });
  };
  return (
    <BlockStack gap="300">
      {changes.map((change) => (
        <BlockStack key={String(change.id)} gap="050">
          <Text as="p" fontWeight="semibold">
            {withCustomer ? (
              <Link url={`/app/customers/${change.customerId}`}>
                {change.customerName ?? t('customers.noName', { id: String(change.customerId) })}
              </Link>
            ) : null}
            {withCustomer ? ': ' : ''}
            {t('loyalty.from_to', { from: change.fromTier ?? t('loyalty.noTier'), to: change.toTier ?? t('loyalty.noTier') })}
          </Text>
          <p>{words(change.reason)}</p>
          <Text as="p" tone="subdued" variant="bodySm">
            {shop.time(change.at)}
          </Text>
        </BlockStack>
      ))}
    </BlockStack>
  );
}
