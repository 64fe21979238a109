import { useFetcher } from '@remix-run/react';
import { BlockStack, InlineError, Text } from '@shopify/polaris';
import { useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NoSegment } from '../audience/index.server.ts';
import type { Suggestion } from '../audience/segment/complete.ts';
import { parseQuery } from '../audience/segment/parse.ts';
import { SegmentTrouble } from './segment-trouble.tsx';
import { useShop } from './shop-context.tsx';
import { SEGMENT_DOOR, useSegmentCompletion } from './use-segment-completion.ts';

const PAUSE_MS = 400;

type Props = {
  /** Of the field in the form. */
  readonly name: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error?: string;
  readonly label?: string;
};

/**
 * A field for a segment's query: completion while one writes, what is wrong with its place and a button that mends it,
 * and how many customers it means now. ARIA knows no combobox of several lines: the field stays a text box that points
 * into the list of suggestions.
 */
export function SegmentEditor({ name, value, onChange, error, label }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const list = useSegmentCompletion({ fieldId: `${id}-field`, value, onChange });
  const { isOpen, active } = list;
  return (
    <BlockStack gap="200">
      <label htmlFor={`${id}-field`}>{label ?? t('segments.query')}</label>
      <div>
        <textarea
          id={`${id}-field`}
          name={name}
          value={value}
          rows={4}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          autoCorrect="off"
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={isOpen ? `${id}-list` : undefined}
          aria-activedescendant={isOpen ? `${id}-${active}` : undefined}
          aria-describedby={`${id}-help ${id}-answer`}
          aria-invalid={error ? true : undefined}
          style={FIELD}
          onChange={({ target }) => list.onType(target.value, target.selectionStart)}
          onSelect={({ currentTarget }) => list.onMove(currentTarget.selectionStart)}
          onKeyDown={list.onKeyDown}
          onFocus={list.onFocus}
          onBlur={list.close}
        />
        {isOpen ? <Suggestions id={id} suggestions={list.suggestions} active={active} onPick={list.pick} /> : null}
      </div>
      <span aria-live="polite" style={HIDDEN}>
        {isOpen ? t('segments.suggestion', { count: list.suggestions.length }) : ''}
      </span>
      {error ? <InlineError message={error} fieldID={`${id}-field`} /> : null}
      <div id={`${id}-answer`} aria-live="polite">
        <Answer value={value} onChange={onChange} />
      </div>
      <Text as="p" id={`${id}-help`} tone="subdued" variant="bodySm">
        {t('segments.queryHelp')}
      </Text>
    </BlockStack>
  );
}

const FIELD = {
  width: '100%',
  boxSizing: 'border-box',
  fontFamily: 'var(--p-font-family-mono)',
  // Under 16 pixels a phone zooms into the field.
  fontSize: '1rem',
  lineHeight: 1.5,
  padding: 'var(--p-space-200) var(--p-space-300)',
  border: 'var(--p-border-width-025) solid var(--p-color-input-border)',
  borderRadius: 'var(--p-border-radius-200)',
  resize: 'vertical',
} as const;
const HIDDEN = { position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)', whiteSpace: 'nowrap' } as const;
// In the flow of the page: a card cuts off what stands over its edge.
const LIST = {
  marginTop: 'var(--p-space-100)',
  padding: 'var(--p-space-100)',
  maxHeight: '16rem',
  overflowY: 'auto',
  background: 'var(--p-color-bg-surface)',
  borderRadius: 'var(--p-border-radius-200)',
  boxShadow: 'var(--p-shadow-300)',
} as const;

function Suggestions({
  id,
  suggestions,
  active,
  onPick,
}: {
  id: string;
  suggestions: readonly Suggestion[];
  active: number;
  onPick: (suggestion: Suggestion) => void;
}) {
  const { t } = useTranslation();
  useEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, active]);
  return (
    // A select or a datalist cannot stand under a field that keeps the focus.
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
    <div role="listbox" id={`${id}-list`} aria-label={t('segments.suggestions')} style={LIST}>
      {suggestions.map((suggestion, at) => (
        <div
          key={suggestion.label}
          id={`${id}-${at}`}
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
          role="option"
          tabIndex={-1}
          aria-selected={at === active}
          style={{
            display: 'flex',
            justifyContent: 'space-between',
            gap: 'var(--p-space-200)',
            padding: 'var(--p-space-150) var(--p-space-200)',
            cursor: 'pointer',
            borderRadius: 'var(--p-border-radius-100)',
            background: at === active ? 'var(--p-color-bg-surface-selected)' : undefined,
          }}
          // The field must not lose the focus before the click counts.
          onMouseDown={(event) => {
            event.preventDefault();
            onPick(suggestion);
          }}
        >
          <span style={{ fontFamily: 'var(--p-font-family-mono)', overflowWrap: 'anywhere' }}>{suggestion.label}</span>
          <Text as="span" tone="subdued" variant="bodySm">
            {t(`segments.kinds.${suggestion.kind}`)}
          </Text>
        </div>
      ))}
    </div>
  );
}

/** What the language itself says of a text; null where only the store's figures can answer. */
function troubleOf(text: string): NoSegment | null {
  const parsed = parseQuery(text);
  return 'problem' in parsed ? { kind: 'problem', problem: parsed.problem } : null;
}

type Checked = ({ kind: 'count'; count: number; of: number } | NoSegment) & { readonly text: string };

/** A moment after the last key: how many customers, or what is wrong. */
function Answer({ value, onChange }: Pick<Props, 'value' | 'onChange'>) {
  const { t } = useTranslation();
  const { submit, data, state } = useFetcher<Checked>();
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  useEffect(() => {
    if (troubleOf(settled) === null) submit({ text: settled }, { method: 'post', action: SEGMENT_DOOR });
  }, [settled, submit]);
  const trouble = settled === value ? troubleOf(settled) : null;
  if (trouble) return <SegmentTrouble text={settled} trouble={trouble} onMend={onChange} />;
  const isAnswered = data?.text === value && state === 'idle';
  if (isAnswered && data.kind !== 'count') return <SegmentTrouble text={value} trouble={data} onMend={onChange} />;
  if (isAnswered && data.kind === 'count') return <SegmentCount count={data.count} of={data.of} />;
  return (
    <Text as="p" tone="subdued">
      {settled === value && state === 'idle' && data ? t('segments.countFailed') : t('segments.counting')}
    </Text>
  );
}

/** "1,234 customers, 12% of all" */
export function SegmentCount({ count, of }: { count: number; of: number }) {
  const { t } = useTranslation();
  const { language } = useShop();
  const part = of > 0 ? count / of : 0;
  const digits = part > 0 && part < 0.01 ? 2 : 0;
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits }).format(part);
  return (
    <Text as="p" fontWeight="semibold">
      {t('segments.countOf', { customers: t('segments.count', { count }), percent })}
    </Text>
  );
}
