import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData, useSearchParams } from '@remix-run/react';
import { BlockStack, Button, InlineStack, Link, Page } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { CHANGES, listAudit } from '../audit/index.server.ts';
import { ExportButton } from '../components/export-button.tsx';
import { ListTable } from '../components/list-table.tsx';
import { useShop } from '../components/shop-context.tsx';
import { parseId } from '../core/gid.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const params = new URL(request.url).searchParams;
  const actions = params.get('show') === 'changes' ? CHANGES : null;
  return listAudit(scope, { before: parseId(params.get('before') ?? undefined), actions, limit: 50 });
}

type Row = Awaited<ReturnType<typeof loader>>['rows'][number];

export default function Audit() {
  const { rows, next } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const [params, setParams] = useSearchParams();
  const isChanges = params.get('show') === 'changes';
  return (
    <Page
      title={t('audit.title')}
      fullWidth
      backAction={{ content: t('nav.settings'), url: '/app/settings' }}
      primaryAction={<ExportButton list="audit" />}
    >
      <BlockStack gap="300">
        <InlineStack>
          <Button pressed={isChanges} onClick={() => setParams(isChanges ? {} : { show: 'changes' })}>
            {t('audit.changesOnly')}
          </Button>
        </InlineStack>
        <ListTable
          name={{ singular: t('audit.title'), plural: t('audit.title') }}
          empty={{ title: t('audit.empty'), description: t('audit.emptyText') }}
          rows={rows}
          idOf={(row) => row.seq}
          columns={[
            { title: t('audit.when'), cell: (row) => shop.time(row.at) },
            { title: t('audit.who'), cell: (row) => t(`audit.${row.actorKind}`, { id: row.actorId ?? '?' }) },
            { title: t('audit.what'), cell: (row) => t(`audit.actions.${row.action.replaceAll('.', '-')}`) },
            { title: t('audit.subject'), cell: (row) => <Subject subject={row.subject} /> },
            { title: t('audit.change'), cell: (row) => <Change row={row} /> },
          ]}
        />
        {next === null ? null : (
          <InlineStack align="center">
            <Button onClick={() => setParams({ ...(isChanges ? { show: 'changes' } : {}), before: String(next) })}>
              {t('audit.older')}
            </Button>
          </InlineStack>
        )}
      </BlockStack>
    </Page>
  );
}

/** Kinds of things that have a page of their own. */
const PAGES = new Map([
  ['customer', 'customers'],
  ['order', 'orders'],
  ['campaign', 'campaigns'],
  ['variant', 'inventory'],
]);

function Subject({ subject }: { subject: string | null }) {
  const [kind = '', id] = subject?.split('/') ?? [];
  const page = PAGES.get(kind);
  return page && id ? <Link url={`/app/${page}/${id}`}>{subject}</Link> : (subject ?? '–');
}

/** Long values are cut for the eye; the CSV has them whole. */
function Change({ row }: { row: Row }) {
  const short = (text: string | null): string => (text === null ? '–' : text.length > 60 ? `${text.slice(0, 60)}…` : text);
  if (row.before === null && row.after === null) return '–';
  return (
    <div style={{ whiteSpace: 'normal', overflowWrap: 'anywhere', maxWidth: '20rem' }}>
      {short(row.before)} → {short(row.after)}
    </div>
  );
}
