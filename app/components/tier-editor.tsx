import { useFetcher } from '@remix-run/react';
import {
  Banner,
  BlockStack,
  Button,
  ButtonGroup,
  Card,
  Checkbox,
  InlineGrid,
  InlineStack,
  List,
  Select,
  Text,
  TextField,
} from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TierPreview } from '../loyalty/index.server.ts';
import { EMPTY_TIER, type TierForm as Typed, type TypedTier } from '../loyalty/tiers/tier-form.ts';
import { BASES, type Basis } from '../loyalty/tiers/tier-rules.ts';
import { useShop } from './shop-context.tsx';

export type TierAnswer =
  | { readonly kind: 'saved' }
  | { readonly kind: 'preview'; readonly preview: TierPreview }
  | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };

type Row = TypedTier & { readonly key: number };
type Part = {
  readonly typed: Typed;
  readonly basis: Basis;
  readonly set: (change: Partial<Typed>) => void;
  readonly wrong: (field: string) => string | undefined;
};

/** The rules of tiers and what each gives; saving makes a new version, a preview changes nothing. */
export function TierEditor({ start }: { start: Typed }) {
  const fetcher = useFetcher<TierAnswer>();
  // Tiers that are new have their numbers once they are saved; what is said of the saving stays.
  return <Editor key={start.tiers.map(({ id }) => id).join()} start={start} fetcher={fetcher} />;
}

function Editor({ start, fetcher }: { start: Typed; fetcher: ReturnType<typeof useFetcher<TierAnswer>> }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(start);
  const [rows, setRows] = useState<readonly Row[]>(() => start.tiers.map((tier, key) => ({ ...tier, key })));
  const answer = fetcher.data;
  const fields = answer?.kind === 'invalid' ? answer.fields : {};
  const part: Part = {
    typed,
    basis: BASES.find((each) => each === typed.basis) ?? 'spend',
    set: (change) => setTyped({ ...typed, ...change }),
    wrong: (field) => (fields[field] ? t(fields[field]) : undefined),
  };
  const send = (intent: 'save' | 'preview'): void => {
    const form: Typed = { ...typed, tiers: rows.map(({ key: _key, ...tier }) => tier) };
    fetcher.submit({ intent, form: JSON.stringify(form) }, { method: 'post' });
  };
  return (
    <Card>
      <BlockStack gap="500">
        <Text as="h2" variant="headingMd">
          {t('loyalty.edit')}
        </Text>
        {answer?.kind === 'saved' ? <Banner tone="success" title={t('loyalty.saved')} /> : null}
        {part.wrong('tiers') ? <Banner tone="critical" title={part.wrong('tiers')} /> : null}
        <RuleFields part={part} />
        <TierRows part={part} rows={rows} setRows={setRows} />
        <Text as="p" tone="subdued">
          {t('tiers.needsProgramme')}
        </Text>
        {answer?.kind === 'preview' ? <Preview preview={answer.preview} /> : null}
        <BlockStack gap="200">
          <ButtonGroup>
            <Button variant="primary" loading={fetcher.state !== 'idle'} onClick={() => send('save')}>
              {t('app.save')}
            </Button>
            <Button disabled={fetcher.state !== 'idle'} onClick={() => send('preview')}>
              {t('tiers.preview')}
            </Button>
          </ButtonGroup>
          <Text as="p" tone="subdued">
            {t('tiers.version')}
          </Text>
        </BlockStack>
      </BlockStack>
    </Card>
  );
}

function RuleFields({ part }: { part: Part }) {
  const { t } = useTranslation();
  const { typed, set, wrong, basis } = part;
  const choices = (group: string, values: readonly string[]) => values.map((value) => ({ value, label: t(`tiers.${group}.${value}`) }));
  return (
    <BlockStack gap="300">
      <Text as="h3" variant="headingSm">
        {t('tiers.rules')}
      </Text>
      <InlineGrid columns={{ xs: 1, md: 3 }} gap="300">
        <Select
          label={t('tiers.basis')}
          options={choices('bases', BASES)}
          value={basis}
          onChange={(value) => set({ basis: value })}
          helpText={t(`tiers.basisHelp.${basis}`)}
        />
        <Select
          label={t('tiers.window')}
          options={choices('windows', ['rolling', 'year', 'lifetime'])}
          value={typed.window}
          onChange={(window) => set({ window })}
        />
        {typed.window === 'rolling' ? (
          <TextField
            label={t('tiers.months')}
            value={typed.months}
            onChange={(months) => set({ months })}
            error={wrong('months')}
            inputMode="numeric"
            autoComplete="off"
          />
        ) : null}
        <TextField
          label={t('tiers.graceDays')}
          value={typed.graceDays}
          onChange={(graceDays) => set({ graceDays })}
          error={wrong('graceDays')}
          helpText={t('tiers.graceHelp')}
          inputMode="numeric"
          autoComplete="off"
        />
        <Select label={t('tiers.fall')} options={choices('falls', ['fit', 'step'])} value={typed.fall} onChange={(fall) => set({ fall })} />
      </InlineGrid>
      <Checkbox label={t('tiers.tags')} helpText={t('tiers.tagsHelp')} checked={typed.tags} onChange={(tags) => set({ tags })} />
      <Checkbox label={t('tiers.flow')} helpText={t('tiers.flowHelp')} checked={typed.flow} onChange={(flow) => set({ flow })} />
    </BlockStack>
  );
}

type RowsProps = { readonly part: Part; readonly rows: readonly Row[]; readonly setRows: (rows: readonly Row[]) => void };

function TierRows({ part, rows, setRows }: RowsProps) {
  const { t } = useTranslation();
  const swap = (index: number, other: number): void => {
    const [one, two] = [rows[index], rows[other]];
    if (one && two) setRows(rows.map((row, at) => (at === index ? two : at === other ? one : row)));
  };
  return (
    <BlockStack gap="400">
      {rows.map((row, index) => (
        <TierRow
          key={row.key}
          part={part}
          row={row}
          index={index}
          set={(change) => setRows(rows.map((other) => (other.key === row.key ? { ...other, ...change } : other)))}
        >
          <ButtonGroup>
            <Button onClick={() => swap(index, index - 1)} disabled={index === 0} accessibilityLabel={`${t('tiers.up')}: ${row.name}`}>
              ↑
            </Button>
            <Button
              onClick={() => swap(index, index + 1)}
              disabled={index === rows.length - 1}
              accessibilityLabel={`${t('tiers.down')}: ${row.name}`}
            >
              ↓
            </Button>
            <Button
              onClick={() => setRows(rows.filter((other) => other.key !== row.key))}
              disabled={rows.length === 1}
              accessibilityLabel={`${t('loyalty.remove')}: ${row.name}`}
            >
              {t('loyalty.remove')}
            </Button>
          </ButtonGroup>
        </TierRow>
      ))}
      <InlineStack>
        <Button
          onClick={() => setRows([...rows, { ...EMPTY_TIER, key: Math.max(0, ...rows.map((row) => row.key)) + 1 }])}
          disabled={rows.length >= 10}
        >
          {t('loyalty.add')}
        </Button>
      </InlineStack>
    </BlockStack>
  );
}

type RowProps = {
  readonly part: Part;
  readonly row: Row;
  readonly index: number;
  readonly children: React.ReactNode;
  readonly set: (change: Partial<TypedTier>) => void;
};
type RowText = 'times' | 'discountPercent' | 'birthdayPoints' | 'earlyTag';

function TierRow({ part, row, index, set, children }: RowProps) {
  const { t } = useTranslation();
  const shop = useShop();
  const { basis } = part;
  const wrong = (field: string): string | undefined => part.wrong(`tiers.${index}.${field}`);
  const perk = (name: RowText, help?: string): React.ReactNode => (
    <TextField
      label={t(`tiers.${name}`)}
      value={row[name]}
      onChange={(value) => set({ [name]: value })}
      error={wrong(name)}
      helpText={help}
      autoComplete="off"
    />
  );
  return (
    <Card background="bg-surface-secondary">
      <BlockStack gap="300">
        <InlineGrid columns={{ xs: 1, sm: '2fr 2fr auto' }} gap="200" alignItems="end">
          <TextField
            label={t('loyalty.name')}
            value={row.name}
            onChange={(name) => set({ name })}
            autoComplete="off"
            maxLength={60}
            error={wrong('name')}
          />
          {row.invited ? (
            <Text as="p">{t('tiers.byInvitation')}</Text>
          ) : (
            <TextField
              label={t(`tiers.threshold.${basis}`)}
              value={row.threshold}
              onChange={(threshold) => set({ threshold })}
              autoComplete="off"
              inputMode={basis === 'spend' ? 'decimal' : 'numeric'}
              prefix={basis === 'spend' ? shop.currency : undefined}
              error={wrong('threshold')}
            />
          )}
          {children}
        </InlineGrid>
        <Checkbox label={t('tiers.invited')} checked={row.invited} onChange={(invited) => set({ invited })} />
        <Text as="h4" variant="headingSm">
          {t('tiers.perks')}
        </Text>
        <InlineGrid columns={{ xs: 1, sm: 2, md: 4 }} gap="200">
          {perk('times', t('tiers.timesHelp'))}
          {perk('birthdayPoints', t('tiers.birthdayHelp'))}
          {perk('discountPercent')}
          {perk('earlyTag', t('tiers.earlyHelp'))}
        </InlineGrid>
        <Checkbox
          label={t('tiers.freeShipping')}
          helpText={t('tiers.discountHelp')}
          checked={row.freeShipping}
          onChange={(freeShipping) => set({ freeShipping })}
        />
      </BlockStack>
    </Card>
  );
}

function Preview({ preview }: { preview: TierPreview }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <Banner tone="info" title={t('tiers.previewTitle')}>
      <BlockStack gap="200">
        <List>
          {preview.tiers.map(({ name, members }) => (
            <List.Item key={name}>
              {name}: {members === null ? t('tiers.byStaff') : shop.number(members)}
            </List.Item>
          ))}
        </List>
        <p>{t('tiers.previewBelow', { count: preview.below })}</p>
        <p>{t('tiers.previewNote')}</p>
      </BlockStack>
    </Banner>
  );
}
