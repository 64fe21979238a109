import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData, useSearchParams } from '@remix-run/react';
import { Banner, BlockStack, Box, Card, EmptyState, List, Page, Select, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { LEAST_BUYERS_AN_ARM, LEAST_CUSTOMERS, LEAST_STRATUM } from '../audience/index.server.ts';
import { compareCampaigns, comparedBy, COMPARED_BY } from '../campaigns/index.server.ts';
import { ComparisonTable } from '../components/comparison-table.tsx';
import { useShop } from '../components/shop-context.tsx';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { listTiers } from '../loyalty/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const by = comparedBy(new URL(request.url).searchParams.get('by'));
  return {
    comparison: await compareCampaigns(scope, by),
    tiers: (await listTiers(scope)).map(({ id, name }) => ({ id, name })),
    choices: COMPARED_BY,
    least: { stratum: LEAST_STRATUM, customers: LEAST_CUSTOMERS, buyers: LEAST_BUYERS_AN_ARM },
  };
}

export default function Compare() {
  const { comparison, tiers, choices, least } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const [params, setParams] = useSearchParams();
  const choose = (by: string): void => {
    const next = new URLSearchParams(params);
    next.set('by', by);
    setParams(next, { replace: true });
  };
  const back = { content: t('campaigns.title'), url: '/app/campaigns' };
  if (comparison.rows.length === 0)
    return (
      <Page title={t('compare.title')} backAction={back} fullWidth>
        <Card padding="0">
          <EmptyState heading={t('compare.empty')} image="">
            <p>{t('compare.emptyText')}</p>
          </EmptyState>
        </Card>
      </Page>
    );
  return (
    <Page title={t('compare.title')} backAction={back} fullWidth>
      <BlockStack gap="400">
        <Box paddingInline={{ xs: '400', sm: '0' }}>
          <BlockStack gap="300">
            <Text as="p" tone="subdued">
              {t('compare.text', { since: shop.date(comparison.since) })}
            </Text>
            <Select
              label={t('compare.by')}
              options={choices.map((value) => ({ value, label: t(`compare.choices.${value}`) }))}
              value={comparison.by}
              onChange={choose}
            />
          </BlockStack>
        </Box>
        {comparison.costsUnknown ? <Banner tone="warning" title={t('proof.costsUnknown')} /> : null}
        <ComparisonTable comparison={comparison} tiers={tiers} />
        <HowToRead least={least} />
      </BlockStack>
    </Page>
  );
}

function HowToRead({ least }: { least: { stratum: number; customers: number; buyers: number } }) {
  const { t } = useTranslation();
  return (
    <Card>
      <BlockStack gap="200">
        <Text as="h2" variant="headingSm">
          {t('compare.how')}
        </Text>
        <List>
          <List.Item>{t('compare.noExperiment')}</List.Item>
          <List.Item>{t('compare.rangesHold')}</List.Item>
          <List.Item>{t('compare.severalTimes')}</List.Item>
          <List.Item>{t('compare.standingCounts')}</List.Item>
          <List.Item>{t('compare.leftOut', { least: least.stratum })}</List.Item>
          <List.Item>{t('compare.least', { customers: least.customers, buyers: least.buyers })}</List.Item>
          <List.Item>{t('compare.discountsIn')}</List.Item>
        </List>
      </BlockStack>
    </Card>
  );
}
