import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData, useNavigation, useSearchParams } from '@remix-run/react';
import { Badge, BlockStack, Card, EmptySearchResult, IndexTable, InlineStack, Link, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { ExportButton } from '../components/export-button.tsx';
import { ListSearch } from '../components/list-search.tsx';
import { orderChoice, paymentOf, PAYMENTS } from '../components/list-choices.ts';
import { Pager } from '../components/pager.tsx';
import { useShop } from '../components/shop-context.tsx';
import { useLiveRefresh } from '../components/use-live-refresh.ts';
import { cursorOf } from '../core/cursor.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { listChannels, listOrders, orderFilter } from '../record/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const params = new URL(request.url).searchParams;
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
  const { state } = useNavigation();
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
        <Card padding="0">
          <IndexTable
            selectable={false}
            loading={state === 'loading'}
            itemCount={page.rows.length}
            resourceName={{ singular: t('orders.name'), plural: t('orders.title') }}
            emptyState={<EmptySearchResult title={t('orders.empty')} description={t('orders.emptyText')} withIllustration />}
            headings={[
              { title: t('orders.name') },
              { title: t('orders.date') },
              { title: t('orders.customer') },
              { title: t('orders.status') },
              { title: t('orders.net'), alignment: 'end' },
              { title: t('orders.total'), alignment: 'end' },
            ]}
          >
            {page.rows.map((row, index) => (
              <IndexTable.Row id={String(row.id)} key={String(row.id)} position={index}>
                <IndexTable.Cell>
                  <Link url={`/app/orders/${row.id}`} removeUnderline dataPrimaryLink>
                    <Text as="span" fontWeight="semibold">
                      {row.name}
                    </Text>
                  </Link>
                </IndexTable.Cell>
                <IndexTable.Cell>{shop.time(row.processedAt)}</IndexTable.Cell>
                <IndexTable.Cell>
                  {row.customerId === null ? (
                    t('orders.guest')
                  ) : (
                    <Link url={`/app/customers/${row.customerId}`}>{row.customerName ?? String(row.customerId)}</Link>
                  )}
                </IndexTable.Cell>
                <IndexTable.Cell>
                  <InlineStack gap="100">
                    <Payment status={row.financialStatus} />
                    {row.cancelledAt ? <Badge tone="warning">{t('orders.cancelled')}</Badge> : null}
                  </InlineStack>
                </IndexTable.Cell>
                <IndexTable.Cell>
                  <Text as="span" alignment="end" numeric>
                    {shop.money(row.net)}
                  </Text>
                </IndexTable.Cell>
                <IndexTable.Cell>
                  <Text as="span" alignment="end" numeric>
                    {shop.money(row.total)}
                  </Text>
                </IndexTable.Cell>
              </IndexTable.Row>
            ))}
          </IndexTable>
        </Card>
        <Pager before={page.before} after={page.after} />
      </BlockStack>
    </Page>
  );
}

function Payment({ status }: { status: string | null }) {
  const { t } = useTranslation();
  const known = paymentOf(status);
  return <Badge>{known ? t(`orders.payments.${known}`) : (status ?? t('app.unknown'))}</Badge>;
}
