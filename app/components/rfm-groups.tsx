import { Link, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { GroupsPage } from '../audience/index.server.ts';
import { ListTable } from './list-table.tsx';
import { membersOf } from './rfm-grid.tsx';
import { useShop } from './shop-context.tsx';

type Scored = NonNullable<GroupsPage['scored']>;
type Moves = Scored['groups'][number]['cameFrom'];
const MOST_MOVES = 3;

/** The eleven groups, a row each. */
export function RfmGroups({ scored }: { scored: Scored }) {
  const { t } = useTranslation();
  const shop = useShop();
  const all = scored.groups.reduce((sum, { customers }) => sum + customers, 0);
  return (
    <ListTable
      name={{ singular: t('audience.groupName'), plural: t('audience.groupsTitle') }}
      rows={scored.groups}
      idOf={({ group }) => group}
      columns={[
        { title: t('audience.groupName'), cell: ({ group, query }) => <Link url={membersOf(query)}>{t(`audience.groups.${group}`)}</Link> },
        { title: t('audience.customers'), numeric: true, cell: ({ customers }) => shop.number(customers) },
        { title: t('audience.share'), numeric: true, cell: ({ customers }) => (all === 0 ? '–' : shop.share(customers / all)) },
        {
          title: t('audience.spendShare'),
          numeric: true,
          // A group whose returns are larger than its sales has no share.
          cell: ({ net }) => (net < 0n || scored.net <= 0n ? '–' : shop.share(Number((net * 10_000n) / scored.net) / 10_000)),
        },
        { title: t('audience.cameFrom'), cell: ({ cameFrom }) => <MoveList moves={cameFrom} /> },
        { title: t('audience.wentTo'), cell: ({ wentTo }) => <MoveList moves={wentTo} /> },
      ]}
    />
  );
}

function MoveList({ moves }: { moves: Moves }) {
  const { t } = useTranslation();
  if (moves.length === 0) return '–';
  const rest = moves.slice(MOST_MOVES).reduce((sum, { customers }) => sum + customers, 0);
  return (
    <>
      {moves.slice(0, MOST_MOVES).map(({ group, customers }) => (
        <Text as="p" variant="bodySm" key={group}>
          {t('audience.moved', { group: t(`audience.groups.${group}`), count: customers })}
        </Text>
      ))}
      {rest > 0 ? (
        <Text as="p" variant="bodySm" tone="subdued">
          {t('audience.more', { count: rest })}
        </Text>
      ) : null}
    </>
  );
}
