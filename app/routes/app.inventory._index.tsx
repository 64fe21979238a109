import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData, useNavigation } from '@remix-run/react';
import { Badge, BlockStack, Card, EmptySearchResult, IndexTable, Link, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { ExportButton } from '../components/export-button.tsx';
import { ListSearch } from '../components/list-search.tsx';
import { Pager } from '../components/pager.tsx';
import { useShop } from '../components/shop-context.tsx';
import { STATUS_TONES, statusOf } from '../components/stock-status.ts';
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
  const { state } = useNavigation();
  const statuses = Object.keys(STATUS_TONES).map(statusOf);
  const end = (text: string) => (
    <Text as="span" alignment="end" numeric>
      {text}
    </Text>
  );
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
        <Card padding="0">
          <IndexTable
            selectable={false}
            loading={state === 'loading'}
            itemCount={page.rows.length}
            resourceName={{ singular: t('inventory.variant'), plural: t('inventory.title') }}
            emptyState={<EmptySearchResult title={t('inventory.empty')} description={t('inventory.emptyText')} withIllustration />}
            headings={[
              { title: t('inventory.variant') },
              { title: t('inventory.status') },
              { title: t('inventory.reorderBy') },
              { title: t('inventory.available'), alignment: 'end' },
              { title: t('inventory.cover'), alignment: 'end' },
              { title: t('inventory.sold28'), alignment: 'end' },
              { title: t('inventory.next28'), alignment: 'end' },
            ]}
          >
            {page.rows.map((row, index) => (
              <IndexTable.Row id={String(row.variantId)} key={String(row.variantId)} position={index}>
                <IndexTable.Cell>
                  <Link url={`/app/inventory/${row.variantId}`} removeUnderline dataPrimaryLink>
                    <Text as="span" fontWeight="semibold">
                      {row.title}
                    </Text>
                  </Link>
                  <Text as="p" tone="subdued" variant="bodySm">
                    {[row.sku, row.vendor].filter(Boolean).join(' · ')}
                  </Text>
                </IndexTable.Cell>
                <IndexTable.Cell>
                  <Badge tone={STATUS_TONES[statusOf(row.status)]}>{t(`inventory.statuses.${statusOf(row.status)}`)}</Badge>
                </IndexTable.Cell>
                <IndexTable.Cell>{row.reorderBy ? shop.day(row.reorderBy) : '–'}</IndexTable.Cell>
                <IndexTable.Cell>{end(row.available === null ? '–' : shop.number(row.available))}</IndexTable.Cell>
                <IndexTable.Cell>{end(row.daysOfCover === null ? '–' : shop.number(Math.round(row.daysOfCover)))}</IndexTable.Cell>
                <IndexTable.Cell>{end(shop.number(row.sold28))}</IndexTable.Cell>
                <IndexTable.Cell>{end(shop.number(Math.round(row.next28)))}</IndexTable.Cell>
              </IndexTable.Row>
            ))}
          </IndexTable>
        </Card>
        <Pager before={page.before} after={page.after} />
      </BlockStack>
    </Page>
  );
}
