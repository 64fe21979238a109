import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useFetcher, useLoaderData } from '@remix-run/react';
import { Badge, Banner, BlockStack, Card, EmptyState, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { importSegments, listSegments, type ImportReport } from '../audience/index.server.ts';
import { ListTable, RowLink } from '../components/list-table.tsx';
import { SegmentTemplates } from '../components/segment-templates.tsx';
import { useProblemWords } from '../components/segment-trouble.tsx';
import { useShop } from '../components/shop-context.tsx';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  return { segments: await listSegments(await authenticateAdmin(request, context)) };
}

/** Imports the store's own segments. */
export async function action({ request, context }: ActionFunctionArgs) {
  return importSegments(await authenticateAdmin(request, context));
}

type Row = ReturnType<typeof useLoaderData<typeof loader>>['segments'][number];

export default function Segments() {
  const { segments } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher<typeof action>();
  const create = { content: t('segments.create'), url: '/app/segments/new' };
  const bring = {
    content: t('segments.import'),
    loading: fetcher.state !== 'idle',
    onAction: () => fetcher.submit(null, { method: 'post' }),
  };
  const isEmpty = segments.length === 0;
  return (
    <Page
      title={t('segments.title')}
      subtitle={isEmpty ? undefined : t('segments.text')}
      primaryAction={isEmpty ? undefined : create}
      secondaryActions={isEmpty ? [] : [bring]}
      fullWidth
    >
      <BlockStack gap="400">
        <Imported report={fetcher.data} />
        {isEmpty ? (
          <>
            <Card padding="0">
              <EmptyState heading={t('segments.empty')} image="" action={create} secondaryAction={bring}>
                <p>{t('segments.emptyText')}</p>
              </EmptyState>
            </Card>
            <SegmentTemplates />
          </>
        ) : (
          <ListTable
            name={{ singular: t('segments.one'), plural: t('segments.title') }}
            rows={segments}
            idOf={(row) => row.id}
            columns={[
              { title: t('segments.name'), cell: (row) => <NameCell row={row} /> },
              { title: t('segments.counted'), numeric: true, cell: (row) => <CountCell row={row} /> },
              { title: t('segments.source'), cell: (row) => <Badge>{t(`segments.sources.${row.source}`)}</Badge> },
              { title: t('segments.changed'), cell: (row) => shop.date(row.updatedAt) },
            ]}
          />
        )}
      </BlockStack>
    </Page>
  );
}

/** The name with its question, in as much room as there is. */
function NameCell({ row }: { row: Row }) {
  const words = useProblemWords();
  return (
    <div style={{ whiteSpace: 'normal', minWidth: '12rem' }}>
      <RowLink to={`/app/segments/${row.id}`} title={row.name} />
      <div>
        <code style={{ fontSize: '0.75rem', overflowWrap: 'anywhere' }}>
          {row.query.length > 300 ? `${row.query.slice(0, 300)}…` : row.query}
        </code>
      </div>
      {row.trouble ? (
        <Text as="p" tone="critical" variant="bodySm">
          {words.trouble(row.trouble)}
        </Text>
      ) : null}
    </div>
  );
}

function CountCell({ row }: { row: Row }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (row.trouble) return <Badge tone="warning">{t('segments.notRead')}</Badge>;
  if (row.counted === null || row.countedAt === null) return <>–</>;
  return (
    <>
      {shop.number(row.counted)}
      <Text as="p" tone="subdued" variant="bodySm">
        {t('segments.countedAt', { when: shop.time(row.countedAt) })}
      </Text>
    </>
  );
}

function Imported({ report }: { report: ImportReport | undefined }) {
  const { t } = useTranslation();
  if (!report) return null;
  if (report.kind === 'refused') return <Banner tone="critical" title={t('segments.importFailed', { error: report.error })} />;
  const { created, changed, same, kept, unread, over } = report;
  return (
    <Banner tone={unread + over.length > 0 ? 'warning' : 'success'} title={t('segments.importDone')}>
      <p>{t('segments.importCounts', { created, changed, same })}</p>
      {unread > 0 ? <p>{t('segments.importUnread', { count: unread })}</p> : null}
      {kept > 0 ? <p>{t('segments.importKept', { count: kept })}</p> : null}
      {over.length > 0 ? <p>{t('segments.importOver', { count: over.length, names: over.slice(0, 50).join(', ') })}</p> : null}
    </Banner>
  );
}
