import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Badge, BlockStack, Card, EmptyState, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { listStanding } from '../campaigns/index.server.ts';
import { ListTable, RowLink } from '../components/list-table.tsx';
import { useShop } from '../components/shop-context.tsx';
import { STANDING_TONES, useStandingWords } from '../components/standing-words.tsx';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  return { rows: await listStanding(await authenticateAdmin(request, context)) };
}

export default function StandingCampaigns() {
  const { rows } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const words = useStandingWords();
  const create = { content: t('standing.create'), url: '/app/standing/new' };
  const back = { content: t('campaigns.title'), url: '/app/campaigns' };
  if (rows.length === 0)
    return (
      <Page title={t('standing.title')} backAction={back} fullWidth>
        <Card padding="0">
          <EmptyState heading={t('standing.empty')} image="" action={create}>
            <p>{t('standing.emptyText')}</p>
          </EmptyState>
        </Card>
      </Page>
    );
  return (
    <Page title={t('standing.title')} backAction={back} primaryAction={create} fullWidth>
      <BlockStack gap="400">
        <Text as="p" tone="subdued">
          {t('standing.text')}
        </Text>
        <ListTable
          name={{ singular: t('standing.title'), plural: t('standing.title') }}
          rows={rows}
          idOf={({ id }) => id}
          columns={[
            {
              title: t('campaigns.name'),
              cell: (row) => <RowLink to={`/app/standing/${row.id}`} title={row.name} note={words.trigger(row.trigger)} />,
            },
            {
              title: t('standing.status'),
              cell: ({ status }) => <Badge tone={STANDING_TONES[status]}>{t(`standing.statuses.${status}`)}</Badge>,
            },
            { title: t('standing.priority'), numeric: true, cell: ({ priority }) => shop.number(priority) },
            { title: t('standing.offered'), numeric: true, cell: ({ figures }) => shop.number(figures.offered) },
            { title: t('standing.lastRun'), cell: ({ figures }) => (figures.lastRun ? shop.time(figures.lastRun) : t('standing.never')) },
          ]}
        />
      </BlockStack>
    </Page>
  );
}
