import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useFetcher, useLoaderData } from '@remix-run/react';
import { Badge, Banner, BlockStack, Link, Page } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { noteAudit } from '../audit/index.server.ts';
import { ListTable } from '../components/list-table.tsx';
import { PageSection } from '../components/page-section.tsx';
import { useShop } from '../components/shop-context.tsx';
import { SyncErrors, SyncProgress } from '../components/sync-progress.tsx';
import { SyncTopics } from '../components/sync-topics.tsx';
import { useLiveRefresh } from '../components/use-live-refresh.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { askForReconciliation, syncPage } from '../record/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  return syncPage(await authenticateAdmin(request, context));
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const askedAt = scope.clock.now();
  await askForReconciliation(scope);
  await noteAudit(scope, { action: 'settings.reconciliation.asked' });
  return { askedAt };
}

type Data = Awaited<ReturnType<typeof loader>>;

export default function Sync() {
  const { now, imported, running, runs, kinds, topics, mends, movingDays } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const fetcher = useFetcher<typeof action>();
  const askedAt = fetcher.data?.askedAt;
  const begun = running ?? runs[0];
  const isWaiting = askedAt !== undefined && (!begun || begun.startedAt < askedAt);
  const isBusy = running !== null || isWaiting || fetcher.state !== 'idle';
  useLiveRefresh(isBusy ? 2 : 15);
  return (
    <Page
      title={t('sync.title')}
      subtitle={t('sync.subtitle')}
      backAction={{ content: t('nav.settings'), url: '/app/settings' }}
      primaryAction={{
        content: t('settings.syncNow'),
        loading: isBusy,
        disabled: !imported,
        onAction: () => fetcher.submit({}, { method: 'post' }),
      }}
    >
      <BlockStack gap="500">
        {imported ? null : (
          <Banner tone="info" title={t('sync.importing')}>
            <p>{t('sync.importingText')}</p>
          </Banner>
        )}
        {movingDays ? (
          <Banner tone="info" title={t('sync.movingDays', { zone: movingDays.to })}>
            <p>{t('sync.movingDaysText', { before: movingDays.from })}</p>
          </Banner>
        ) : null}
        <SyncErrors kinds={kinds} />
        {isBusy ? <SyncProgress progress={running} /> : null}
        <Kinds kinds={kinds} now={now} />
        <Mends mends={mends} now={now} />
        <SyncTopics topics={topics} now={now} />
        <Runs runs={runs} />
      </BlockStack>
    </Page>
  );
}

function Kinds({ kinds, now }: Pick<Data, 'kinds' | 'now'>) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <PageSection title={t('sync.kinds')}>
      <ListTable
        name={{ singular: t('settings.kind'), plural: t('sync.kinds') }}
        empty={{ title: t('sync.noRun'), description: t('sync.noRunText') }}
        rows={kinds}
        idOf={(row) => row.kind}
        columns={[
          { title: t('settings.kind'), cell: (row) => t(`home.kinds.${row.kind}`) },
          {
            title: t('sync.inStep'),
            cell: (row) => (row.error ? <Badge tone="critical">{t('sync.notAsked')}</Badge> : shop.ago(row.watermark, now)),
          },
          { title: t('sync.checkedLast'), numeric: true, cell: (row) => shop.number(row.checked) },
          { title: t('sync.mendedLast'), numeric: true, cell: (row) => shop.number(row.mended) },
          { title: t('sync.mendedTotal'), numeric: true, cell: (row) => shop.number(row.mendedTotal) },
        ]}
      />
    </PageSection>
  );
}

function Mends({ mends, now }: Pick<Data, 'mends' | 'now'>) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <PageSection title={t('sync.mends')}>
      <ListTable
        name={{ singular: t('sync.mends'), plural: t('sync.mends') }}
        empty={{ title: t('sync.noMends'), description: t('sync.noMendsText') }}
        rows={mends}
        idOf={(row) => row.id}
        columns={[
          { title: t('sync.object'), cell: (row) => <MendedName mend={row} /> },
          { title: t('sync.what'), cell: (row) => t(`sync.whats.${row.what}`) },
          { title: t('sync.when'), cell: (row) => shop.ago(row.at, now) },
        ]}
      />
    </PageSection>
  );
}

function MendedName({ mend }: { mend: Data['mends'][number] }) {
  const { t } = useTranslation();
  const name = `${t(`home.kinds.${mend.kind}`)}: ${mend.label ?? mend.entityId}`;
  return mend.to === null ? name : <Link url={mend.to}>{name}</Link>;
}

function Runs({ runs }: Pick<Data, 'runs'>) {
  const { t } = useTranslation();
  const shop = useShop();
  if (runs.length === 0) return null;
  const sum = (run: Data['runs'][number], of: 'checked' | 'mended'): number => run.kinds.reduce((total, kind) => total + kind[of], 0);
  const mended = (run: Data['runs'][number]): string =>
    run.kinds
      .filter((kind) => kind.mended > 0)
      .map((kind) => `${t(`home.kinds.${kind.kind}`)} ${shop.number(kind.mended)}`)
      .join(', ') || '–';
  return (
    <PageSection title={t('sync.runs')}>
      <ListTable
        name={{ singular: t('sync.runs'), plural: t('sync.runs') }}
        rows={runs}
        idOf={(row) => row.id}
        columns={[
          { title: t('sync.when'), cell: (row) => shop.time(row.startedAt) },
          { title: t('settings.checked'), numeric: true, cell: (row) => shop.number(sum(row, 'checked')) },
          { title: t('settings.mended'), cell: (row) => mended(row) },
          {
            title: t('sync.state'),
            cell: (row) =>
              row.kinds.some((kind) => kind.error) ? (
                <Badge tone="critical">{t('sync.incomplete')}</Badge>
              ) : (
                <Badge tone="success">{t('sync.fine')}</Badge>
              ),
          },
        ]}
      />
    </PageSection>
  );
}
