import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Badge, BlockStack, Page } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { ExportButton } from '../components/export-button.tsx';
import { ListSearch } from '../components/list-search.tsx';
import { ListTable, RowLink } from '../components/list-table.tsx';
import { Pager } from '../components/pager.tsx';
import { useShop } from '../components/shop-context.tsx';
import { STATUS_TONES, statusOf, type ShownStatus } from '../components/stock-status.ts';
import { cursorOf } from '../core/cursor.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { listInventory } from '../forecast/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const params = new URL(request.url).searchParams;
  return {
    page: await listInventory(scope, {
      search: (params.get('q') ?? '').trim().slice(0, 100),
      status: params.get('status') ? statusOf(params.get('status')) : null,
      sort: params.get('sort') === 'next28' ? 'next28' : 'reorder',
      cursor: cursorOf(params),
      limit: 50,
    }),
  };
}

export default function Inventory() {
  const { page } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const statuses = Object.keys(STATUS_TONES).map(statusOf);
  const count = (value: number | null): string => (value === null ? '–' : shop.number(Math.round(value)));
  return (
    <Page title={t('inventory.title')} fullWidth primaryAction={<ExportButton list="inventory" />}>
      <BlockStack gap="300">
        <ListSearch
          label={t('inventory.searchLabel')}
          choices={[
            {
              name: 'status',
              label: t('inventory.status'),
              options: [
                { value: '', label: t('app.all') },
                ...statuses.map((status) => ({
                  value: status,
                  label: `${t(`inventory.statuses.${status}`)} (${shop.number(page.counts[status] ?? 0)})`,
                })),
              ],
            },
            {
              name: 'sort',
              label: t('inventory.sort'),
              options: [
                { value: '', label: t('inventory.sortReorder') },
                { value: 'next28', label: t('inventory.sortDemand') },
              ],
            },
          ]}
        />
        <ListTable
          name={{ singular: t('inventory.variant'), plural: t('inventory.title') }}
          empty={{ title: t('inventory.empty'), description: t('inventory.emptyText') }}
          rows={page.rows}
          idOf={(row) => row.variantId}
          columns={[
            {
              title: t('inventory.variant'),
              cell: (row) => (
                <RowLink
                  to={`/app/inventory/${row.variantId}`}
                  title={row.title}
                  note={[row.sku, row.vendor].filter(Boolean).join(' · ')}
                />
              ),
            },
            { title: t('inventory.status'), cell: (row) => <StockBadge status={statusOf(row.status)} /> },
            { title: t('inventory.reorderBy'), cell: (row) => (row.reorderBy ? shop.day(row.reorderBy) : '–') },
            { title: t('inventory.available'), numeric: true, cell: (row) => count(row.available) },
            { title: t('inventory.cover'), numeric: true, cell: (row) => count(row.daysOfCover) },
            { title: t('inventory.sold28'), numeric: true, cell: (row) => count(row.sold28) },
            { title: t('inventory.next28'), numeric: true, cell: (row) => count(row.next28) },
          ]}
        />
        <Pager before={page.before} after={page.after} />
      </BlockStack>
    </Page>
  );
}

function StockBadge({ status }: { status: ShownStatus }) {
  const { t } = useTranslation();
  return <Badge tone={STATUS_TONES[status]}>{t(`inventory.statuses.${status}`)}</Badge>;
}
