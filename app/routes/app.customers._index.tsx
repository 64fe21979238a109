import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Badge, BlockStack, Page } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { ExportButton } from '../components/export-button.tsx';
import { ListSearch } from '../components/list-search.tsx';
import { ListTable, RowLink } from '../components/list-table.tsx';
import { Pager } from '../components/pager.tsx';
import { useShop } from '../components/shop-context.tsx';
import { noteAudit } from '../audit/index.server.ts';
import { cursorOf } from '../core/cursor.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { listTiers } from '../loyalty/index.server.ts';
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
  await noteAudit(scope, { action: 'list.viewed', subject: 'customers' });
  const tiers = await listTiers(scope);
  return { page, sort, tiers: tiers.map(({ id, name }) => ({ id, name })) };
}

export default function Customers() {
  const { page, tiers } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
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
        <ListTable
          name={{ singular: t('customers.name'), plural: t('customers.title') }}
          empty={{ title: t('customers.empty'), description: t('customers.emptyText') }}
          rows={page.rows}
          idOf={(row) => row.id}
          columns={[
            { title: t('customers.name'), cell: (row) => <RowLink to={`/app/customers/${row.id}`} title={nameOf(row)} /> },
            { title: t('customers.tier'), cell: (row) => (row.tier ? <Badge tone="info">{row.tier}</Badge> : '–') },
            { title: t('customers.net'), numeric: true, cell: (row) => shop.money(row.net) },
            { title: t('customers.orders'), numeric: true, cell: (row) => shop.number(row.orders) },
            { title: t('customers.last'), cell: (row) => (row.lastOrderAt ? shop.date(row.lastOrderAt) : '–') },
            { title: t('customers.country'), cell: (row) => row.country ?? '–' },
          ]}
        />
        <Pager before={page.before} after={page.after} />
      </BlockStack>
    </Page>
  );
}
