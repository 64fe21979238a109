/** A piece of a query's text, and where it stands: from the first character to the one after the last. */
export type Token = {
  readonly kind: 'word' | 'text' | 'number' | 'date' | 'ago' | 'sign' | 'end' | 'unclosed' | 'unknown';
  /** As written; of a text what stands between its quotes. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
};

const PIECES: readonly (readonly [Token['kind'], RegExp])[] = [
  ['date', /\d{4}-\d{2}-\d{2}(?![\w-])/y],
  ['ago', /[+-]?\d{1,5}[dwmy](?!\w)/y],
  ['number', /-?\d{1,18}(?:\.\d{1,6})?(?![\w.])/y],
  ['word', /[A-Za-z_]\w*/y],
  ['text', /'(?:[^'\\]|\\.)*'/sy],
  ['sign', /!=|>=|<=|[=<>(),:]/y],
];
const SPACE = /\s+/y;

function at(pattern: RegExp, text: string, from: number): string | null {
  pattern.lastIndex = from;
  return pattern.exec(text)?.[0] ?? null;
}

function tokenAt(text: string, from: number): Token {
  for (const [kind, pattern] of PIECES) {
    const found = at(pattern, text, from);
    if (found === null) continue;
    const inner = kind === 'text' ? found.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : found;
    return { kind, text: inner, from, to: from + found.length };
  }
  if (text[from] === "'") return { kind: 'unclosed', text: text.slice(from), from, to: text.length };
  // A whole character, also where it takes two places.
  const [character = ''] = text.slice(from, from + 2);
  return { kind: 'unknown', text: character, from, to: from + character.length };
}

/** The tokens of a text, the end among them; any text has some. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let from = 0; ;) {
    from += at(SPACE, text, from)?.length ?? 0;
    if (from >= text.length) break;
    const token = tokenAt(text, from);
    tokens.push(token);
    from = token.to;
  }
  tokens.push({ kind: 'end', text: '', from: text.length, to: text.length });
  return tokens;
}
