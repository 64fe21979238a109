import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useFetcher, useLoaderData, useSearchParams } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, Page, Select, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { noteAudit } from '../audit/index.server.ts';
import { ListTable, RowLink } from '../components/list-table.tsx';
import { MailServerCard } from '../components/mail-server-card.tsx';
import { useShop } from '../components/shop-context.tsx';
import { formText } from '../core/form.ts';
import { parseId } from '../core/gid.ts';
import { MAIL_STATUSES } from '../delivery/statuses.ts';
import { deliveryPage, mailSettings, reportToken, saveMailSettings, sendAgain } from '../delivery/index.server.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const asked = new URL(request.url).searchParams;
  const page = await deliveryPage(scope, { status: asked.get('status'), before: parseId(asked.get('before') ?? undefined) });
  if (page.rows.length > 0) await noteAudit(scope, { action: 'list.viewed', subject: 'messages' });
  return {
    page,
    settings: await mailSettings(scope),
    reports: { url: `${scope.env.APP_URL}/mail-reports`, token: reportToken(scope.env.keys, scope.shop.id) },
  };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const form = await request.formData();
  const id = parseId(formText(form, 'id'));
  switch (formText(form, 'intent')) {
    case 'server': {
      const typed = (name: string): string => formText(form, name);
      return saveMailSettings(scope, {
        host: typed('host'),
        port: typed('port'),
        security: typed('security'),
        username: typed('username'),
        password: typed('password'),
        fromName: typed('fromName'),
        fromAddress: typed('fromAddress'),
        replyTo: typed('replyTo'),
        postal: typed('postal'),
        perMinute: typed('perMinute'),
      });
    }
    case 'again':
      if (id !== null) return sendAgain(scope, id);
      throw new Response(null, { status: 400 });
    default:
      throw new Response(null, { status: 400 });
  }
}

type Data = Awaited<ReturnType<typeof loader>>;

export default function Delivery() {
  const { page, settings, reports } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const { suppressed } = page;
  const shop = useShop();
  const of = (reason: string): string => shop.number(suppressed[reason] ?? 0);
  return (
    <Page title={t('delivery.title')}>
      <BlockStack gap="400">
        <Messages page={page} />
        <Card>
          <BlockStack gap="200">
            <Text as="h2" variant="headingMd">
              {t('delivery.never')}
            </Text>
            <Text as="p">
              {t('delivery.neverCounts', {
                unsubscribed: of('unsubscribed'),
                bounced: of('bounced'),
                complained: of('complained'),
              })}
            </Text>
          </BlockStack>
        </Card>
        <MailServerCard settings={settings} />
        <Card>
          <BlockStack gap="200">
            <Text as="h2" variant="headingMd">
              {t('delivery.reports')}
            </Text>
            <Text as="p">{t('delivery.reportsText', { url: reports.url })}</Text>
            <Text as="p">
              {t('delivery.token')}: <code style={{ overflowWrap: 'anywhere' }}>{reports.token}</code>
            </Text>
          </BlockStack>
        </Card>
      </BlockStack>
    </Page>
  );
}

function Messages({ page }: { page: Data['page'] }) {
  const { t } = useTranslation();
  const shop = useShop();
  const [asked, setAsked] = useSearchParams();
  const status = asked.get('status') ?? '';
  const again = useFetcher<typeof action>();
  const all = Object.values(page.counts).reduce((sum, count) => sum + count, 0);
  const option = (value: string, count: number) => ({
    value,
    label: `${value === '' ? t('delivery.all') : t(`delivery.statuses.${value}`)} (${shop.number(count)})`,
  });
  const canRepeat = (state: string): boolean => state === 'unknown' || state === 'refused';
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('delivery.messages')}
        </Text>
        <Select
          label={t('delivery.status')}
          options={[option('', all), ...MAIL_STATUSES.map((one) => option(one, page.counts[one] ?? 0))]}
          value={status}
          onChange={(value) => setAsked(value === '' ? {} : { status: value })}
        />
        {status === 'unknown' ? <Banner tone="info">{t('delivery.unknownText')}</Banner> : null}
        {page.rows.length === 0 ? (
          <Text as="p" tone="subdued">
            {t(all === 0 ? 'delivery.emptyText' : 'delivery.empty')}
          </Text>
        ) : (
          <ListTable
            name={{ singular: t('delivery.messages'), plural: t('delivery.messages') }}
            rows={page.rows}
            idOf={({ id }) => id}
            columns={[
              {
                title: t('delivery.customer'),
                cell: (row) => <RowLink to={`/app/customers/${row.customerId}`} title={row.customer ?? String(row.customerId)} />,
              },
              {
                title: t('delivery.campaign'),
                cell: (row) =>
                  row.campaignId === null ? '–' : <RowLink to={`/app/campaigns/${row.campaignId}`} title={row.campaign ?? ''} />,
              },
              {
                title: t('delivery.status'),
                cell: (row) => <State row={row} />,
              },
              { title: t('delivery.when'), cell: (row) => shop.time(row.at) },
              {
                title: '',
                cell: (row) =>
                  canRepeat(row.status) ? (
                    <Button
                      variant="plain"
                      disabled={again.state !== 'idle'}
                      accessibilityLabel={`${t('delivery.again')}: ${row.customer ?? String(row.customerId)}`}
                      onClick={() => again.submit({ intent: 'again', id: String(row.id) }, { method: 'post' })}
                    >
                      {t('delivery.again')}
                    </Button>
                  ) : null,
              },
            ]}
          />
        )}
        {page.next === null ? null : (
          <Button url={`/app/delivery?${new URLSearchParams({ ...(status ? { status } : {}), before: String(page.next) })}`}>
            {t('app.next')}
          </Button>
        )}
      </BlockStack>
    </Card>
  );
}

const KNOWN_REASONS = new Set(['no-address', 'no-consent', 'suppressed', 'gone', 'cancelled', 'no-template', 'broken-off']);

function State({ row }: { row: Data['page']['rows'][number] }) {
  const { t } = useTranslation();
  const reason = row.reason === null ? '' : KNOWN_REASONS.has(row.reason) ? t(`delivery.reasons.${row.reason}`) : row.reason;
  return (
    <>
      {t(`delivery.statuses.${row.status}`)}
      {reason === '' ? '' : ` (${reason})`}
    </>
  );
}
