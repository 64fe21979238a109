import { parseDay, type Day } from '../../core/calendar.ts';
import {
  ATTRIBUTE_NAMES,
  attributeOf,
  OPERATORS,
  type Attribute,
  type AttributeType,
  type Operator,
  type ParameterType,
} from './attributes.ts';
import { nearest } from '../../core/nearest.ts';
import type { Condition, Parameter, Query, QueryDate, Value } from './query.ts';
import { tokensOf, type Token } from './tokens.ts';

/**
 * What is wrong with a query, and where: from the first character to the one after the last. `expected` are words of the
 * language or kinds of values (in angle brackets); `suggestion` is what was probably meant.
 */
export type QueryProblem = {
  readonly code:
    | 'empty'
    | 'too-long'
    | 'too-deep'
    | 'unclosed-text'
    | 'unknown-attribute'
    | 'unknown-parameter'
    | 'wrong-operator'
    | 'wrong-value'
    | 'unexpected';
  readonly from: number;
  readonly to: number;
  readonly found: string;
  readonly expected: readonly string[];
  readonly suggestion: string | null;
};

class Problem extends Error {
  readonly problem: QueryProblem;
  constructor(problem: QueryProblem) {
    super(problem.code);
    this.problem = problem;
  }
}

const MOST_CHARACTERS = 10_000;
const MOST_DEPTH = 40;

function fail(code: QueryProblem['code'], token: Token, expected: readonly string[] = []): never {
  const { from, to, text } = token;
  const suggestion = token.kind === 'word' || token.kind === 'text' ? nearest(text, expected) : null;
  throw new Problem({ code: token.kind === 'unclosed' ? 'unclosed-text' : code, from, to, found: text, expected, suggestion });
}

/** Reads a query of the language of Shopify's customer segments. Never throws: any text gives a query or a problem. */
export function parseQuery(text: string): { readonly query: Query } | { readonly problem: QueryProblem } {
  const whole = { from: 0, to: text.length, found: '', expected: [], suggestion: null };
  if (text.length > MOST_CHARACTERS) return { problem: { ...whole, code: 'too-long' } };
  if (text.trim() === '') return { problem: { ...whole, code: 'empty' } };
  try {
    return { query: new Parser(text).whole() };
  } catch (error) {
    if (error instanceof Problem) return { problem: error.problem };
    throw error;
  }
}

const NOT_WORDS = ['IN', 'CONTAINS', 'BETWEEN'] as const;
const WORD_OPERATORS = ['IN', 'CONTAINS', 'BETWEEN', 'STARTS', 'IS', 'NOT'];
const SIGNS: readonly Operator[] = ['=', '!=', '>', '>=', '<', '<='];

class Parser {
  private readonly tokens: Token[];
  private place = 0;
  private depth = 0;
  constructor(text: string) {
    this.tokens = tokensOf(text);
  }

  whole(): Query {
    const query = this.either();
    if (this.next.kind !== 'end') fail('unexpected', this.next, ['AND', 'OR']);
    return query;
  }

  private get next(): Token {
    return this.tokens[this.place] ?? { kind: 'end', text: '', from: 0, to: 0 };
  }

  private take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.place += 1;
    return token;
  }

  private isWord(...words: string[]): boolean {
    return this.next.kind === 'word' && words.includes(this.next.text.toUpperCase());
  }

  private isSign(sign: string): boolean {
    return this.next.kind === 'sign' && this.next.text === sign;
  }

  private word(word: string): void {
    if (!this.isWord(word)) fail('unexpected', this.next, [word]);
    this.take();
  }

  private sign(sign: string): void {
    if (!this.isSign(sign)) fail('unexpected', this.next, [sign]);
    this.take();
  }

  /** AND binds closer than OR. */
  private either(): Query {
    return this.joined('or', () => this.joined('and', () => this.negated()));
  }

  private joined(kind: 'and' | 'or', part: () => Query): Query {
    const first = part();
    const parts = [first];
    while (this.isWord(kind.toUpperCase())) {
      this.take();
      parts.push(part());
    }
    return parts.length === 1 ? first : { kind, parts };
  }

  private negated(): Query {
    if (!this.isWord('NOT') && !this.isSign('(')) return this.condition();
    const token = this.take();
    this.depth += 1;
    if (this.depth > MOST_DEPTH) fail('too-deep', token);
    let query: Query;
    if (token.kind === 'word') query = { kind: 'not', part: this.negated() };
    else {
      query = this.either();
      if (!this.isSign(')')) fail('unexpected', this.next, [')', 'AND', 'OR']);
      this.take();
    }
    this.depth -= 1;
    return query;
  }

  private condition(): Condition {
    const name = this.next;
    const attribute = name.kind === 'word' ? attributeOf(name.text.toLowerCase()) : undefined;
    if (name.kind !== 'word') fail('unexpected', name, ['<attribute>', 'NOT', '(']);
    if (!attribute) fail('unknown-attribute', name, ATTRIBUTE_NAMES);
    this.take();
    const parameters = attribute.parameters && this.isSign('(') ? this.parameters(attribute.parameters) : [];
    const operator = this.operator(attribute.type);
    const values = this.values(attribute, operator);
    return { kind: 'condition', attribute: name.text.toLowerCase(), parameters, operator, values };
  }

  private operator(type: AttributeType): Operator {
    const token = this.next;
    const allowed = OPERATORS[type];
    const operator = this.readOperator();
    if (!operator) fail('unexpected', token, allowed);
    if (allowed.includes(operator)) return operator;
    const { to } = this.tokens[this.place - 1] ?? token;
    fail('wrong-operator', { ...token, kind: 'sign', text: operator, to }, allowed);
  }

  private readOperator(): Operator | null {
    const sign = SIGNS.find((one) => this.isSign(one));
    if (sign) {
      this.take();
      return sign;
    }
    if (!this.isWord(...WORD_OPERATORS)) return null;
    const first = this.take().text.toUpperCase();
    if (first === 'IS') return this.nullness();
    if (first === 'STARTS') {
      this.word('WITH');
      return 'STARTS WITH';
    }
    const positive = NOT_WORDS.find((word) => word === first);
    if (positive) return positive;
    const negated = NOT_WORDS.find((word) => this.isWord(word));
    if (!negated) fail('unexpected', this.next, NOT_WORDS);
    this.take();
    return `NOT ${negated}`;
  }

  private nullness(): Operator {
    const negative = this.isWord('NOT');
    if (negative) this.take();
    if (!this.isWord('NULL')) fail('unexpected', this.next, negative ? ['NULL'] : ['NULL', 'NOT NULL']);
    this.take();
    return negative ? 'IS NOT NULL' : 'IS NULL';
  }

  private values(attribute: Attribute, operator: Operator): Value[] {
    const one = (): Value => this.value(attribute.type, attribute.words);
    if (operator === 'IS NULL' || operator === 'IS NOT NULL') return [];
    if (operator === 'BETWEEN' || operator === 'NOT BETWEEN') return this.span(one);
    return operator === 'IN' || operator === 'NOT IN' ? this.listOf(one) : [one()];
  }

  private span(one: () => Value): Value[] {
    const first = one();
    this.word('AND');
    return [first, one()];
  }

  private listOf(one: () => Value): Value[] {
    this.sign('(');
    const values = [one()];
    while (this.isSign(',')) {
      this.take();
      values.push(one());
    }
    if (!this.isSign(')')) fail('unexpected', this.next, [',', ')']);
    this.take();
    return values;
  }

  private parameters(known: Readonly<Record<string, ParameterType>>): Parameter[] {
    const parameters: Parameter[] = [];
    this.sign('(');
    for (;;) {
      const name = this.next;
      const type = name.kind === 'word' && Object.hasOwn(known, name.text.toLowerCase()) ? known[name.text.toLowerCase()] : undefined;
      if (!type) fail(name.kind === 'word' ? 'unknown-parameter' : 'unexpected', name, Object.keys(known));
      if (parameters.some((one) => one.name === name.text.toLowerCase()))
        fail(
          'unexpected',
          name,
          Object.keys(known).filter((one) => !parameters.some((held) => held.name === one)),
        );
      this.take();
      this.sign(':');
      parameters.push({ name: name.text.toLowerCase(), ...this.parameter(type) });
      if (!this.isSign(',')) break;
      this.take();
    }
    if (!this.isSign(')')) fail('unexpected', this.next, [',', ')']);
    this.take();
    return parameters;
  }

  private parameter(type: ParameterType): Omit<Parameter, 'name'> {
    const one = (): Value => this.value(type === 'id' ? 'number' : type);
    if (this.isWord('BETWEEN')) {
      this.take();
      return { values: this.span(one), span: true };
    }
    return { values: this.isSign('(') ? this.listOf(one) : [one()], span: false };
  }

  private value(type: AttributeType, words?: readonly string[]): Value {
    const token = this.next;
    const value = valueOf(type, token);
    if (!value) fail('wrong-value', token, EXPECTED[type]);
    if (words && value.kind === 'text') {
      const known = words.find((word) => word.toLowerCase() === value.text.toLowerCase());
      if (!known) fail('wrong-value', token, words);
      this.take();
      return { kind: 'text', text: known };
    }
    this.take();
    return value;
  }
}

const EXPECTED: Readonly<Record<AttributeType, readonly string[]>> = {
  number: ['<number>'],
  date: ['<date>', '-30d', 'today', 'yesterday'],
  text: ['<text>'],
  list: ['<text>'],
  event: ['true', 'false'],
};

function valueOf(type: AttributeType, token: Token): Value | null {
  switch (type) {
    case 'number':
      return token.kind === 'number' ? { kind: 'number', text: token.text } : null;
    case 'text':
    case 'list':
      return token.kind === 'text' ? { kind: 'text', text: token.text } : null;
    case 'event': {
      const word = token.kind === 'word' ? token.text.toLowerCase() : '';
      return word === 'true' || word === 'false' ? { kind: 'flag', flag: word === 'true' } : null;
    }
    case 'date': {
      const date = dateOf(token);
      return date && { kind: 'date', date };
    }
  }
}

/** A century at most, in each unit: what lies further away is a slip, and no calendar reaches it. */
const MOST_AGO = { d: 36_525, w: 5_218, m: 1_200, y: 100 } as const;
const DAYS_FROM = '1900-01-01';
const DAYS_TO = '2199-12-31';

function dateOf({ kind, text }: Token): QueryDate | null {
  if (kind === 'date') {
    const day = dayOrNull(text);
    return day && day >= DAYS_FROM && day <= DAYS_TO ? { day } : null;
  }
  if (kind === 'ago') {
    const unit = (['d', 'w', 'm', 'y'] as const).find((one) => text.endsWith(one)) ?? 'd';
    const count = Number(text.slice(0, -1));
    if (Math.abs(count) > MOST_AGO[unit]) return null;
    return count === 0 ? { count: 0, unit: 'd' } : { count, unit };
  }
  const word = kind === 'word' ? text.toLowerCase() : '';
  if (word === 'today') return { count: 0, unit: 'd' };
  return word === 'yesterday' ? { count: -1, unit: 'd' } : null;
}

function dayOrNull(text: string): Day | null {
  try {
    return parseDay(text);
  } catch {
    return null;
  }
}
