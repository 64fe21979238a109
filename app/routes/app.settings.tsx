import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useFetcher, useLoaderData } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, DataTable, InlineStack, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { LeadTimeCard } from '../components/lead-time-card.tsx';
import { useShop } from '../components/shop-context.tsx';
import { formText } from '../core/form.ts';
import { parseId } from '../core/gid.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { saveLeadTime, shopLeadTime } from '../forecast/index.server.ts';
import { askForReconciliation, listFailedEvents, replayFailedEvents, syncState } from '../record/index.server.ts';
import { listDeadOutbox, retryDeadOutbox } from '../shopify/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const [failed, dead, marks, leadTimeDays] = await Promise.all([
    listFailedEvents(scope),
    listDeadOutbox(scope),
    syncState(scope),
    shopLeadTime(scope),
  ]);
  return {
    failed,
    dead,
    marks,
    leadTimeDays,
    shop: { domain: scope.shop.domain, currency: scope.shop.currency, timezone: scope.shop.timezone },
  };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const form = await request.formData();
  const id = parseId(formText(form, 'id'));
  switch (formText(form, 'intent')) {
    case 'replay':
      return { kind: 'replayed' as const, count: await replayFailedEvents(scope, id === null ? 'all' : { id }) };
    case 'retry':
      return { kind: 'retried' as const, count: await retryDeadOutbox(scope, id === null ? 'all' : { id }) };
    case 'sync':
      await askForReconciliation(scope);
      return { kind: 'syncStarted' as const, count: 0 };
    case 'leadTime': {
      const text = formText(form, 'leadTimeDays').trim();
      return saveLeadTime(scope, text === '' ? Number.NaN : Number(text));
    }
    default:
      throw new Response(null, { status: 400 });
  }
}

export default function Settings() {
  const { failed, dead, marks, leadTimeDays, shop } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const view = useShop();
  const fetcher = useFetcher<typeof action>();
  const done = fetcher.data && 'count' in fetcher.data ? fetcher.data : null;
  const send = (intent: string, id?: bigint): void => {
    fetcher.submit({ intent, ...(id === undefined ? {} : { id: String(id) }) }, { method: 'post' });
  };
  return (
    <Page title={t('settings.title')}>
      <BlockStack gap="400">
        {done ? <Banner tone="success" title={t(`settings.${done.kind}`, { count: done.count })} /> : null}
        <Card>
          <BlockStack gap="200">
            <Text as="h2" variant="headingMd">
              {t('settings.shop')}
            </Text>
            <p>{shop.domain}</p>
            <Text as="p" tone="subdued">
              {t('settings.currency')}: {shop.currency} · {t('settings.timezone')}: {shop.timezone}
            </Text>
          </BlockStack>
        </Card>
        <LeadTimeCard label={t('inventory.leadTimeShop')} help={t('inventory.leadTimeShopHelp')} days={leadTimeDays} />
        <Card>
          <BlockStack gap="300">
            <InlineStack align="space-between">
              <Text as="h2" variant="headingMd">
                {t('settings.sync')}
              </Text>
              <Button onClick={() => send('sync')}>{t('settings.syncNow')}</Button>
            </InlineStack>
            <p>{t('settings.syncText')}</p>
            <DataTable
              columnContentTypes={['text', 'text', 'numeric', 'numeric']}
              headings={[t('settings.kind'), t('settings.ran'), t('settings.checked'), t('settings.mended')]}
              rows={marks.map((mark) => [
                t(`home.kinds.${mark.kind}`),
                view.time(mark.ranAt),
                view.number(mark.checked),
                view.number(mark.mendedTotal),
              ])}
            />
            {marks.length === 0 ? (
              <Text as="p" tone="subdued">
                {t('settings.never')}
              </Text>
            ) : null}
          </BlockStack>
        </Card>
        <Card>
          <BlockStack gap="300">
            <InlineStack align="space-between">
              <Text as="h2" variant="headingMd">
                {t('settings.failed')}
              </Text>
              {failed.length > 0 ? <Button onClick={() => send('replay')}>{t('settings.replayAll')}</Button> : null}
            </InlineStack>
            {failed.length === 0 ? (
              <Text as="p" tone="subdued">
                {t('settings.failedNone')}
              </Text>
            ) : (
              <DataTable
                columnContentTypes={['text', 'text', 'text', 'text']}
                headings={[t('settings.topic'), t('settings.received'), t('settings.reason'), '']}
                rows={failed.map((event) => [
                  event.topic,
                  view.time(event.receivedAt),
                  event.error ?? t('app.unknown'),
                  <Button key={String(event.id)} variant="plain" onClick={() => send('replay', event.id)}>
                    {t('settings.replay')}
                  </Button>,
                ])}
              />
            )}
          </BlockStack>
        </Card>
        <Card>
          <BlockStack gap="300">
            <InlineStack align="space-between">
              <Text as="h2" variant="headingMd">
                {t('settings.dead')}
              </Text>
              {dead.length > 0 ? <Button onClick={() => send('retry')}>{t('settings.retry')}</Button> : null}
            </InlineStack>
            {dead.length === 0 ? (
              <Text as="p" tone="subdued">
                {t('settings.deadNone')}
              </Text>
            ) : (
              <DataTable
                columnContentTypes={['text', 'text', 'text']}
                headings={[t('settings.kind'), t('settings.reason'), '']}
                rows={dead.map((message) => [
                  message.kind,
                  message.error ?? t('app.unknown'),
                  <Button key={String(message.id)} variant="plain" onClick={() => send('retry', message.id)}>
                    {t('settings.retry')}
                  </Button>,
                ])}
              />
            )}
          </BlockStack>
        </Card>
      </BlockStack>
    </Page>
  );
}
