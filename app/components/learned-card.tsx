import { BlockStack, List, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { armLetter } from '../campaigns/arms.ts';
import type { CampaignWaves, StandingPage } from '../campaigns/index.server.ts';
import { ListTable } from './list-table.tsx';
import { PageSection } from './page-section.tsx';
import { useShop } from './shop-context.tsx';

type Report = NonNullable<CampaignWaves['learned']>;
type Runs = NonNullable<StandingPage['learned']>['runs'];

/** What a campaign whose arms the program chooses earned, beside what others would have, and how it chose. */
export function LearnedCard({ learned, text, runs }: { learned: Report; text: string; runs?: Runs }) {
  const { t } = useTranslation();
  const shop = useShop();
  const money = (value: number): string => shop.money(BigInt(Math.round(value)));
  const named = ({ name, letter }: Report['policies'][number]): string => t(`policy.names.${name}`, { letter: letter ?? '' });
  return (
    <PageSection title={t('policy.title')} text={text}>
      <BlockStack gap="400">
        <ListTable
          name={{ singular: t('policy.policy'), plural: t('policy.policies') }}
          rows={learned.policies}
          idOf={({ name, letter }) => `${name}${letter ?? ''}`}
          columns={[
            { title: t('policy.policy'), cell: named },
            {
              title: t('policy.earned'),
              numeric: true,
              cell: ({ earned }) =>
                earned
                  ? t('policy.range', { value: money(earned.value), low: money(earned.low), high: money(earned.high) })
                  : t('policy.short'),
            },
          ]}
        />
        <List>
          {learned.arms.map(({ letter, told }) => (
            <List.Item key={letter}>
              {t('policy.beside', { letter })}:{' '}
              {told ? t('proof.effect', { effect: money(told.effect), low: money(told.low), high: money(told.high) }) : t('policy.short')}
            </List.Item>
          ))}
        </List>
        {runs ? <RunList runs={runs} /> : null}
      </BlockStack>
    </PageSection>
  );
}

function RunList({ runs }: { runs: Runs }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (runs.length === 0)
    return (
      <Text as="p" tone="subdued">
        {t('standing.never')}
      </Text>
    );
  const shares = ({ customers }: Runs[number]): string => {
    const all = customers.reduce((sum, { count }) => sum + count, 0);
    return customers.map(({ arm, count }) => `${arm === 0 ? t('proof.heldOut') : armLetter(arm)}: ${shop.share(count / all)}`).join(' · ');
  };
  return (
    <ListTable
      name={{ singular: t('policy.run'), plural: t('policy.runs') }}
      rows={runs}
      idOf={({ run }) => run}
      columns={[
        { title: t('policy.run'), cell: ({ at }) => shop.time(at) },
        {
          title: t('proof.customers'),
          numeric: true,
          cell: ({ customers }) => shop.number(customers.reduce((sum, { count }) => sum + count, 0)),
        },
        { title: t('policy.shares'), cell: shares },
      ]}
    />
  );
}
