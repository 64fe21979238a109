import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTRIBUTE_NAMES } from './attributes.ts';
import { complete, mend, take, type KnownWords } from './complete.ts';
import { parseQuery } from './parse.ts';

const KNOWN: KnownWords = {
  customer_tags: ['VIP', 'Tea lover', "o'clock"],
  loyalty_tier: ['Gold', 'Silver'],
  channel: ['web', 'pos'],
  'products_purchased.tag': ['tea'],
};
/** `|` is the cursor. */
const at = (marked: string) => complete(marked.replace('|', ''), marked.indexOf('|'), KNOWN);
const labels = (marked: string): string[] => at(marked).suggestions.map(({ label }) => label);
/** The text after the first suggestion was taken, with the cursor. */
const taken = (marked: string): string => {
  const completion = at(marked);
  const [first] = completion.suggestions;
  if (!first) return 'nothing';
  const { text, cursor } = take(marked.replace('|', ''), completion, first);
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
};

describe('completion', () => {
  it('offers every attribute, and brackets and NOT, where a condition begins', () => {
    const all = [...ATTRIBUTE_NAMES, 'NOT', '('];
    expect(labels('|')).toEqual(all);
    expect(labels('number_of_orders > 3 AND |')).toEqual(all);
    expect(labels('NOT (|')).toEqual(all);
  });

  it.each([
    ['num|', ['number_of_orders']],
    ['orders|', ['number_of_orders']],
    ['nummber_of_order|', ['number_of_orders']],
    ['number_of_orders >|', ['>=']],
    ['number_of_orders > |', []],
    ['number_of_orders > 3 |', ['AND', 'OR']],
    ['(number_of_orders > 3 |', [')', 'AND', 'OR']],
    ['customer_tags |', ['CONTAINS', 'NOT CONTAINS', 'IS NULL', 'IS NOT NULL']],
    ['customer_tags NOT |', ['CONTAINS']],
    ['customer_tags IS NOT |', ['NULL']],
    ['customer_tags CONTAINS |', ["'VIP'", "'Tea lover'", "'o\\'clock'"]],
    ["loyalty_tier IN ('Gold', 's|", ["'Silver'"]],
    ["loyalty_tier IN ('Gold' |", [',', ')']],
    ["customer_account_status = 'en|", ["'ENABLED'"]],
    ['last_order_date < -9|', ['-90d']],
    ['last_order_date BETWEEN -30d |', ['AND']],
    ['products_purchased |', ['(', '=', '!=']],
    ["products_purchased(tag: 'tea', |", ['id:', 'vendor:', 'collection:', 'collection_id:', 'date:']],
    ['products_purchased(tag: |', ["'tea'"]],
    ["products_purchased(tag: 'tea') = |", ['true', 'false']],
    ['nothing = 3 AND |', []],
    ['number_of_orders = |  > 3', []],
    ['points_balance|', []],
  ])('at %s offers %j', (marked, wanted) => {
    expect(labels(marked)).toEqual(wanted);
  });

  it('replaces the word that is being written and no other', () => {
    expect(taken('num|')).toBe('number_of_orders |');
    expect(taken('number_of_orders > 3 AND last_o| < -30d')).toBe('number_of_orders > 3 AND last_order_date |< -30d');
    expect(taken("customer_tags CONTAINS 'te|'")).toBe("customer_tags CONTAINS 'Tea lover' |");
    // The open quote has swallowed what follows: it stays.
    expect(taken("customer_tags CONTAINS 'te| AND customer_tags CONTAINS 'VIP'")).toBe(
      "customer_tags CONTAINS 'Tea lover' |AND customer_tags CONTAINS 'VIP'",
    );
  });

  /** Nothing is wrong with it but that it ends too early, if that. */
  const isCorrectSoFar = (text: string): boolean => {
    const parsed = parseQuery(text);
    return 'query' in parsed || parsed.problem.code === 'empty' || parsed.problem.from >= text.trimEnd().length;
  };

  it('never makes a text worse that is correct so far, and leads to whole queries', () => {
    let whole = 0;
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 30 }), fc.nat(), (choices, cut) => {
        let text = '';
        for (const choice of choices) {
          const completion = complete(text, text.length, KNOWN);
          const suggestion = completion.suggestions[choice % Math.max(1, completion.suggestions.length)];
          // Where nothing is offered, a person writes a number or a text.
          const written = [`${choice % 100} `, `'x${choice % 100}' `].map((value) => text + value).find(isCorrectSoFar);
          text = suggestion ? take(text, completion, suggestion).text : (written ?? `${text}?`);
          expect([text, isCorrectSoFar(text)]).toEqual([text, true]);
          if ('query' in parseQuery(text)) whole += 1;
        }
        // Cut anywhere: whatever is offered for the piece leads on.
        const piece = text.slice(0, cut % (text.length + 1));
        const completion = complete(piece, piece.length, KNOWN);
        for (const suggestion of completion.suggestions) {
          const next = take(piece, completion, suggestion).text;
          expect([next, isCorrectSoFar(next)]).toEqual([next, true]);
        }
      }),
      { numRuns: 300 },
    );
    expect(whole).toBeGreaterThan(200);
  });

  it('takes any text and any cursor', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat({ max: 70 }), (text, cursor) => {
        const { from, to } = complete(text, Math.min(cursor, text.length), KNOWN);
        expect(from <= to && to <= text.length).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a mended query', () => {
  const mended = (text: string): string | null => {
    const parsed = parseQuery(text);
    if ('query' in parsed) throw new Error('nothing to mend');
    return mend(text, parsed.problem);
  };
  it('has the word that was meant', () => {
    expect(mended('number_of_order > 3')).toBe('number_of_orders > 3');
    expect(mended("customer_account_status = 'enabeld' AND number_of_orders > 1")).toBe(
      "customer_account_status = 'ENABLED' AND number_of_orders > 1",
    );
    expect(mended("products_purchased(tga: 'x') = true")).toBe("products_purchased(tag: 'x') = true");
    expect(mended('nobody_knows_this > 3')).toBeNull();
  });
});
