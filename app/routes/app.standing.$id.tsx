import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useFetcher, useLoaderData } from '@remix-run/react';
import { Badge, Banner, BlockStack, InlineGrid, Modal, Page, Text } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { moveStandingTo, standingPage, type StandingPage } from '../campaigns/index.server.ts';
import { ProofArms } from '../components/campaign-proof.tsx';
import { useCampaignWords } from '../components/campaign-words.tsx';
import { FigureCard } from '../components/figure-card.tsx';
import { LearnedCard } from '../components/learned-card.tsx';
import { NotFound } from '../components/not-found.tsx';
import { PageSection } from '../components/page-section.tsx';
import { useShop } from '../components/shop-context.tsx';
import { STANDING_TONES, useStandingWords } from '../components/standing-words.tsx';
import { formText } from '../core/form.ts';
import { parseId } from '../core/gid.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

function idOf(text: string | undefined): number | null {
  const id = parseId(text);
  return id === null || id > 2_147_483_647n ? null : Number(id);
}

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const id = idOf(params.id);
  return { page: id === null ? null : await standingPage(scope, id) };
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const id = idOf(params.id);
  const intent = formText(await request.formData(), 'intent');
  if (id === null || !(intent === 'pause' || intent === 'resume' || intent === 'end')) throw new Response(null, { status: 400 });
  return moveStandingTo(scope, id, intent);
}

export default function StandingRoute() {
  const { page } = useLoaderData<typeof loader>();
  return page ? <Standing page={page} /> : <NotFound back="/app/standing" />;
}

function Standing({ page }: { page: StandingPage }) {
  const { t } = useTranslation();
  const words = useStandingWords();
  const offers = useCampaignWords();
  const fetcher = useFetcher<typeof action>();
  const [ending, setEnding] = useState(false);
  const run = (intent: 'pause' | 'resume' | 'end'): void => {
    setEnding(false);
    fetcher.submit({ intent }, { method: 'post' });
  };
  const disabled = fetcher.state !== 'idle';
  const end = { content: t('standing.end'), destructive: true, disabled, onAction: () => setEnding(true) };
  const actions = {
    active: [{ content: t('standing.pause'), disabled, onAction: () => run('pause') }, end],
    paused: [{ content: t('standing.resume'), disabled, onAction: () => run('resume') }, end],
    ended: [],
  }[page.status];
  const arms = page.offers.map((offer, at) => ({ position: at + 1, offer }));
  return (
    <Page
      title={page.name}
      subtitle={`${words.trigger(page.trigger)} · ${offers.offers(arms)}`}
      backAction={{ content: t('standing.title'), url: '/app/standing' }}
      titleMetadata={<Badge tone={STANDING_TONES[page.status]}>{t(`standing.statuses.${page.status}`)}</Badge>}
      secondaryActions={actions}
    >
      <BlockStack gap="400">
        {fetcher.data?.kind === 'refused' ? (
          <Banner tone="critical" title={t('campaigns.failedBecause', { error: fetcher.data.error })} />
        ) : null}
        {page.segment === null ? null : (
          <Text as="p">
            {t('standing.segment')}: <code>{page.segment}</code>
          </Text>
        )}
        <Figures page={page} />
        <Proof page={page} />
      </BlockStack>
      <Modal
        open={ending}
        onClose={() => setEnding(false)}
        title={t('standing.end')}
        primaryAction={{ content: t('standing.end'), destructive: true, onAction: () => run('end') }}
        secondaryActions={[{ content: t('app.cancel'), onAction: () => setEnding(false) }]}
      >
        <Modal.Section>{t('standing.endText')}</Modal.Section>
      </Modal>
    </Page>
  );
}

function Figures({ page }: { page: StandingPage }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { figures } = page;
  return (
    <InlineGrid columns={{ xs: 2, md: 4 }} gap="300">
      <FigureCard label={t('standing.offered')} value={shop.number(figures.offered)} />
      <FigureCard label={t('standing.capped')} value={shop.number(figures.capped)} />
      <FigureCard label={t('standing.outbid')} value={shop.number(figures.outbid)} />
      <FigureCard label={t('standing.lastRun')} value={figures.lastRun ? shop.time(figures.lastRun) : t('standing.never')} />
    </InlineGrid>
  );
}

function Proof({ page }: { page: StandingPage }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { arms, costsUnknown, validDays, learned } = page;
  if (learned) {
    const text = t('policy.text', { days: shop.number(validDays), seen: shop.number(learned.seen) });
    return <LearnedCard learned={learned} text={text} runs={learned.runs} />;
  }
  if (!arms)
    return (
      <PageSection title={t('proof.title')}>
        <Banner tone="warning" title={t('proof.noHoldOut')} />
      </PageSection>
    );
  return (
    <PageSection title={t('proof.title')} text={t('proof.intro')}>
      <BlockStack gap="400">
        {costsUnknown ? <Banner tone="warning" title={t('proof.costsUnknown')} /> : null}
        {arms.length === 0 ? (
          <Text as="p" tone="subdued">
            {t('standing.nobody')}
          </Text>
        ) : (
          <ProofArms title={t('standing.proofText', { days: shop.number(validDays) })} arms={arms} />
        )}
      </BlockStack>
    </PageSection>
  );
}
