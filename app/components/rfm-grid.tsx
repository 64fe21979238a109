import { Box, Link, Text } from '@shopify/polaris';
import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import type { GroupsPage } from '../audience/index.server.ts';
import { useShop } from './shop-context.tsx';

type Scored = NonNullable<GroupsPage['scored']>;
type Group = Scored['groups'][number]['group'];

/** Polaris' own surfaces: good, well, new, of concern, gone. Each cell says its group in words too. */
const COLOURS: Readonly<Record<Group, string>> = {
  CHAMPIONS: 'var(--p-color-bg-fill-success-secondary)',
  LOYAL: 'var(--p-color-bg-fill-success-secondary)',
  ACTIVE: 'var(--p-color-bg-surface-success)',
  NEW: 'var(--p-color-bg-fill-info-secondary)',
  PROMISING: 'var(--p-color-bg-surface-info)',
  NEEDS_ATTENTION: 'var(--p-color-bg-surface-caution)',
  ALMOST_LOST: 'var(--p-color-bg-surface-warning)',
  AT_RISK: 'var(--p-color-bg-surface-critical)',
  PREVIOUSLY_LOYAL: 'var(--p-color-bg-fill-critical-secondary)',
  DORMANT: 'var(--p-color-bg-surface-secondary)',
  PROSPECTS: 'var(--p-color-bg-surface)',
};
const CELL: CSSProperties = {
  padding: '8px',
  textAlign: 'left',
  verticalAlign: 'top',
  minWidth: '5.5rem',
  border: '1px solid var(--p-color-border)',
};
const HEAD: CSSProperties = { ...CELL, minWidth: '4.5rem', fontWeight: 'normal' };

/** Where the customers of a segment are shown. */
export const membersOf = (query: string): string => `/app/audience/members?${new URLSearchParams({ q: query }).toString()}`;

/** Recency down, orders and spend across; on a phone it scrolls sideways within itself. */
export function RfmGrid({ scored }: { scored: Scored }) {
  const { t } = useTranslation();
  const shop = useShop();
  const ends = (word: 'recent' | 'mean', score: number): string =>
    score === 5 ? t(`audience.${word}5`) : score === 1 ? t(`audience.${word}1`) : String(score);
  return (
    <Box overflowX="scroll" padding="300">
      <table style={{ borderCollapse: 'collapse', width: '100%' }}>
        <caption style={{ position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' }}>
          {t('audience.grid')}
        </caption>
        <thead>
          <tr>
            <th scope="col" style={HEAD}>
              {t('audience.gridCorner')}
            </th>
            {scored.grid[0]?.map(({ mean }) => (
              <th scope="col" key={mean} style={HEAD}>
                {ends('mean', mean)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {scored.grid.map((row) => (
            <tr key={row[0]?.r}>
              <th scope="row" style={HEAD}>
                {ends('recent', row[0]?.r ?? 0)}
              </th>
              {row.map(({ r, mean, group, customers, query }) => (
                <td key={mean} style={{ ...CELL, background: COLOURS[group] }}>
                  <Link
                    url={membersOf(query)}
                    removeUnderline
                    monochrome
                    accessibilityLabel={t('audience.cell', { group: t(`audience.groups.${group}`), count: customers, r, mean })}
                  >
                    <Text as="span" variant="headingSm" numeric>
                      {shop.number(customers)}
                    </Text>{' '}
                    <Text as="span" variant="bodySm" numeric>
                      {shop.share(scored.customers === 0 ? 0 : customers / scored.customers)}
                    </Text>
                    <Text as="p" variant="bodySm">
                      {t(`audience.groups.${group}`)}
                    </Text>
                  </Link>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Box>
  );
}
