import { BlockStack, Link, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { BASES } from '../loyalty/tiers/tier-rules.ts';
import { useShop } from './shop-context.tsx';
import { useTierWords } from './tier-words.ts';

// zod tries whether it may make functions of texts; the policy forbids it in the browser, and reports the try.
if (typeof document !== 'undefined') z.config({ jitless: true });

const BY_BASIS = ['order', 'refund', 'cancellation', 'points', 'lapse'] as const;
const OTHERS = ['grace', 'manual', 'manual-end', 'rules', 'backfill', 'rebuild'] as const;
const amount = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);
const said = {
  // Changes from before tiers could count anything else say nothing of it.
  basis: z.enum(BASES).default('spend'),
  spendBefore: amount,
  spendAfter: amount,
  orderName: z.string().optional(),
};
const reasonShape = z.object({ kind: z.enum([...BY_BASIS, ...OTHERS]), ...said });

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
  const tierWords = useTierWords();
  const words = (reason: unknown): string => {
    const parsed = reasonShape.safeParse(reason);
    if (!parsed.success) return t('app.unknown');
    const { kind, basis, orderName, spendBefore, spendAfter } = parsed.data;
    const isByBasis = BY_BASIS.some((each) => each === kind);
    return t(isByBasis ? `tiers.reasons.${basis}.${kind}` : `tiers.reasons.${kind}`, {
      order: orderName ?? '',
      before: tierWords.amount(spendBefore, basis),
      after: tierWords.amount(spendAfter, basis),
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
