import { ATTRIBUTE_NAMES, attributeOf, OPERATORS, type Attribute } from './attributes.ts';
import { nearest } from '../../core/nearest.ts';
import { parseQuery, type QueryProblem } from './parse.ts';
import { tokensOf, type Token } from './tokens.ts';

/** Words of the shop by attribute, or by `event.parameter`: what can stand between quotes there. */
export type KnownWords = Readonly<Record<string, readonly string[]>>;

export type Suggestion = {
  /** What is shown. */
  readonly label: string;
  /** What is written in place of the range. */
  readonly text: string;
  readonly kind: 'attribute' | 'operator' | 'value' | 'parameter' | 'word';
};
/** Suggestions for a place in a text; each replaces what stands from `from` to `to`. */
export type Completion = { readonly from: number; readonly to: number; readonly suggestions: readonly Suggestion[] };

const MOST = 50;
const DATES = ['today', 'yesterday', '-7d', '-30d', '-60d', '-90d', '-180d', '-12m', '-2y'];

/**
 * What can be written at the cursor. The parser itself says what it expects where the text so far ends; nothing is
 * suggested where something before the cursor is wrong.
 */
export function complete(text: string, cursor: number, known: KnownWords = {}): Completion {
  const { from, to, typed } = placeAt(text, cursor);
  const before = text.slice(0, from);
  const place = contextOf(before);
  const found = expectedAt(before, place).flatMap((word) => suggestionsFor(word, place, known));
  return { from, to, suggestions: ranked(found, typed).slice(0, MOST) };
}

/** The text with a suggestion taken, and where the cursor stands then. */
export function take(text: string, { from, to }: Completion, suggestion: Suggestion): { readonly text: string; readonly cursor: number } {
  // A blank that stands there already is not doubled.
  const rest = text.slice(to).replace(/^ /, suggestion.text.endsWith(' ') ? '' : ' ');
  return { text: `${text.slice(0, from)}${suggestion.text}${rest}`, cursor: from + suggestion.text.length };
}

/** The text with what was probably meant in place of what was written; null where nothing near is known. */
export function mend(text: string, { from, to, suggestion }: QueryProblem): string | null {
  if (suggestion === null) return null;
  return `${text.slice(0, from)}${text[from] === "'" ? quoted(suggestion) : suggestion}${text.slice(to)}`;
}

const quoted = (word: string): string => `'${word.replaceAll(/['\\]/g, String.raw`\$&`)}'`;

/** Signs after which something new begins. */
const CLOSED = new Set(['(', ')', ',', ':']);

/** What is being written at the cursor: the range to replace and its text up to the cursor. */
function placeAt(text: string, cursor: number): { from: number; to: number; typed: string } {
  const token = tokensOf(text).find((one) => one.from < cursor && cursor <= one.to);
  if (!token || token.kind === 'end' || CLOSED.has(token.text)) return { from: cursor, to: cursor, typed: '' };
  const { from } = token;
  const typed = text.slice(from, cursor);
  // A quote may have swallowed what follows it: only up to the cursor is it surely the word that is being written.
  if (token.kind === 'unclosed') return { from, to: cursor, typed };
  if (token.kind === 'text') return cursor >= token.to - 1 ? { from, to: token.to, typed } : { from, to: cursor, typed };
  return { from, to: token.to, typed };
}

type Place = {
  readonly attribute: Attribute | undefined;
  readonly name: string;
  /** The event's parameter whose value is being written. */
  readonly parameter: string | null;
  /** Parameters of the event that stand there already. */
  readonly used: readonly string[];
};

/** What the end of the text before the cursor is about. */
function contextOf(before: string): Place {
  const tokens = tokensOf(before);
  const start = tokens.findLastIndex((token) => token.kind === 'word' && attributeOf(token.text.toLowerCase()) !== undefined);
  const name = tokens[start]?.text.toLowerCase() ?? '';
  const attribute = attributeOf(name);
  const inside = attribute?.parameters ? insideOf(tokens.slice(start + 1)) : null;
  const colons = (inside ?? []).flatMap((token, at) => (token.text === ':' ? [inside?.[at - 1]?.text.toLowerCase() ?? ''] : []));
  return { attribute, name, parameter: colons.at(-1) ?? null, used: colons };
}

/** The tokens of an event's parameters while its bracket is open; null where it is closed or was never opened. */
function insideOf(tokens: readonly Token[]): readonly Token[] | null {
  if (tokens[0]?.text !== '(') return null;
  let depth = 0;
  for (const { kind, text } of tokens) {
    if (kind !== 'sign') continue;
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (depth === 0) return null;
  }
  return tokens;
}

/** Words and kinds of values that the parser expects where the text ends. */
function expectedAt(before: string, place: Place): string[] {
  const parsed = parseQuery(before);
  if ('query' in parsed) return ['AND', 'OR'];
  const { problem } = parsed;
  if (problem.code === 'empty') return ['<attribute>', 'NOT', '('];
  if (problem.from < before.trimEnd().length) return [];
  const opens = place.attribute?.parameters && place.used.length === 0 && /\w\s*$/.test(before) && problem.expected[0] === '=';
  return [...(opens ? ['('] : []), ...problem.expected];
}

function suggestionsFor(word: string, place: Place, known: KnownWords): Suggestion[] {
  switch (word) {
    case '<attribute>':
      return ATTRIBUTE_NAMES.map((name) => ({ label: name, text: `${name} `, kind: 'attribute' }));
    case '<number>':
      return [];
    case '<date>':
      return DATES.map((text) => ({ label: text, text: `${text} `, kind: 'value' }));
    case '<text>':
      return wordsOf(place, known).map((one) => ({ label: quoted(one), text: `${quoted(one)} `, kind: 'value' }));
    default:
      return ofLanguage(word, place);
  }
}

function wordsOf({ attribute, name, parameter }: Place, known: KnownWords): readonly string[] {
  if (parameter !== null) return known[`${name}.${parameter}`] ?? [];
  return attribute?.words ?? known[name] ?? [];
}

/** A word of the language itself: an operator, a sign, the name of an event's parameter. */
function ofLanguage(word: string, place: Place): Suggestion[] {
  const { attribute } = place;
  if (DATES.includes(word)) return [];
  if (attribute?.parameters && Object.hasOwn(attribute.parameters, word))
    return place.used.includes(word) ? [] : [{ label: `${word}:`, text: `${word}: `, kind: 'parameter' }];
  if (!fits(word, place)) return [];
  return [{ label: word, text: word === '(' ? word : `${word} `, kind: kindOf(word) }];
}

const ALL_OPERATORS: readonly string[] = [...new Set(Object.values(OPERATORS).flat())];
const NEGATABLE = ['IN', 'CONTAINS', 'BETWEEN'];

/** After a NOT the parser names all that can be negated; not every attribute takes each. */
function fits(word: string, { attribute, parameter }: Place): boolean {
  if (!attribute || parameter !== null || !NEGATABLE.includes(word)) return true;
  return OPERATORS[attribute.type].some((operator) => operator === word || operator === `NOT ${word}`);
}

function kindOf(word: string): Suggestion['kind'] {
  if (word === 'true' || word === 'false') return 'value';
  return ALL_OPERATORS.includes(word) ? 'operator' : 'word';
}

const bare = (text: string): string => text.toLowerCase().replaceAll(/^'|[':]$/g, '');

/** Those that begin with what was typed, then those with a part that does; where none does, the one that was meant. */
function ranked(found: readonly Suggestion[], typed: string): readonly Suggestion[] {
  const open = typed.startsWith("'") ? found.filter(({ label }) => label.startsWith("'")) : found;
  if (typed === '') return open;
  const wanted = bare(typed);
  // What stands there in full needs no suggestion.
  const others = open.filter(({ label }) => label.toLowerCase() !== typed.toLowerCase());
  const begins = others.filter(({ label }) => bare(label).startsWith(wanted));
  const parts = others.filter(
    (one) =>
      !begins.includes(one) &&
      bare(one.label)
        .split(/[_\s]/)
        .some((part) => part.startsWith(wanted)),
  );
  if (begins.length + parts.length > 0 || others.length < open.length) return [...begins, ...parts];
  const meant = nearest(
    wanted,
    open.map(({ label }) => bare(label)),
  );
  return open.filter(({ label }) => bare(label) === meant);
}
