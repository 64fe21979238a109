import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { BlockStack, Box, Card, EmptySearchResult, InlineGrid, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { groupsPage, MOVE_DAYS, type ModelView } from '../audience/index.server.ts';
import { FigureCard } from '../components/figure-card.tsx';
import { ModelNote } from '../components/model-note.tsx';
import { PageSection } from '../components/page-section.tsx';
import { RfmGrid } from '../components/rfm-grid.tsx';
import { RfmGroups } from '../components/rfm-groups.tsx';
import { useShop } from '../components/shop-context.tsx';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  return { ...(await groupsPage(scope)), moveDays: MOVE_DAYS };
}

export default function CustomerGroups() {
  const { scored, model, moveDays } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  if (!scored)
    return (
      <Page title={t('audience.title')}>
        <Card>
          <EmptySearchResult title={t('audience.empty')} description={t('audience.emptyText')} withIllustration />
        </Card>
      </Page>
    );
  return (
    <Page title={t('audience.title')} subtitle={t('audience.asOf', { date: shop.day(scored.day) })} fullWidth>
      <BlockStack gap="400">
        <Box paddingInline={{ xs: '400', sm: '0' }}>
          <Text as="p" tone="subdued">
            {t('audience.intro')}
          </Text>
        </Box>
        <InlineGrid columns={{ xs: 1, md: 2 }} gap="300">
          <FigureCard label={t('audience.scoredCustomers')} value={shop.number(scored.customers)} />
          <ExpectedSpend model={model} />
        </InlineGrid>
        <PageSection title={t('audience.grid')} text={t('audience.gridText')}>
          <Card padding="0">
            <RfmGrid scored={scored} />
          </Card>
        </PageSection>
        <PageSection title={t('audience.groupsTitle')} text={t('audience.groupsText', { days: moveDays })}>
          <RfmGroups scored={scored} />
        </PageSection>
      </BlockStack>
    </Page>
  );
}

function ExpectedSpend({ model }: { model: ModelView }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (model.spend52w !== null && model.untilDay !== null)
    return (
      <FigureCard
        label={t('audience.predicted')}
        value={shop.money(model.spend52w)}
        note={t('audience.predictedNote', { buyers: shop.number(model.buyers), date: shop.day(model.untilDay) })}
      />
    );
  return (
    <Card>
      <BlockStack gap="100">
        <Text as="h3" variant="bodyMd" tone="subdued">
          {t('audience.predicted')}
        </Text>
        <ModelNote model={model} />
      </BlockStack>
    </Card>
  );
}
