import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, InlineGrid, InlineStack, Link, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MemberPoints } from '../loyalty/index.server.ts';
import { CAUSES } from '../loyalty/points/causes.ts';
import { FigureCard } from './figure-card.tsx';
import { useShop } from './shop-context.tsx';

type Entry = MemberPoints['entries'][number];
export type AdjustAnswer = { readonly kind: 'ok' } | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };

const SHOWN = 12;

/** A customer's points, when they lapse, every step by which they came about, and a way to give or take some. */
export function PointsCard({ points }: { points: MemberPoints }) {
  const { t } = useTranslation();
  const shop = useShop();
  const [shown, setShown] = useState(SHOWN);
  if (!points.hasProgramme) return null;
  const lapses = points.lots.filter(({ expiresAt }) => expiresAt !== null).toSorted((a, b) => Number(a.expiresAt) - Number(b.expiresAt));
  const [next] = lapses;
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          {t('points.title')}
        </Text>
        <InlineGrid columns={2} gap="300">
          <FigureCard label={t('points.available')} value={shop.number(Number(points.available))} />
          <FigureCard label={t('points.pending')} value={shop.number(Number(points.pending))} />
        </InlineGrid>
        {next?.expiresAt ? (
          <Text as="p">{t('points.nextLapse', { points: shop.number(next.left), day: shop.date(next.expiresAt) })}</Text>
        ) : null}
        <BlockStack gap="200">
          <Text as="h3" variant="headingSm">
            {t('points.history')}
          </Text>
          {points.entries.length === 0 ? (
            <Text as="p" tone="subdued">
              {t('points.noneYet')}
            </Text>
          ) : null}
          {points.entries.slice(0, shown).map((entry) => (
            <Step key={`${entry.topic}#${entry.seq}`} entry={entry} />
          ))}
          {points.entries.length > shown ? (
            <InlineStack>
              <Button variant="plain" onClick={() => setShown(points.entries.length)}>
                {t('app.all')}
              </Button>
            </InlineStack>
          ) : null}
        </BlockStack>
        <Adjust last={points.entries.find(({ cause }) => cause === 'adjust')?.topic ?? ''} />
      </BlockStack>
    </Card>
  );
}

/** What an entry did to what the customer has: waiting points count as much as available ones. */
const changeOf = ({ from, to, points }: Entry): number => {
  const held = (account: Entry['from']): boolean => account === 'pending' || account === 'available';
  return held(to) === held(from) ? 0 : held(to) ? points : -points;
};

function Step({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const shop = useShop();
  const change = changeOf(entry);
  const cause = t(`points.causes.${CAUSES.has(entry.cause) ? entry.cause : 'correction'}`);
  const late = entry.bookedAt.getTime() - entry.at.getTime() > 86_400_000;
  return (
    <InlineStack align="space-between" gap="200" wrap={false}>
      <BlockStack gap="050">
        <Text as="p">
          {cause}
          <About entry={entry} />
        </Text>
        <Text as="p" tone="subdued" variant="bodySm">
          {[
            shop.time(entry.at),
            ...(late ? [t('points.booked', { at: shop.time(entry.bookedAt) })] : []),
            ...(entry.programme === null ? [] : [t('points.rules', { version: shop.number(entry.programme) })]),
          ].join(' · ')}
        </Text>
      </BlockStack>
      <Text as="span" numeric tone={change < 0 ? 'critical' : undefined}>
        {change === 0 ? `(${shop.number(entry.points)})` : `${change > 0 ? '+' : '−'}${shop.number(Math.abs(change))}`}
      </Text>
    </InlineStack>
  );
}

/** The order, the reward or what staff wrote. */
function About({ entry: { topic, subject, cause, reason: written } }: { entry: Entry }) {
  const { t } = useTranslation();
  const reason = cause === 'event' && written === 'review' ? t('points.review') : written;
  const order = /^order\/(\d+)/.exec(topic)?.[1];
  if (!order) return [subject, reason].flatMap((text) => (text ? `: ${text}` : [])).join('');
  return (
    <>
      {' '}
      <Link url={`/app/orders/${order}`}>{subject ?? order}</Link>
    </>
  );
}

/** `last`: the latest adjustment; a new one empties the fields, so that another press does not do it again. */
function Adjust({ last }: { last: string }) {
  const { t } = useTranslation();
  const fetcher = useFetcher<AdjustAnswer>();
  const answer = fetcher.data;
  return (
    <BlockStack gap="200">
      <Text as="h3" variant="headingSm">
        {t('points.adjust')}
      </Text>
      {answer?.kind === 'ok' ? <Banner tone="success" title={t('points.adjusted')} /> : null}
      <AdjustFields
        key={last}
        fields={answer?.kind === 'invalid' ? answer.fields : {}}
        busy={fetcher.state !== 'idle'}
        onSend={(typed) => fetcher.submit({ intent: 'points', ...typed }, { method: 'post' })}
      />
    </BlockStack>
  );
}

type Typed = { readonly points: string; readonly reason: string };
type FieldsProps = { readonly fields: Readonly<Record<string, string>>; readonly busy: boolean; readonly onSend: (typed: Typed) => void };

function AdjustFields({ fields, busy, onSend }: FieldsProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<Typed>({ points: '', reason: '' });
  const wrong = (name: string): string | undefined => (fields[name] ? t(fields[name]) : undefined);
  return (
    <>
      <TextField
        label={t('points.adjustPoints')}
        helpText={t('points.adjustHelp')}
        value={typed.points}
        onChange={(points) => setTyped({ ...typed, points })}
        error={wrong('points')}
        autoComplete="off"
      />
      <TextField
        label={t('points.reason')}
        value={typed.reason}
        onChange={(reason) => setTyped({ ...typed, reason })}
        error={wrong('reason')}
        autoComplete="off"
        maxLength={500}
      />
      <InlineStack>
        <Button loading={busy} onClick={() => onSend(typed)}>
          {t('points.adjust')}
        </Button>
      </InlineStack>
    </>
  );
}
