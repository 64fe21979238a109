import { useFetcher } from '@remix-run/react';
import { Badge, Banner, BlockStack, Button, Card, Modal, Text } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { armLetter } from '../campaigns/arms.ts';
import type { ActOutcome, CampaignWaves } from '../campaigns/index.server.ts';
import { Told } from './campaign-proof.tsx';
import { LearnedCard } from './learned-card.tsx';
import { ListTable } from './list-table.tsx';
import { PageSection } from './page-section.tsx';
import { useShop } from './shop-context.tsx';

type Wave = CampaignWaves['waves'][number];
type Shown = { readonly waves: CampaignWaves; readonly paused: boolean; readonly tellsByHand: boolean };

/** The waves of a campaign: what went out, how offers were shared, what comes next; where the program chooses, what it earned. */
export function CampaignWavesCard({ waves, paused, tellsByHand }: Shown) {
  const { t } = useTranslation();
  const shop = useShop();
  const { learned, days, next } = waves;
  return (
    <>
      <PageSection title={t('waves.title')} text={sayNext()} action={next === null ? undefined : <StopWaves />}>
        <BlockStack gap="200">
          {waves.waves.map(({ wave, error }) =>
            error === null ? null : <Banner key={wave} tone="critical" title={t('waves.failed', { error })} />,
          )}
          <Waves waves={waves.waves} tellsByHand={tellsByHand} />
        </BlockStack>
      </PageSection>
      {learned ? (
        <>
          <Program waves={waves} />
          <LearnedCard learned={learned} text={t('waves.seen', { days: shop.number(days), seen: shop.number(learned.seen) })} />
        </>
      ) : null}
    </>
  );

  function sayNext(): string {
    if (paused && waves.waves.some(({ status }) => status === 'planned')) return t('waves.paused');
    return next === null ? t('waves.noNext') : t('waves.next', { at: shop.time(next) });
  }
}

function Waves({ waves, tellsByHand }: { waves: readonly Wave[]; tellsByHand: boolean }) {
  const { t } = useTranslation();
  const shop = useShop();
  const number = (count: number, { startedAt }: Wave): string => (startedAt === null ? '–' : shop.number(count));
  const shares = ({ arms, customers }: Wave): string =>
    [...Map.groupBy(arms, ({ arm }) => arm)]
      .map(([arm, of]) => [arm, of.reduce((sum, each) => sum + each.customers, 0) / Math.max(1, customers)] as const)
      .map(([arm, share]) => `${arm === 0 ? t('waves.none') : armLetter(arm)}: ${shop.share(share)}`)
      .join(' · ');
  return (
    <ListTable
      name={{ singular: t('waves.wave'), plural: t('waves.title') }}
      rows={waves}
      idOf={({ wave }) => wave}
      columns={[
        { title: t('waves.wave'), cell: ({ wave }) => shop.number(wave + 1) },
        { title: t('waves.status'), cell: (wave) => <Status wave={wave} /> },
        { title: t('waves.when'), cell: ({ startedAt, dueAt, status }) => whenOf(startedAt ?? (status === 'planned' ? dueAt : null)) },
        { title: t('waves.customers'), numeric: true, cell: (wave) => number(wave.customers, wave) },
        { title: t('waves.made'), numeric: true, cell: (wave) => number(wave.codes, wave) },
        { title: t('waves.sent'), numeric: true, cell: (wave) => (tellsByHand ? '–' : number(wave.sent, wave)) },
        { title: t('waves.shares'), cell: (wave) => (wave.customers === 0 ? '–' : shares(wave)) },
      ]}
    />
  );

  function whenOf(at: Date | null): string {
    return at === null ? '–' : shop.time(at);
  }
}

const TONES = { planned: undefined, making: 'info', made: 'success', over: 'warning', stopped: undefined } as const;

/** The state of a wave, with what the budget made of it. */
function Status({ wave }: { wave: Wave }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { status, waits, mostCodes, expected } = wave;
  const notes = [
    ...(waits && status === 'planned' ? [t('waves.waits')] : []),
    ...(mostCodes !== null && (status === 'made' || status === 'making') ? [t('waves.cut', { codes: shop.number(mostCodes) })] : []),
    ...(expected !== null && status === 'made' ? [t('waves.expected', { cost: shop.money(expected) })] : []),
  ];
  return (
    <BlockStack gap="050" inlineAlign="start">
      <Badge tone={TONES[status]}>{t(`waves.statuses.${status}`)}</Badge>
      {notes.map((note) => (
        <Text key={note} as="span" tone="subdued">
          {note}
        </Text>
      ))}
    </BlockStack>
  );
}

/** What it did that the program chose at all, whatever it chose. */
function Program({ waves: { program } }: { waves: CampaignWaves }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <PageSection title={t('waves.program')} text={t('waves.programText')}>
      <Card>
        {program === null ? (
          <Text as="p">{t('proof.noHoldOut')}</Text>
        ) : (
          <Told effect={program} write={(value) => shop.money(BigInt(Math.round(value)))} />
        )}
      </Card>
    </PageSection>
  );
}

function StopWaves() {
  const { t } = useTranslation();
  const fetcher = useFetcher<ActOutcome>();
  const [asking, setAsking] = useState(false);
  const stop = (): void => {
    setAsking(false);
    fetcher.submit({ intent: 'stop-waves' }, { method: 'post' });
  };
  return (
    <>
      <Button tone="critical" disabled={fetcher.state !== 'idle'} onClick={() => setAsking(true)}>
        {t('waves.stop')}
      </Button>
      <Modal
        open={asking}
        onClose={() => setAsking(false)}
        title={t('waves.stop')}
        primaryAction={{ content: t('waves.stop'), destructive: true, onAction: stop }}
        secondaryActions={[{ content: t('app.cancel'), onAction: () => setAsking(false) }]}
      >
        <Modal.Section>{t('waves.stopText')}</Modal.Section>
      </Modal>
    </>
  );
}
