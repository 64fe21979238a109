import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, Checkbox, FormLayout, InlineGrid, InlineStack, Select, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { GOODS_KINDS, type ProgrammeForm as Typed } from '../loyalty/points/programme-form.ts';
import type { TriedRules } from '../loyalty/index.server.ts';
import { TrialResult } from './points-trial.tsx';
import { ProgrammePreview, ProgrammeTemplates } from './programme-help.tsx';
import { useShop } from './shop-context.tsx';

export type SaveAnswer =
  | { readonly kind: 'ok'; readonly value: number }
  | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };

type TrialAnswer =
  | { readonly kind: 'ok'; readonly value: TriedRules }
  | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };

type Part = {
  readonly typed: Typed;
  set(change: Partial<Typed>): void;
  wrong(field: string): string | undefined;
};
type TextName = 'points' | 'per' | 'days' | 'months' | 'firstOrder' | 'signUp' | 'mostAMonth' | 'from';

const wrongOf = (answer: SaveAnswer | TrialAnswer | undefined): Readonly<Record<string, string>> =>
  answer?.kind === 'invalid' ? answer.fields : {};

/** The rules of a points programme; saving makes a new version. */
export function ProgrammeForm({ start }: { start: Typed }) {
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher<SaveAnswer>();
  const [typed, setTyped] = useState(start);
  const trial = useFetcher<TrialAnswer>();
  const answer = fetcher.data;
  const fields = { ...wrongOf(answer), ...wrongOf(trial.data) };
  const part: Part = {
    typed,
    set: (change) => setTyped({ ...typed, ...change }),
    wrong: (field) => (fields[field] ? t(fields[field]) : undefined),
  };
  const send = (to: typeof fetcher | typeof trial, intent: string): void => {
    to.submit({ intent, programme: JSON.stringify(typed) }, { method: 'post' });
  };
  return (
    <BlockStack gap="400">
      {answer?.kind === 'ok' ? <Banner tone="success" title={t('points.saved', { version: shop.number(answer.value) })} /> : null}
      <ProgrammeTemplates typed={typed} onPick={setTyped} />
      <Earning part={part} />
      <Goods part={part} />
      <Days part={part} />
      <Extra part={part} />
      <Events part={part} />
      <Life part={part} />
      <ProgrammePreview typed={typed} />
      <InlineStack gap="200">
        <Button variant="primary" loading={fetcher.state !== 'idle'} onClick={() => send(fetcher, 'programme')}>
          {t('points.save')}
        </Button>
        <Button loading={trial.state !== 'idle'} onClick={() => send(trial, 'trial')}>
          {t('pointsTrial.button')}
        </Button>
      </InlineStack>
      {trial.data?.kind === 'ok' ? <TrialResult trial={trial.data.value} /> : null}
    </BlockStack>
  );
}

function Field({ part, name, label, help, prefix }: { part: Part; name: TextName; label: string; help?: string; prefix?: string }) {
  return (
    <TextField
      label={label}
      value={part.typed[name]}
      onChange={(value) => part.set({ [name]: value })}
      error={part.wrong(name)}
      helpText={help}
      prefix={prefix}
      autoComplete="off"
    />
  );
}

function Section({ title, text, children }: { title: string; text?: string; children: React.ReactNode }) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {title}
        </Text>
        {text ? (
          <Text as="p" tone="subdued">
            {text}
          </Text>
        ) : null}
        {children}
      </BlockStack>
    </Card>
  );
}

function Earning({ part }: { part: Part }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { typed } = part;
  return (
    <Section title={t('points.programme')}>
      <FormLayout>
        <FormLayout.Group>
          <Field part={part} name="points" label={t('points.points')} />
          <Field part={part} name="per" label={t('points.per')} prefix={shop.currency} />
          <Select
            label={t('points.rounding')}
            options={(['down', 'nearest', 'up'] as const).map((value) => ({ value, label: t(`points.roundings.${value}`) }))}
            value={typed.rounding}
            onChange={(rounding) => part.set({ rounding })}
          />
        </FormLayout.Group>
        <Select
          label={t('points.discounts')}
          options={(['after', 'before'] as const).map((value) => ({ value, label: t(`points.discountKinds.${value}`) }))}
          value={typed.discounts}
          onChange={(discounts) => part.set({ discounts })}
        />
        <Checkbox label={t('points.tax')} checked={typed.tax} onChange={(tax) => part.set({ tax })} />
        <Checkbox label={t('points.shipping')} checked={typed.shipping} onChange={(shipping) => part.set({ shipping })} />
      </FormLayout>
    </Section>
  );
}

const replaced = <Row,>(rows: readonly Row[], at: number, change: Partial<Row>): Row[] =>
  rows.map((row, place) => (place === at ? { ...row, ...change } : row));
const without = <Row,>(rows: readonly Row[], at: number): Row[] => rows.filter((_, place) => place !== at);

function Goods({ part }: { part: Part }) {
  const { t } = useTranslation();
  const { goods } = part.typed;
  const change = (at: number, to: Partial<(typeof goods)[number]>): void => part.set({ goods: replaced(goods, at, to) });
  return (
    <Section title={t('points.goods')} text={t('points.goodsHelp')}>
      {goods.map((row, at) => (
        // Rows have no name but their place.
        // oxlint-disable-next-line react/no-array-index-key
        <InlineGrid key={at} columns={{ xs: 1, sm: '1fr 2fr 1fr auto' }} gap="200" alignItems="start">
          <Select
            label={t('points.goodsKind')}
            options={GOODS_KINDS.map((value) => ({ value, label: t(`points.goodsKinds.${value}`) }))}
            value={row.kind}
            onChange={(kind) => change(at, { kind })}
          />
          <TextField
            label={t('points.names')}
            value={row.names}
            onChange={(names) => change(at, { names })}
            error={part.wrong(`goods.${at}.names`)}
            autoComplete="off"
          />
          <TextField
            label={t('points.times')}
            value={row.times}
            onChange={(times) => change(at, { times })}
            error={part.wrong(`goods.${at}.times`)}
            inputMode="decimal"
            autoComplete="off"
          />
          <Remove label={row.names} onRemove={() => part.set({ goods: without(goods, at) })} />
        </InlineGrid>
      ))}
      <InlineStack>
        <Button onClick={() => part.set({ goods: [...goods, { kind: 'tags', names: '', times: '' }] })}>{t('points.addGoods')}</Button>
      </InlineStack>
    </Section>
  );
}

function Remove({ label, onRemove }: { label: string; onRemove: () => void }) {
  const { t } = useTranslation();
  return (
    <div style={{ paddingTop: '1.5rem' }}>
      <Button onClick={onRemove} accessibilityLabel={`${t('points.remove')}: ${label}`}>
        {t('points.remove')}
      </Button>
    </div>
  );
}

function Days({ part }: { part: Part }) {
  const { t } = useTranslation();
  const { bonusDays } = part.typed;
  const field = (at: number, name: 'from' | 'to' | 'times', label: string) => (
    <TextField
      label={label}
      type={name === 'times' ? 'text' : 'date'}
      value={bonusDays[at]?.[name] ?? ''}
      onChange={(value) => part.set({ bonusDays: replaced(bonusDays, at, { [name]: value }) })}
      error={part.wrong(`bonusDays.${at}.${name}`)}
      autoComplete="off"
    />
  );
  return (
    <Section title={t('points.bonusDays')}>
      {bonusDays.map((row, at) => (
        // oxlint-disable-next-line react/no-array-index-key
        <InlineGrid key={at} columns={{ xs: 1, sm: '1fr 1fr 1fr auto' }} gap="200" alignItems="start">
          {field(at, 'from', t('points.firstDay'))}
          {field(at, 'to', t('points.lastDay'))}
          {field(at, 'times', t('points.times'))}
          <Remove label={row.from} onRemove={() => part.set({ bonusDays: without(bonusDays, at) })} />
        </InlineGrid>
      ))}
      <InlineStack>
        <Button onClick={() => part.set({ bonusDays: [...bonusDays, { from: '', to: '', times: '2' }] })}>{t('points.addDays')}</Button>
      </InlineStack>
    </Section>
  );
}

function Extra({ part }: { part: Part }) {
  const { t } = useTranslation();
  return (
    <Section title={t('points.extra')}>
      <FormLayout>
        <FormLayout.Group>
          <Field part={part} name="firstOrder" label={t('points.firstOrder')} />
          <Field part={part} name="signUp" label={t('points.signUp')} />
          <Field part={part} name="mostAMonth" label={t('points.mostAMonth')} help={t('points.mostAMonthHelp')} />
        </FormLayout.Group>
      </FormLayout>
    </Section>
  );
}

function Events({ part }: { part: Part }) {
  const { t } = useTranslation();
  const { events } = part.typed;
  const field = (at: number, name: 'kind' | 'points' | 'mostAMonth', label: string) => (
    <TextField
      label={label}
      value={events[at]?.[name] ?? ''}
      onChange={(value) => part.set({ events: replaced(events, at, { [name]: value }) })}
      error={part.wrong(`events.${at}.${name}`)}
      autoComplete="off"
    />
  );
  return (
    <Section title={t('points.events')} text={t('points.eventsHelp')}>
      {events.map((row, at) => (
        // oxlint-disable-next-line react/no-array-index-key
        <InlineGrid key={at} columns={{ xs: 1, sm: '1fr 1fr 1fr auto' }} gap="200" alignItems="start">
          {field(at, 'kind', t('points.eventKind'))}
          {field(at, 'points', t('points.eventPoints'))}
          {field(at, 'mostAMonth', t('points.eventMost'))}
          <Remove label={row.kind} onRemove={() => part.set({ events: without(events, at) })} />
        </InlineGrid>
      ))}
      <InlineStack>
        <Button onClick={() => part.set({ events: [...events, { kind: 'review', points: '', mostAMonth: '' }] })}>
          {t('points.addEvent')}
        </Button>
      </InlineStack>
    </Section>
  );
}

function Life({ part }: { part: Part }) {
  const { t } = useTranslation();
  const { typed } = part;
  return (
    <Section title={t('points.waiting')}>
      <FormLayout>
        <FormLayout.Group>
          <Field part={part} name="days" label={t('points.days')} />
          <Select
            label={t('points.after')}
            options={(['order', 'fulfilment'] as const).map((value) => ({ value, label: t(`points.afters.${value}`) }))}
            value={typed.after}
            onChange={(after) => part.set({ after })}
          />
        </FormLayout.Group>
        <FormLayout.Group>
          <Select
            label={t('points.expiry')}
            options={(['never', 'age', 'activity'] as const).map((value) => ({ value, label: t(`points.expiries.${value}`) }))}
            value={typed.expiry}
            onChange={(expiry) => part.set({ expiry })}
          />
          {typed.expiry === 'never' ? null : <Field part={part} name="months" label={t('points.months')} />}
        </FormLayout.Group>
        <Checkbox
          label={t('points.belowZero')}
          helpText={t('points.belowZeroHelp')}
          checked={typed.belowZero}
          onChange={(belowZero) => part.set({ belowZero })}
        />
        <Field part={part} name="from" label={t('points.from')} help={t('points.fromHelp')} />
      </FormLayout>
    </Section>
  );
}
