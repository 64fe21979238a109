import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData, useSearchParams } from '@remix-run/react';
import { Badge, BlockStack, InlineStack, Link, Page } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { ExportButton } from '../components/export-button.tsx';
import { ListSearch } from '../components/list-search.tsx';
import { orderChoice, paymentOf, PAYMENTS } from '../components/list-choices.ts';
import { ListTable, RowLink } from '../components/list-table.tsx';
import { Pager } from '../components/pager.tsx';
import { useShop } from '../components/shop-context.tsx';
import { noteAudit } from '../audit/index.server.ts';
import { useLiveRefresh } from '../components/use-live-refresh.ts';
import { cursorOf } from '../core/cursor.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { listChannels, listOrders, orderFilter } from '../record/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const params = new URL(request.url).searchParams;
  await noteAudit(scope, { action: 'list.viewed', subject: 'orders' });
  return {
    channels: await listChannels(scope),
    page: await listOrders(scope, {
      search: (params.get('q') ?? '').trim().slice(0, 100),
      customerId: null,
      filter: orderFilter(scope, orderChoice(params)),
      cursor: cursorOf(params),
      limit: 50,
    }),
  };
}

export default function Orders() {
  const { page, channels } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const [params] = useSearchParams();
  // The newest orders are on the first page: there they are seen arriving.
  useLiveRefresh(5, !params.has('after') && !params.has('before'));
  return (
    <Page title={t('orders.title')} fullWidth primaryAction={<ExportButton list="orders" />}>
      <BlockStack gap="300">
        <ListSearch
          label={t('orders.searchLabel')}
          choices={[
            {
              name: 'status',
              label: t('orders.status'),
              options: [{ value: '', label: t('app.all') }, ...PAYMENTS.map((value) => ({ value, label: t(`orders.payments.${value}`) }))],
            },
            {
              name: 'channel',
              label: t('orders.channel'),
              options: [{ value: '', label: t('app.all') }, ...channels.map((value) => ({ value, label: value }))],
            },
          ]}
          days
        />
        <ListTable
          name={{ singular: t('orders.name'), plural: t('orders.title') }}
          empty={{ title: t('orders.empty'), description: t('orders.emptyText') }}
          rows={page.rows}
          idOf={(row) => row.id}
          columns={[
            { title: t('orders.name'), cell: (row) => <RowLink to={`/app/orders/${row.id}`} title={row.name} /> },
            { title: t('orders.date'), cell: (row) => shop.time(row.processedAt) },
            { title: t('orders.customer'), cell: (row) => <Customer order={row} /> },
            { title: t('orders.status'), cell: (row) => <Payment order={row} /> },
            { title: t('orders.net'), numeric: true, cell: (row) => shop.money(row.net) },
            { title: t('orders.total'), numeric: true, cell: (row) => shop.money(row.total) },
          ]}
        />
        <Pager before={page.before} after={page.after} />
      </BlockStack>
    </Page>
  );
}

type Row = Awaited<ReturnType<typeof loader>>['page']['rows'][number];

function Customer({ order }: { order: Row }) {
  const { t } = useTranslation();
  if (order.customerId === null) return t('orders.guest');
  return <Link url={`/app/customers/${order.customerId}`}>{order.customerName ?? String(order.customerId)}</Link>;
}

function Payment({ order }: { order: Row }) {
  const { t } = useTranslation();
  const known = paymentOf(order.financialStatus);
  return (
    <InlineStack gap="100">
      <Badge>{known ? t(`orders.payments.${known}`) : (order.financialStatus ?? t('app.unknown'))}</Badge>
      {order.cancelledAt ? <Badge tone="warning">{t('orders.cancelled')}</Badge> : null}
    </InlineStack>
  );
}
