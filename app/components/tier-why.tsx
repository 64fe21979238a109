import { BlockStack, Card, DataTable, Link, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { CountedRow, MemberPage } from '../loyalty/index.server.ts';
import { useShop } from './shop-context.tsx';
import { TierChanges } from './tier-changes.tsx';
import { TierGiven } from './tier-given.tsx';
import { useTierWords } from './tier-words.ts';

const SHOWN = 20;

/** Why a customer has this tier: what counts and until when, what is missing, when it ends, and each change with its cause. */
export function TierWhy({ member }: { member: MemberPage }) {
  const { t } = useTranslation();
  const { basis } = member.rules;
  const words = useTierWords();
  const amount = (of: bigint): string => words.amount(of, basis);
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('customers.why')}
        </Text>
        <Standing member={member} amount={amount} />
        <Counting counts={member.counts} amount={amount} />
        {member.gone.length > 0 ? (
          <BlockStack gap="100">
            <Text as="h3" variant="headingSm">
              {t('tiers.gone')}
            </Text>
            <Rows rows={member.gone} amount={amount} heading={t('tiers.goneOn')} />
          </BlockStack>
        ) : null}
        <TierChanges changes={member.changes} withCustomer={false} />
        <TierGiven member={member} />
      </BlockStack>
    </Card>
  );
}

type Amount = (of: bigint) => string;

function Standing({ member, amount }: { member: MemberPage; amount: Amount }) {
  const { t } = useTranslation();
  const shop = useShop();
  const words = useTierWords();
  const { tier, since, next, rules, value, given } = member;
  const { basis } = rules;
  const perks = tier ? words.perks(tier.perks) : '';
  const named = tier && since ? t('customers.tierSince', { tier: tier.name, date: shop.date(since) }) : tier?.name;
  return (
    <BlockStack gap="100">
      <Text as="p" fontWeight="semibold">
        {named ?? t('customers.noTier')}
      </Text>
      {given ? <Given grant={given} /> : null}
      {perks ? (
        <p>
          {t('tiers.gives')}: {perks}
        </p>
      ) : null}
      <p>{t(`tiers.value.${basis}`, { window: words.within(rules.window), amount: amount(value) })}</p>
      {tier ? <Ending member={member} amount={amount} /> : null}
      <Text as="p" tone="subdued">
        {next ? t(`tiers.missing.${basis}`, { amount: amount(next.missing), tier: next.tier.name }) : t('customers.top')}
      </Text>
    </BlockStack>
  );
}

/** When the tier ends, and what is missing to keep it. */
function Ending({ member, amount }: { member: MemberPage; amount: Amount }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { grace, lapse, rules } = member;
  return (
    <>
      {grace ? <p>{t(`tiers.keep.${rules.basis}`, { amount: amount(grace.missing) })}</p> : null}
      <p>{lapse ? t('tiers.lapse', { date: shop.date(lapse.at), tier: lapse.to?.name ?? t('loyalty.noTier') }) : t('tiers.stays')}</p>
    </>
  );
}

function Counting({ counts, amount }: { counts: MemberPage['counts']; amount: Amount }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (counts.length === 0) return null;
  const out = counts.find(({ countsUntil }) => countsUntil !== null);
  return (
    <BlockStack gap="100">
      <Text as="h3" variant="headingSm">
        {t('customers.counts')}
      </Text>
      {out?.countsUntil ? (
        <Text as="p">
          {t('tiers.nextOut', { what: out.source.name ?? shop.day(out.day), amount: amount(out.amount), date: shop.day(out.countsUntil) })}
        </Text>
      ) : null}
      <Rows rows={counts.slice(0, SHOWN)} amount={amount} heading={t('customers.countsUntil')} />
    </BlockStack>
  );
}

type RowsProps = { readonly rows: readonly CountedRow[]; readonly heading: string; readonly amount: Amount };

function Rows({ rows, amount, heading }: RowsProps) {
  const { t } = useTranslation();
  const shop = useShop();
  const what = ({ source, day }: CountedRow): React.ReactNode => {
    const label = source.name ?? t('tiers.pointsOf', { cause: t(`points.causes.${source.cause}`, { defaultValue: source.cause }) });
    return source.orderId === null ? `${label}, ${shop.day(day)}` : <Link url={`/app/orders/${source.orderId}`}>{label}</Link>;
  };
  return (
    <DataTable
      columnContentTypes={['text', 'numeric', 'text']}
      headings={[t('tiers.what'), t('customers.amount'), heading]}
      rows={rows.map((row) => [what(row), amount(row.amount), row.countsUntil ? shop.day(row.countsUntil) : t('tiers.ever')])}
    />
  );
}

function Given({ grant }: { grant: NonNullable<MemberPage['given']> }) {
  const { t } = useTranslation();
  const shop = useShop();
  const said = {
    who: grant.staffId === null ? t('tiers.staff') : t('tiers.staffOf', { id: grant.staffId }),
    date: shop.date(grant.from),
    reason: grant.reason ?? t('tiers.noReason'),
  };
  return (
    <p>
      {grant.until ? t('tiers.byHandUntil', { ...said, until: shop.date(new Date(grant.until.getTime() - 1)) }) : t('tiers.byHand', said)}
    </p>
  );
}
