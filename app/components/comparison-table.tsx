import { Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { ComparedRow, Comparison } from '../campaigns/index.server.ts';
import { useCampaignWords } from './campaign-words.tsx';
import { ListTable, RowLink } from './list-table.tsx';
import { useShop } from './shop-context.tsx';
import { useStandingWords } from './standing-words.tsx';

type Tiers = readonly { id: number; name: string }[];
type Effect = ComparedRow['margin'];
type Write = (value: number) => string;

/** What each group of campaigns did beside those who were held out of them. */
export function ComparisonTable({ comparison: { by, rows }, tiers }: { comparison: Comparison; tiers: Tiers }) {
  const { t } = useTranslation();
  const shop = useShop();
  const money: Write = (value) => shop.money(BigInt(Math.round(value)));
  const count: Write = (value) => shop.number(Math.round(value * 1_000) / 1_000);
  return (
    <ListTable
      name={{ singular: t(`compare.choices.${by}`), plural: t('compare.rows') }}
      rows={rows}
      idOf={({ key }) => key}
      columns={[
        {
          title: t(`compare.choices.${by}`),
          cell: (row) => (
            // A segment's query may be long.
            <div style={{ minWidth: '12rem', maxWidth: '24rem', whiteSpace: 'normal' }}>
              <Named row={row} tiers={tiers} />
            </div>
          ),
        },
        { title: t('compare.margin'), numeric: true, cell: ({ margin }) => <Told effect={margin} write={money} /> },
        { title: t('compare.total'), numeric: true, cell: ({ margin }) => <Told effect={inAll(margin)} write={money} /> },
        { title: t('compare.revenue'), numeric: true, cell: ({ revenue }) => <Told effect={revenue} write={money} /> },
        { title: t('compare.orders'), numeric: true, cell: ({ orders }) => <Told effect={orders} write={count} /> },
        { title: t('compare.discountCost'), numeric: true, cell: ({ discountCost }) => shop.money(discountCost) },
        { title: t('compare.offered'), numeric: true, cell: ({ offered }) => shop.number(offered) },
        { title: t('compare.held'), numeric: true, cell: ({ held }) => shop.number(held) },
        ...(by === 'campaign'
          ? []
          : [{ title: t('compare.campaigns'), numeric: true, cell: ({ campaigns }: ComparedRow) => shop.number(campaigns) }]),
      ]}
    />
  );
}

/** The effect on all customers with an offer together. */
function inAll(effect: Effect): Effect {
  if (effect.kind === 'short') return effect;
  const { offered } = effect;
  return { ...effect, effect: effect.effect * offered, low: effect.low * offered, high: effect.high * offered };
}

/** What a row is of, and below it what is missing to tell of it. */
function Named({ row, tiers }: { row: ComparedRow; tiers: Tiers }) {
  const { t } = useTranslation();
  const shop = useShop();
  const title = useGroupWords(tiers)(row.group);
  const { group, margin } = row;
  const short =
    margin.kind === 'short'
      ? t('compare.short', { customers: shop.number(margin.customers), buyers: shop.number(margin.buyers) })
      : undefined;
  if (group.by === 'campaign') {
    const note = [...(group.standing ? [t('compare.standing')] : []), ...(short === undefined ? [] : [short])].join(' · ');
    return (
      <RowLink to={`/app/${group.standing ? 'standing' : 'campaigns'}/${group.id}`} title={title} {...(note === '' ? {} : { note })} />
    );
  }
  return (
    <>
      <Text as="span" fontWeight="semibold">
        {title}
      </Text>
      {short === undefined ? null : (
        <Text as="p" tone="subdued" variant="bodySm">
          {short}
        </Text>
      )}
    </>
  );
}

function useGroupWords(tiers: Tiers): (group: ComparedRow['group']) => string {
  const { t } = useTranslation();
  const campaigns = useCampaignWords();
  const standing = useStandingWords();
  return (group) => {
    switch (group.by) {
      case 'campaign':
        return group.name;
      case 'offer':
        return campaigns.offer({ value: group.size, minimum: null, pieces: null });
      case 'delivery':
        return t(`compare.${group.delivery === null ? 'handed' : group.delivery}`);
      case 'segment':
        return campaigns.audience(group.rules, tiers);
      case 'trigger':
        return standing.trigger(group.trigger);
      case 'channel':
        return group.channel ?? t('compare.noChannel');
    }
  };
}

/** An effect, and below it its range and whether it is shown. */
function Told({ effect, write }: { effect: Effect; write: Write }) {
  const { t } = useTranslation();
  if (effect.kind === 'short') return t('compare.untold');
  const { low, high, shown } = effect;
  return (
    <>
      <Text as="span" fontWeight="semibold" tone={shown ? (effect.effect > 0 ? 'success' : 'critical') : undefined}>
        {write(effect.effect)}
      </Text>
      <br />
      <Text as="span" tone="subdued" variant="bodySm">
        {t('compare.range', { low: write(low), high: write(high) })}
      </Text>
      <br />
      <Text as="span" tone="subdued" variant="bodySm">
        {shown ? t('proof.shown') : t('proof.none')}
      </Text>
    </>
  );
}
