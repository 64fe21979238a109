import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData, useNavigation } from '@remix-run/react';
import { Badge, BlockStack, Card, EmptySearchResult, IndexTable, Link, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { ExportButton } from '../components/export-button.tsx';
import { ListSearch } from '../components/list-search.tsx';
import { Pager } from '../components/pager.tsx';
import { useShop } from '../components/shop-context.tsx';
import { cursorOf } from '../core/cursor.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { tierBoard } from '../loyalty/index.server.ts';
import { listCustomers, type CustomerSort } from '../record/index.server.ts';

const SORTS: readonly CustomerSort[] = ['net', 'orders', 'last'];
const LIMIT = 50;

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const params = new URL(request.url).searchParams;
  const sort = SORTS.find((candidate) => candidate === params.get('sort')) ?? 'net';
  const tier = Number(params.get('tier'));
  const page = await listCustomers(scope, {
    search: (params.get('q') ?? '').trim().slice(0, 100),
    tierId: Number.isInteger(tier) && tier > 0 ? tier : null,
    sort,
    cursor: cursorOf(params),
    limit: LIMIT,
  });
  const { tiers } = await tierBoard(scope);
  return { page, sort, tiers: tiers.map(({ id, name }) => ({ id, name })) };
}

export default function Customers() {
  const { page, tiers } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const { state } = useNavigation();
  const nameOf = (row: (typeof page.rows)[number]): string =>
    [row.firstName, row.lastName].filter(Boolean).join(' ') || t('customers.noName', { id: String(row.id) });
  return (
    <Page title={t('customers.title')} fullWidth primaryAction={<ExportButton list="customers" />}>
      <BlockStack gap="300">
        <ListSearch
          label={t('customers.searchLabel')}
          choices={[
            {
              name: 'tier',
              label: t('customers.tier'),
              options: [{ value: '', label: t('app.all') }, ...tiers.map((tier) => ({ value: String(tier.id), label: tier.name }))],
            },
            {
              name: 'sort',
              label: t('customers.sort'),
              options: [
                { value: '', label: t('customers.sortNet') },
                { value: 'orders', label: t('customers.sortOrders') },
                { value: 'last', label: t('customers.sortLast') },
              ],
            },
          ]}
        />
        <Card padding="0">
          <IndexTable
            selectable={false}
            loading={state === 'loading'}
            itemCount={page.rows.length}
            resourceName={{ singular: t('customers.name'), plural: t('customers.title') }}
            emptyState={<EmptySearchResult title={t('customers.empty')} description={t('customers.emptyText')} withIllustration />}
            headings={[
              { title: t('customers.name') },
              { title: t('customers.tier') },
              { title: t('customers.net'), alignment: 'end' },
              { title: t('customers.orders'), alignment: 'end' },
              { title: t('customers.last') },
              { title: t('customers.country') },
            ]}
          >
            {page.rows.map((row, index) => (
              <IndexTable.Row id={String(row.id)} key={String(row.id)} position={index}>
                <IndexTable.Cell>
                  <Link url={`/app/customers/${row.id}`} removeUnderline dataPrimaryLink>
                    <Text as="span" fontWeight="semibold">
                      {nameOf(row)}
                    </Text>
                  </Link>
                </IndexTable.Cell>
                <IndexTable.Cell>{row.tier ? <Badge tone="info">{row.tier}</Badge> : '–'}</IndexTable.Cell>
                <IndexTable.Cell>
                  <Text as="span" alignment="end" numeric>
                    {shop.money(row.net)}
                  </Text>
                </IndexTable.Cell>
                <IndexTable.Cell>
                  <Text as="span" alignment="end" numeric>
                    {shop.number(row.orders)}
                  </Text>
                </IndexTable.Cell>
                <IndexTable.Cell>{row.lastOrderAt ? shop.date(row.lastOrderAt) : '–'}</IndexTable.Cell>
                <IndexTable.Cell>{row.country ?? '–'}</IndexTable.Cell>
              </IndexTable.Row>
            ))}
          </IndexTable>
        </Card>
        <Pager before={page.before} after={page.after} />
      </BlockStack>
    </Page>
  );
}
