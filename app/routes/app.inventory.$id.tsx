import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Badge, BlockStack, Card, DataTable, InlineGrid, Layout, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { DemandChart } from '../components/demand-chart.tsx';
import { FigureCard } from '../components/figure-card.tsx';
import { RowLink } from '../components/list-table.tsx';
import { LeadTimeCard } from '../components/lead-time-card.tsx';
import { NotFound } from '../components/not-found.tsx';
import { useShop } from '../components/shop-context.tsx';
import { STATUS_TONES, statusOf } from '../components/stock-status.ts';
import { formText } from '../core/form.ts';
import { parseId } from '../core/gid.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { saveVariantLeadTime, variantPage } from '../forecast/index.server.ts';

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const id = parseId(params.id);
  return { page: id === null ? null : await variantPage(scope, id) };
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const id = parseId(params.id);
  if (id === null) throw new Response(null, { status: 404 });
  const text = formText(await request.formData(), 'leadTimeDays').trim();
  return saveVariantLeadTime(scope, id, text === '' ? null : Number(text));
}

type Shown = NonNullable<Awaited<ReturnType<typeof loader>>['page']>;

function titleOf({ variant, product }: Shown): string {
  const parts = [product?.title, variant.title === 'Default Title' ? null : variant.title].filter(Boolean);
  return parts.length > 0 ? parts.join(' · ') : String(variant.id);
}

export default function VariantPage() {
  const { page } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  if (!page) return <NotFound back="/app/inventory" />;
  const { variant, forecast } = page;
  const status = statusOf(forecast?.status ?? null);
  return (
    <Page
      title={titleOf(page)}
      subtitle={variant.sku ?? undefined}
      backAction={{ content: t('inventory.title'), url: '/app/inventory' }}
      titleMetadata={<Badge tone={STATUS_TONES[status]}>{t(`inventory.statuses.${status}`)}</Badge>}
    >
      <Layout>
        <Layout.Section>
          <BlockStack gap="400">
            {forecast ? <Figures forecast={forecast} /> : null}
            <Demand page={page} />
            <BoughtAgain interval={page.boughtAgain} />
            <Plans plans={page.plans} />
          </BlockStack>
        </Layout.Section>
        <Layout.Section variant="oneThird">
          <BlockStack gap="400">
            <LeadTimeCard
              label={t('inventory.leadTime')}
              help={t('inventory.leadTimeHelp', { days: page.defaultLeadTime })}
              days={page.own?.leadTimeDays ?? null}
            />
            <Stock levels={page.levels} />
          </BlockStack>
        </Layout.Section>
      </Layout>
    </Page>
  );
}

function Demand({ page }: { page: Shown }) {
  const { t } = useTranslation();
  const shop = useShop();
  const sold = shop.number(page.forecast?.sold28 ?? 0);
  const expected = shop.number(Math.round(page.forecast?.next28 ?? 0));
  return <DemandChart days={page.days} summary={t('inventory.chartSummary', { sold, expected })} />;
}

function BoughtAgain({ interval }: { interval: Shown['boughtAgain'] }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (!interval) return null;
  const { days, low, high, pairs } = interval;
  const numbers = { days: shop.number(days), low: shop.number(low), high: shop.number(high), pairs: shop.number(pairs) };
  return (
    <Card>
      <BlockStack gap="100">
        <Text as="p">{t('inventory.boughtAgain', numbers)}</Text>
        <Text as="p" tone="subdued">
          {t('inventory.boughtAgainText')}
        </Text>
      </BlockStack>
    </Card>
  );
}

function Plans({ plans }: { plans: Shown['plans'] }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (plans.length === 0) return null;
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('offers.plans')}
        </Text>
        <DataTable
          columnContentTypes={['text', 'text', 'numeric']}
          headings={[t('offers.plan'), t('campaigns.dates'), t('offers.planChange')]}
          rows={plans.map(({ source, label, from, to, factor }) => [
            <RowLink key={source} to={`/app/campaigns/${source.split('/').at(-1) ?? ''}`} title={label} />,
            to === null ? t('campaigns.open', { from: shop.day(from) }) : t('campaigns.period', { from: shop.day(from), to: shop.day(to) }),
            factor === 1 ? t('offers.planUnknown') : shop.percent(factor - 1),
          ])}
        />
        <Text as="p" tone="subdued">
          {t('offers.plansText')}
        </Text>
      </BlockStack>
    </Card>
  );
}

function Figures({ forecast }: { forecast: NonNullable<Shown['forecast']> }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { available, daysOfCover, reorderBy, stockoutOn } = forecast;
  return (
    <BlockStack gap="300">
      <InlineGrid columns={{ xs: 2, md: 4 }} gap="300">
        <FigureCard label={t('inventory.available')} value={available === null ? '–' : shop.number(available)} />
        <FigureCard label={t('inventory.next28')} value={shop.number(Math.round(forecast.next28))} />
        <FigureCard label={t('inventory.cover')} value={daysOfCover === null ? '–' : shop.number(Math.round(daysOfCover))} />
        <FigureCard
          label={t('inventory.reorderBy')}
          value={reorderBy ? shop.day(reorderBy) : '–'}
          note={stockoutOn ? t('inventory.stockoutOn', { date: shop.day(stockoutOn) }) : t('inventory.noStockout')}
        />
      </InlineGrid>
      <Text as="p" tone="subdued">
        {t('inventory.model', { model: t(`inventory.models.${forecast.model}`), days: forecast.historyDays })}{' '}
        {forecast.outOfStockDays > 0 ? t('inventory.outDays', { days: forecast.outOfStockDays }) : ''} {t('inventory.beforeRecord')}
      </Text>
    </BlockStack>
  );
}

function Stock({ levels }: { levels: Shown['levels'] }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('inventory.stock')}
        </Text>
        {levels.length === 0 ? (
          <Text as="p" tone="subdued">
            {t('inventory.stockNone')}
          </Text>
        ) : (
          <DataTable
            columnContentTypes={['text', 'numeric']}
            headings={[t('home.kinds.locations'), t('inventory.available')]}
            rows={levels.map((level) => [level.name, level.available === null ? '–' : shop.number(level.available)])}
          />
        )}
      </BlockStack>
    </Card>
  );
}
