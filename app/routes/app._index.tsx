import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData, useSearchParams } from '@remix-run/react';
import {
  Banner,
  BlockStack,
  Card,
  InlineGrid,
  InlineStack,
  Link,
  List,
  Page,
  ProgressBar,
  Select,
  Text,
  TextField,
} from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { FigureCard } from '../components/figure-card.tsx';
import { dayOrNull } from '../components/list-choices.ts';
import { SalesChart } from '../components/sales-chart.tsx';
import { useShop } from '../components/shop-context.tsx';
import { useLiveRefresh } from '../components/use-live-refresh.ts';
import { daysBetween } from '../core/calendar.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { stockStatus } from '../forecast/index.server.ts';
import { homePage, type Period } from '../record/index.server.ts';

const PERIODS = ['7', '28', '90', '365', 'all'] as const;

/** The period that an address asks for: so many days, everything, or two days of its own; four weeks otherwise. */
function periodOf(params: URLSearchParams): { name: (typeof PERIODS)[number] | 'range'; period: Period } {
  const [from, to] = [dayOrNull(params.get('from')), dayOrNull(params.get('to'))];
  if (params.get('period') === 'range' && from && to && Math.abs(daysBetween(from, to)) < 15_000)
    return { name: 'range', period: { from, to } };
  const period = PERIODS.find((candidate) => candidate === params.get('period')) ?? '28';
  return { name: period, period };
}

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const { name, period } = periodOf(new URL(request.url).searchParams);
  const stock = await stockStatus(scope);
  return {
    ...(await homePage(scope, period)),
    toReorder: (stock['out'] ?? 0) + (stock['late'] ?? 0),
    period: name,
    now: scope.clock.now(),
    historyLimited: scope.shop.historyLimited ?? false,
  };
}

type HomeData = Awaited<ReturnType<typeof loader>>;

export default function Home() {
  const data = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  useLiveRefresh(5);
  const choose = (asked: Record<string, string>): void => {
    const next = new URLSearchParams(params);
    for (const name of ['period', 'from', 'to']) next.delete(name);
    for (const [name, value] of Object.entries(asked)) next.set(name, value);
    setParams(next, { replace: true });
  };
  const periods: [string, string][] = [
    ['7', t('home.days7')],
    ['28', t('home.days28')],
    ['90', t('home.days90')],
    ['365', t('home.days365')],
    ['all', t('home.everything')],
    ['range', t('home.range')],
  ];
  return (
    <Page title={t('home.title')}>
      <BlockStack gap="400">
        <Import backfill={data.backfill} />
        {data.historyLimited ? (
          <Banner tone="warning" title={t('home.limited')}>
            <p>{t('home.limitedText')}</p>
          </Banner>
        ) : null}
        <InlineStack align="end" gap="200">
          <div style={{ width: '14rem' }}>
            <Select
              label={t('home.period')}
              labelInline
              options={periods.map(([value, label]) => ({ value, label }))}
              value={data.period}
              onChange={(value) => choose(value === 'range' ? { period: value, from: data.from, to: data.to } : { period: value })}
            />
          </div>
          {data.period === 'range' ? (
            <InlineStack gap="200">
              {(['from', 'to'] as const).map((end) => (
                <TextField
                  key={end}
                  type="date"
                  label={t(`app.${end}`)}
                  labelHidden
                  prefix={t(`app.${end}`)}
                  value={params.get(end) ?? data[end]}
                  onChange={(day) => choose({ period: 'range', from: data.from, to: data.to, [end]: day })}
                  autoComplete="off"
                />
              ))}
            </InlineStack>
          ) : null}
        </InlineStack>
        <KeyFigures data={data} />
        <SalesChart days={data.days} />
        <InlineGrid columns={{ xs: 1, md: 2 }} gap="400">
          <ToDo freshness={data.freshness} toReorder={data.toReorder} />
          <Record freshness={data.freshness} now={data.now} />
        </InlineGrid>
      </BlockStack>
    </Page>
  );
}

function KeyFigures({ data }: { data: Pick<HomeData, 'figures' | 'before' | 'customers'> }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { figures, before } = data;
  const note = (now: bigint | number, then: bigint | number | undefined): string | undefined => {
    if (then === undefined || Number(then) === 0) return undefined;
    return t('home.change', { change: shop.percent(Number(now) / Number(then) - 1) });
  };
  return (
    <InlineGrid columns={{ xs: 2, md: 4 }} gap="300">
      <FigureCard label={t('home.net')} value={shop.money(figures.net)} note={note(figures.net, before?.net)} />
      <FigureCard label={t('home.orders')} value={shop.number(figures.orders)} note={note(figures.orders, before?.orders)} />
      <FigureCard label={t('home.average')} value={shop.money(figures.average)} note={note(figures.average, before?.average)} />
      <FigureCard
        label={t('home.customers')}
        value={shop.number(data.customers)}
        note={t('home.newCustomers', { number: shop.number(figures.newCustomers) })}
      />
      <FigureCard label={t('home.gross')} value={shop.money(figures.gross)} note={note(figures.gross, before?.gross)} />
      <FigureCard label={t('home.discounts')} value={shop.money(figures.discounts)} />
      <FigureCard label={t('home.returned')} value={shop.money(figures.returned)} note={note(figures.returned, before?.returned)} />
      <FigureCard label={t('home.refunds')} value={shop.number(figures.refunds)} />
    </InlineGrid>
  );
}

function Import({ backfill }: { backfill: HomeData['backfill'] }) {
  const { t } = useTranslation();
  const shop = useShop();
  const current = backfill.find((step) => step.status !== 'done');
  if (!current) return null;
  const kind = t(`home.kinds.${current.kind}`);
  if (current.status === 'failed')
    return <Banner tone="critical" title={t('home.importFailed', { kind, error: current.error ?? t('app.unknown') })} />;
  const part = current.total ? Math.round((Number(current.lines) / Number(current.total)) * 100) : 0;
  return (
    <Card>
      <BlockStack gap="200">
        <Text as="h2" variant="headingMd">
          {t('home.importing')}
        </Text>
        <ProgressBar progress={part} ariaLabelledBy="import-step" />
        <p id="import-step">
          {current.total === null
            ? t('home.importPreparing', { kind })
            : t('home.importStep', { kind, lines: shop.number(current.lines), total: shop.number(current.total) })}
        </p>
        <Text as="p" tone="subdued">
          {t('home.importSoFar')}
        </Text>
      </BlockStack>
    </Card>
  );
}

function ToDo({ freshness, toReorder }: Pick<HomeData, 'freshness' | 'toReorder'>) {
  const { t } = useTranslation();
  const items = [
    freshness.failed > 0 ? <Link url="/app/settings">{t('home.todoFailed', { count: freshness.failed })}</Link> : null,
    freshness.dead > 0 ? <Link url="/app/settings">{t('home.todoDead', { count: freshness.dead })}</Link> : null,
    toReorder > 0 ? <Link url="/app/inventory">{t('home.todoReorder', { count: toReorder })}</Link> : null,
  ].filter((item) => item !== null);
  return (
    <Card>
      <BlockStack gap="200">
        <Text as="h2" variant="headingMd">
          {t('home.todo')}
        </Text>
        {items.length === 0 ? (
          <Text as="p" tone="subdued">
            {t('home.todoNone')}
          </Text>
        ) : (
          <List>
            {items.map((item) => (
              <List.Item key={String(item.props.children)}>{item}</List.Item>
            ))}
          </List>
        )}
      </BlockStack>
    </Card>
  );
}

function Record({ freshness, now }: { freshness: HomeData['freshness']; now: Date }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <Card>
      <BlockStack gap="200">
        <Text as="h2" variant="headingMd">
          {t('home.record')}
        </Text>
        <p>{freshness.lastEventAt ? t('home.fresh', { when: shop.ago(freshness.lastEventAt, now) }) : t('home.noEvent')}</p>
        <Text as="p" tone="subdued">
          {freshness.waiting > 0 ? t('home.waiting', { count: freshness.waiting }) : t('home.upToDate')}
        </Text>
      </BlockStack>
    </Card>
  );
}
