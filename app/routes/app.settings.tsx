import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useFetcher, useLoaderData } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, DataTable, InlineStack, Link, Page, Text } from '@shopify/polaris';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import {
  campaignCadence,
  campaignSettings,
  onSiteOffers,
  saveCadence,
  saveCampaignSettings,
  saveOnSiteOffers,
} from '../campaigns/index.server.ts';
import { CadenceCard } from '../components/cadence-card.tsx';
import { TierDiscountCard } from '../components/tier-discount-card.tsx';
import { LeadTimeCard } from '../components/lead-time-card.tsx';
import { MarginCard } from '../components/margin-card.tsx';
import { OnSiteCard } from '../components/on-site-card.tsx';
import { PrivacyRequests } from '../components/privacy-requests.tsx';
import { RetentionCard } from '../components/retention-card.tsx';
import { useShop } from '../components/shop-context.tsx';
import { formText } from '../core/form.ts';
import { parseId } from '../core/gid.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { noteAudit } from '../audit/index.server.ts';
import { saveLeadTime, shopLeadTime } from '../forecast/index.server.ts';
import { saveTierDiscount, tierDiscountPage } from '../loyalty/index.server.ts';
import { listPrivacyRequests, retentionOf, saveRetention } from '../privacy/index.server.ts';
import { askForReconciliation, listFailedEvents, replayFailedEvents, syncState } from '../record/index.server.ts';
import { listDeadOutbox, retryDeadOutbox } from '../shopify/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const [failed, dead, marks, leadTimeDays, privacy, retention, margins, cadence, onSite, tierDiscount] = await Promise.all([
    listFailedEvents(scope),
    listDeadOutbox(scope),
    syncState(scope),
    shopLeadTime(scope),
    listPrivacyRequests(scope),
    retentionOf(scope),
    campaignSettings(scope),
    campaignCadence(scope),
    onSiteOffers(scope),
    tierDiscountPage(scope),
  ]);
  return {
    failed,
    dead,
    marks,
    leadTimeDays,
    privacy,
    retention,
    margins,
    cadence,
    onSite,
    tierDiscount,
    shop: { domain: scope.shop.domain, currency: scope.shop.currency, timezone: scope.shop.timezone },
  };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const form = await request.formData();
  const id = parseId(formText(form, 'id'));
  switch (formText(form, 'intent')) {
    case 'replay': {
      const count = await replayFailedEvents(scope, id === null ? 'all' : { id });
      await noteAudit(scope, { action: 'settings.events.replayed', after: { count } });
      return { kind: 'replayed' as const, count };
    }
    case 'retry': {
      const count = await retryDeadOutbox(scope, id === null ? 'all' : { id });
      await noteAudit(scope, { action: 'settings.messages.retried', after: { count } });
      return { kind: 'retried' as const, count };
    }
    case 'sync':
      await askForReconciliation(scope);
      await noteAudit(scope, { action: 'settings.reconciliation.asked' });
      return { kind: 'syncStarted' as const, count: 0 };
    default:
      return saveSettings(scope, form);
  }
}

/** What the cards of the page save, each under its intent. */
async function saveSettings(scope: Awaited<ReturnType<typeof authenticateAdmin>>, form: FormData) {
  switch (formText(form, 'intent')) {
    case 'leadTime': {
      const text = formText(form, 'leadTimeDays').trim();
      return saveLeadTime(scope, text === '' ? Number.NaN : Number(text));
    }
    case 'margins': {
      const typed = (field: string): string => formText(form, field);
      return saveCampaignSettings(scope, { marginFloor: typed('marginFloor'), feeShare: typed('feeShare'), feeFixed: typed('feeFixed') });
    }
    case 'cadence': {
      const typed = (field: string): string => formText(form, field);
      const hours = { quietFrom: typed('quietFrom'), quietTo: typed('quietTo') };
      return saveCadence(scope, { mostOffers: typed('mostOffers'), capDays: typed('capDays'), ...hours });
    }
    case 'onSite':
      return saveOnSiteOffers(scope, formText(form, 'onSite') === 'on');
    case 'tierDiscount': {
      const typed = (field: string): string => formText(form, field);
      const marked = (field: string): boolean => typed(field) === 'on';
      return saveTierDiscount(scope, {
        isOn: marked('isOn'),
        tags: typed('tags'),
        collections: typed('collections'),
        products: typed('products'),
        combines: marked('combines'),
        holdersOnly: marked('holdersOnly'),
      });
    }
    case 'retention': {
      const days = (field: string): number => Number(formText(form, field).trim() || Number.NaN);
      return saveRetention(scope, { inboxDays: days('inboxDays'), checkoutDays: days('checkoutDays') });
    }
    default:
      throw new Response(null, { status: 400 });
  }
}

type Data = Awaited<ReturnType<typeof loader>>;
type Send = (intent: string, id?: bigint) => void;

export default function Settings() {
  const { failed, dead, marks, leadTimeDays, privacy, retention, margins, cadence, onSite, tierDiscount, shop } =
    useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const fetcher = useFetcher<typeof action>();
  const done = fetcher.data && 'count' in fetcher.data ? fetcher.data : null;
  const send: Send = (intent, id) => {
    fetcher.submit({ intent, ...(id === undefined ? {} : { id: String(id) }) }, { method: 'post' });
  };
  return (
    <Page title={t('settings.title')}>
      <BlockStack gap="400">
        {done ? <Banner tone="success" title={t(`settings.${done.kind}`, { count: done.count })} /> : null}
        <Section title={t('settings.shop')}>
          <p>{shop.domain}</p>
          <Text as="p" tone="subdued">
            {t('settings.currency')}: {shop.currency} · {t('settings.timezone')}: {shop.timezone}
          </Text>
        </Section>
        <LeadTimeCard label={t('inventory.leadTimeShop')} help={t('inventory.leadTimeShopHelp')} days={leadTimeDays} />
        <MarginCard settings={margins} />
        <CadenceCard cadence={cadence} />
        <OnSiteCard onSite={onSite} />
        <TierDiscountCard {...tierDiscount} />
        <InStep marks={marks} send={send} />
        <FailedEvents failed={failed} send={send} />
        <DeadMessages dead={dead} send={send} />
        <PrivacyRequests requests={privacy} />
        <RetentionCard retention={retention} />
        <Section title={t('events.title')}>
          <p>{t('events.text')}</p>
          <Link url="/app/settings/events">{t('events.open')}</Link>
        </Section>
        <Section title={t('audit.title')}>
          <p>{t('audit.text')}</p>
          <Link url="/app/audit">{t('audit.open')}</Link>
        </Section>
      </BlockStack>
    </Page>
  );
}

function Section({
  title,
  action,
  children,
}: {
  title: string;
  action?: { content: string; run: () => void } | null;
  children: ReactNode;
}) {
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between" blockAlign="center">
          <Text as="h2" variant="headingMd">
            {title}
          </Text>
          {action ? <Button onClick={action.run}>{action.content}</Button> : null}
        </InlineStack>
        {children}
      </BlockStack>
    </Card>
  );
}

function InStep({ marks, send }: { marks: Data['marks']; send: Send }) {
  const { t } = useTranslation();
  const view = useShop();
  return (
    <Section title={t('settings.sync')} action={{ content: t('settings.syncNow'), run: () => send('sync') }}>
      <p>{t('settings.syncText')}</p>
      <Link url="/app/sync">{t('settings.syncOpen')}</Link>
      {marks.length === 0 ? (
        <Text as="p" tone="subdued">
          {t('settings.never')}
        </Text>
      ) : (
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
      )}
    </Section>
  );
}

function FailedEvents({ failed, send }: { failed: Data['failed']; send: Send }) {
  const { t } = useTranslation();
  const view = useShop();
  return (
    <Section
      title={t('settings.failed')}
      action={failed.length > 0 ? { content: t('settings.replayAll'), run: () => send('replay') } : null}
    >
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
    </Section>
  );
}

function DeadMessages({ dead, send }: { dead: Data['dead']; send: Send }) {
  const { t } = useTranslation();
  return (
    <Section title={t('settings.dead')} action={dead.length > 0 ? { content: t('settings.retry'), run: () => send('retry') } : null}>
      {dead.length === 0 ? (
        <Text as="p" tone="subdued">
          {t('settings.deadNone')}
        </Text>
      ) : (
        <DataTable
          columnContentTypes={['text', 'text', 'text', 'text']}
          headings={[t('settings.kind'), t('sync.object'), t('settings.reason'), '']}
          rows={dead.map((message) => [
            message.kind,
            message.entity,
            message.error ?? t('app.unknown'),
            <Button key={String(message.id)} variant="plain" onClick={() => send('retry', message.id)}>
              {t('settings.retry')}
            </Button>,
          ])}
        />
      )}
    </Section>
  );
}
