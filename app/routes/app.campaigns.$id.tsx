import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useFetcher, useLoaderData } from '@remix-run/react';
import { Banner, BlockStack, Card, InlineGrid, Link, Modal, Page, ProgressBar, Text } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { noteAudit } from '../audit/index.server.ts';
import {
  campaignPage,
  campaignProof,
  campaignWaves,
  endCampaign,
  flowsOf,
  pauseCampaign,
  replaceCode,
  resumeCampaign,
  retryCampaign,
  revokeCodes,
  stopCampaignWaves,
  type ActOutcome,
  type CampaignWaves,
} from '../campaigns/index.server.ts';
import { CampaignCodes } from '../components/campaign-codes.tsx';
import { FlowCounts } from '../components/campaign-flow.tsx';
import { CampaignProof, type ShownProof } from '../components/campaign-proof.tsx';
import { CampaignWavesCard } from '../components/campaign-waves.tsx';
import { CampaignBadge, useCampaignWords } from '../components/campaign-words.tsx';
import { FigureCard } from '../components/figure-card.tsx';
import { NotFound } from '../components/not-found.tsx';
import { useShop } from '../components/shop-context.tsx';
import { useLiveRefresh } from '../components/use-live-refresh.ts';
import { formText } from '../core/form.ts';
import { parseId } from '../core/gid.ts';
import { MAIL_STATUSES } from '../delivery/statuses.ts';
import { messagesOf } from '../delivery/index.server.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { listTiers } from '../loyalty/index.server.ts';
import type { OutboxCounts } from '../shopify/index.server.ts';

const ACTIONS = {
  pause: pauseCampaign,
  resume: resumeCampaign,
  end: endCampaign,
  retry: retryCampaign,
  'stop-waves': stopCampaignWaves,
} as const;
type Intent = keyof typeof ACTIONS;
const isIntent = (text: string): text is Intent => text in ACTIONS;

/** A campaign's number is a 32-bit integer; null where the address has none. */
function idOf(text: string | undefined): number | null {
  const id = parseId(text);
  return id === null || id > 2_147_483_647n ? null : Number(id);
}

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const id = idOf(params.id);
  const search = new URL(request.url).searchParams;
  const after = parseId(search.get('after') ?? undefined) ?? -1n;
  const redeemedOnly = search.get('redeemed') === 'on';
  const page = id === null ? null : await campaignPage(scope, { id, after, redeemedOnly });
  const proof = page === null ? null : await campaignProof(scope, page.campaign.id);
  if (page) await noteAudit(scope, { action: 'list.viewed', subject: `campaign/${page.campaign.id}` });
  const mails = page?.campaign.delivery === 'mail' ? await messagesOf(scope, page.campaign.id) : null;
  const flows = page?.campaign.delivery === 'flow' ? await flowsOf(scope, page.campaign.id) : null;
  const waves = page === null ? null : await campaignWaves(scope, page.campaign.id);
  return { page, proof, mails, flows, waves, tiers: (await listTiers(scope)).map(({ id: tierId, name }) => ({ id: tierId, name })) };
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const id = idOf(params.id);
  const form = await request.formData();
  const intent = formText(form, 'intent');
  if (id !== null && intent === 'revoke') return revokeCodes(scope, formText(form, 'codes'));
  if (id !== null && intent === 'replace') return replaceCode(scope, formText(form, 'code'));
  if (id === null || !isIntent(intent)) throw new Response(null, { status: 400 });
  return ACTIONS[intent](scope, id);
}

type Data = NonNullable<Awaited<ReturnType<typeof loader>>['page']>;

export default function CampaignRoute() {
  const { page, proof, tiers, mails, flows, waves } = useLoaderData<typeof loader>();
  const shown = { proof, tiers, mails, flows, waves };
  return page ? <Campaign page={page} {...shown} /> : <NotFound back="/app/campaigns" />;
}

type Shown = {
  readonly page: Data;
  readonly proof: ShownProof | null;
  readonly tiers: readonly { id: number; name: string }[];
  /** Messages by status; null where there is no mail. */
  readonly mails: Readonly<Record<string, number>> | null;
  /** Null where nothing goes to Shopify Flow. */
  readonly flows: OutboxCounts | null;
  /** Null where everybody went at once. */
  readonly waves: CampaignWaves | null;
};

function Campaign({ page, proof, tiers, mails, flows, waves }: Shown) {
  const { campaign } = page;
  const { t } = useTranslation();
  const words = useCampaignWords();
  const fetcher = useFetcher<ActOutcome>();
  // Codes being made and redemptions are seen coming; the proof is counted anew with each.
  useLiveRefresh(campaign.status === 'creating' ? 3 : 10);
  const [ending, setEnding] = useState(false);
  const run = (intent: Intent): void => {
    setEnding(false);
    fetcher.submit({ intent }, { method: 'post' });
  };
  const act = (content: string, intent: Intent) => ({
    content,
    disabled: fetcher.state !== 'idle',
    destructive: intent === 'end',
    onAction: () => (intent === 'end' ? setEnding(true) : run(intent)),
  });
  const { shown } = campaign;
  const actions = [
    ...(shown === 'active' || shown === 'scheduled' ? [act(t('campaigns.pause'), 'pause')] : []),
    ...(shown === 'paused' ? [act(t('campaigns.resume'), 'resume')] : []),
    ...(shown === 'failed' ? [act(t('campaigns.retry'), 'retry')] : []),
    ...(shown === 'ended' ? [] : [act(t('campaigns.end'), 'end')]),
  ];
  return (
    <Page
      title={campaign.name}
      backAction={{ content: t('campaigns.title'), url: '/app/campaigns' }}
      titleMetadata={<CampaignBadge status={shown} />}
      subtitle={`${words.offers(campaign.arms)} · ${words.dates(campaign)}`}
      secondaryActions={actions}
    >
      <BlockStack gap="400">
        <Outcome outcome={fetcher.data} />
        {campaign.error ? <Banner tone="critical" title={t('campaigns.failedBecause', { error: campaign.error })} /> : null}
        {campaign.status === 'creating' ? <Progress page={page} /> : null}
        <Facts page={page} tiers={tiers} mails={mails} flows={flows} />
        <Figures page={page} />
        {proof ? <CampaignProof proof={proof} /> : null}
        {waves ? <CampaignWavesCard waves={waves} paused={shown === 'paused'} tellsByHand={mails === null && flows === null} /> : null}
        <CampaignCodes campaignId={page.campaign.id} rows={page.rows} next={page.next} />
      </BlockStack>
      <Modal
        open={ending}
        onClose={() => setEnding(false)}
        title={t('campaigns.end')}
        primaryAction={{ content: t('campaigns.end'), destructive: true, onAction: () => run('end') }}
        secondaryActions={[{ content: t('app.cancel'), onAction: () => setEnding(false) }]}
      >
        <Modal.Section>{t('campaigns.endText')}</Modal.Section>
      </Modal>
    </Page>
  );
}

function Outcome({ outcome }: { outcome: ActOutcome | undefined }) {
  const { t } = useTranslation();
  if (!outcome) return null;
  if (outcome.kind === 'ok') return <Banner tone="success" title={t('campaigns.done')} />;
  if (outcome.kind === 'wrong-status') return <Banner tone="warning" title={t('campaigns.wrongStatus')} />;
  return <Banner tone="critical" title={t('campaigns.failedBecause', { error: outcome.error })} />;
}

function Progress({ page: { campaign, codes } }: { page: Data }) {
  const { t } = useTranslation();
  const shop = useShop();
  const part = campaign.audienceSize === 0 ? 0 : Math.round((codes.added / Math.max(1, codes.all)) * 100);
  return (
    <Card>
      <BlockStack gap="200">
        <ProgressBar progress={part} ariaLabelledBy="campaign-progress" />
        <p id="campaign-progress">
          {campaign.audienceSize === 0
            ? t('campaigns.issuing')
            : t('campaigns.progress', { added: shop.number(codes.added), all: shop.number(codes.all) })}
        </p>
      </BlockStack>
    </Card>
  );
}

function Figures({ page: { campaign, codes } }: { page: Data }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { figures } = campaign;
  const known = figures.costUnknown === 0;
  return (
    <BlockStack gap="200">
      <InlineGrid columns={{ xs: 2, md: 4 }} gap="300">
        <FigureCard label={t('campaigns.audienceSize')} value={shop.number(campaign.audienceSize)} />
        <FigureCard label={t('campaigns.codes')} value={shop.number(codes.all)} />
        <FigureCard
          label={t('campaigns.redemptions')}
          value={shop.number(figures.redemptions)}
          note={codes.all > 0 ? `${t('campaigns.rate')}: ${((figures.redemptions / codes.all) * 100).toFixed(1)}%` : undefined}
        />
        <FigureCard label={t('campaigns.revenue')} value={shop.money(figures.revenue)} />
        <FigureCard label={t('campaigns.discountCost')} value={shop.money(figures.discountCost)} />
        <FigureCard label={t('campaigns.goodsCost')} value={shop.money(figures.goodsCost)} />
        {known ? <FigureCard label={t('campaigns.margin')} value={shop.money(figures.revenue - figures.goodsCost)} /> : null}
      </InlineGrid>
      {known ? null : (
        <Text as="p" tone="subdued">
          {t('campaigns.costUnknown', { count: figures.costUnknown })}
        </Text>
      )}
    </BlockStack>
  );
}

function Facts({ page, tiers, mails, flows }: Omit<Shown, 'proof' | 'waves'>) {
  const { t } = useTranslation();
  const words = useCampaignWords();
  const budget = words.budget(page.campaign);
  return (
    <>
      {page.codes.refused > 0 ? <Banner tone="warning" title={t('campaigns.refusedCodes', { count: page.codes.refused })} /> : null}
      <Text as="p">
        {t('campaigns.audience')}: {words.audience(page.words, tiers)}
      </Text>
      <Collections collections={page.collections} />
      {mails ? <Mails counts={mails} /> : null}
      {flows ? <FlowCounts counts={flows} /> : null}
      {budget === null ? null : <Text as="p">{budget}</Text>}
    </>
  );
}

function Collections({ collections }: { collections: Data['collections'] }) {
  const { t } = useTranslation();
  const living = collections.flatMap(({ title, products }) =>
    products === null ? [] : [t('offers.collectionHas', { title, count: products })],
  );
  return (
    <>
      {living.length < collections.length ? <Banner tone="warning" title={t('offers.collectionGone')} /> : null}
      {living.length === 0 ? null : (
        <Text as="p">
          {t('proof.appliesTo')}: {living.join(', ')}
        </Text>
      )}
    </>
  );
}

function Mails({ counts }: { counts: Readonly<Record<string, number>> }) {
  const { t } = useTranslation();
  const shop = useShop();
  const parts = MAIL_STATUSES.flatMap((status) => {
    const count = counts[status] ?? 0;
    return count === 0 ? [] : [`${t(`delivery.statuses.${status}`)}: ${shop.number(count)}`];
  });
  return (
    <Text as="p">
      <Link url="/app/delivery">{t('delivery.title')}</Link>: {parts.length === 0 ? t('delivery.empty') : parts.join(' · ')}
    </Text>
  );
}
