import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Card, EmptyState, Page } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { listCampaigns } from '../campaigns/index.server.ts';
import { CampaignBadge, useCampaignWords } from '../components/campaign-words.tsx';
import { ListTable, RowLink } from '../components/list-table.tsx';
import { useShop } from '../components/shop-context.tsx';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  return { campaigns: await listCampaigns(await authenticateAdmin(request, context)) };
}

export default function Campaigns() {
  const { campaigns } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const words = useCampaignWords();
  const create = { content: t('campaigns.create'), url: '/app/campaigns/new' };
  const others = [
    { content: t('standing.title'), url: '/app/standing' },
    { content: t('compare.title'), url: '/app/campaigns/compare' },
    { content: t('misuse.title'), url: '/app/misuse' },
  ];
  if (campaigns.length === 0)
    return (
      <Page title={t('campaigns.title')} secondaryActions={others} fullWidth>
        <Card padding="0">
          <EmptyState heading={t('campaigns.empty')} image="" action={create}>
            <p>{t('campaigns.emptyText')}</p>
          </EmptyState>
        </Card>
      </Page>
    );
  return (
    <Page title={t('campaigns.title')} primaryAction={create} secondaryActions={others} fullWidth>
      <ListTable
        name={{ singular: t('campaigns.name'), plural: t('campaigns.title') }}
        rows={campaigns}
        idOf={(campaign) => campaign.id}
        columns={[
          {
            title: t('campaigns.name'),
            cell: (campaign) => <RowLink to={`/app/campaigns/${campaign.id}`} title={campaign.name} note={words.offers(campaign.arms)} />,
          },
          { title: t('campaigns.status'), cell: (campaign) => <CampaignBadge status={campaign.shown} /> },
          { title: t('campaigns.dates'), cell: (campaign) => words.dates(campaign) },
          { title: t('campaigns.audienceSize'), numeric: true, cell: (campaign) => shop.number(campaign.audienceSize) },
          { title: t('campaigns.redemptions'), numeric: true, cell: ({ figures }) => shop.number(figures.redemptions) },
          { title: t('campaigns.revenue'), numeric: true, cell: ({ figures }) => shop.money(figures.revenue) },
          { title: t('campaigns.discountCost'), numeric: true, cell: ({ figures }) => shop.money(figures.discountCost) },
        ]}
      />
    </Page>
  );
}
