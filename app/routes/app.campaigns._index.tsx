import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Card, EmptyState, IndexTable, Link, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { listCampaigns } from '../campaigns/index.server.ts';
import { CampaignBadge, useCampaignWords } from '../components/campaign-words.tsx';
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
  const end = (text: string) => (
    <Text as="span" alignment="end" numeric>
      {text}
    </Text>
  );
  return (
    <Page title={t('campaigns.title')} primaryAction={campaigns.length > 0 ? create : undefined} fullWidth>
      <Card padding="0">
        {campaigns.length === 0 ? (
          <EmptyState heading={t('campaigns.empty')} image="" action={create}>
            <p>{t('campaigns.emptyText')}</p>
          </EmptyState>
        ) : (
          <IndexTable
            selectable={false}
            itemCount={campaigns.length}
            resourceName={{ singular: t('campaigns.name'), plural: t('campaigns.title') }}
            headings={[
              { title: t('campaigns.name') },
              { title: t('campaigns.status') },
              { title: t('campaigns.dates') },
              { title: t('campaigns.audienceSize'), alignment: 'end' },
              { title: t('campaigns.redemptions'), alignment: 'end' },
              { title: t('campaigns.revenue'), alignment: 'end' },
              { title: t('campaigns.discountCost'), alignment: 'end' },
            ]}
          >
            {campaigns.map((campaign, index) => (
              <IndexTable.Row id={String(campaign.id)} key={campaign.id} position={index}>
                <IndexTable.Cell>
                  <Link url={`/app/campaigns/${campaign.id}`} removeUnderline dataPrimaryLink>
                    <Text as="span" fontWeight="semibold">
                      {campaign.name}
                    </Text>
                  </Link>
                  <Text as="p" tone="subdued" variant="bodySm">
                    {words.offer(campaign.offer)}
                  </Text>
                </IndexTable.Cell>
                <IndexTable.Cell>
                  <CampaignBadge status={campaign.shown} />
                </IndexTable.Cell>
                <IndexTable.Cell>{words.dates(campaign)}</IndexTable.Cell>
                <IndexTable.Cell>{end(shop.number(campaign.audienceSize))}</IndexTable.Cell>
                <IndexTable.Cell>{end(shop.number(campaign.figures.redemptions))}</IndexTable.Cell>
                <IndexTable.Cell>{end(shop.money(campaign.figures.revenue))}</IndexTable.Cell>
                <IndexTable.Cell>{end(shop.money(campaign.figures.discountCost))}</IndexTable.Cell>
              </IndexTable.Row>
            ))}
          </IndexTable>
        )}
      </Card>
    </Page>
  );
}
