import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTRIBUTE_NAMES, attributeOf, OPERATORS, type AttributeType, type ParameterType } from './attributes.ts';
import { parseQuery, type QueryProblem } from './parse.ts';
import { printQuery, type Condition, type Query, type QueryDate, type Value } from './query.ts';

const problemOf = (text: string): QueryProblem => {
  const parsed = parseQuery(text);
  if ('query' in parsed) throw new Error(`no problem in ${text}`);
  return parsed.problem;
};
const printed = (text: string): string => {
  const parsed = parseQuery(text);
  if ('problem' in parsed) throw new Error(`${text}: ${JSON.stringify(parsed.problem)}`);
  return printQuery(parsed.query);
};

const date: fc.Arbitrary<QueryDate> = fc.oneof(
  fc.date({ min: new Date('1990-01-01'), max: new Date('2060-01-01'), noInvalidDate: true }).map((at) => {
    const parsed = parseQuery(`last_order_date = ${at.toISOString().slice(0, 10)}`);
    const [value] = 'query' in parsed && parsed.query.kind === 'condition' ? parsed.query.values : [];
    return value?.kind === 'date' ? value.date : { count: 0, unit: 'd' as const };
  }),
  fc
    .record({ count: fc.integer({ min: -100, max: 100 }), unit: fc.constantFrom('d', 'w', 'm', 'y') })
    .map((ago): QueryDate => (ago.count === 0 ? { count: 0, unit: 'd' } : { count: ago.count, unit: ago.unit as 'd' })),
);
const valueOf = (type: AttributeType, words?: readonly string[]): fc.Arbitrary<Value> => {
  if (type === 'number')
    return fc.tuple(fc.integer(), fc.nat({ max: 99 })).map(([whole, part]) => ({ kind: 'number', text: `${whole}.${part}` }));
  if (type === 'date') return date.map((at) => ({ kind: 'date', date: at }));
  if (type === 'event') return fc.boolean().map((flag) => ({ kind: 'flag', flag }));
  return (words ? fc.constantFrom(...words) : fc.string({ maxLength: 12 })).map((text) => ({ kind: 'text', text }));
};
const parametersOf = (known: Readonly<Record<string, ParameterType>>) =>
  fc.subarray(Object.entries(known)).chain((chosen) =>
    fc.tuple(
      ...chosen.map(([name, type]) => {
        const one = valueOf(type === 'id' ? 'number' : type);
        return fc.oneof(
          fc.array(one, { minLength: 1, maxLength: 3 }).map((values) => ({ name, values, span: false })),
          fc.tuple(one, one).map((values) => ({ name, values: [...values], span: true })),
        );
      }),
    ),
  );
const condition: fc.Arbitrary<Condition> = fc.constantFrom(...ATTRIBUTE_NAMES).chain((name) => {
  const attribute = attributeOf(name);
  if (!attribute) throw new Error(name);
  const one = valueOf(attribute.type, attribute.words);
  return fc.constantFrom(...OPERATORS[attribute.type]).chain((operator) => {
    const count = operator.startsWith('IS') ? 0 : operator.endsWith('BETWEEN') ? 2 : operator.endsWith('IN') ? 3 : 1;
    return fc.record({
      kind: fc.constant('condition' as const),
      attribute: fc.constant(name),
      parameters: attribute.parameters ? parametersOf(attribute.parameters) : fc.constant([]),
      operator: fc.constant(operator),
      values: fc.array(one, { minLength: count, maxLength: count }),
    });
  });
});
const { query } = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    condition,
    fc.record({ kind: fc.constant('not' as const), part: tie('query') }),
    // An AND in an AND is the same query written longer: brackets keep it, and printing keeps the brackets.
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), parts: fc.array(tie('query'), { minLength: 2, maxLength: 3 }) }),
  ),
}));

describe('a segment query', () => {
  it.each([
    ["number_of_orders >= 3 AND amount_spent > 200 AND last_order_date < -90d AND customer_tags CONTAINS 'VIP'"],
    ["products_purchased(tag: 'tea', date: -30d) = true"],
    ["products_purchased(id: (1, 2), date: BETWEEN -12m AND today) = false OR rfm_group IN ('CHAMPIONS', 'LOYAL')"],
    ['NOT (number_of_orders BETWEEN 2 AND 5 OR expected_next_order IS NULL) AND probability_alive > 0.50'],
    ["loyalty_tier NOT IN ('Gold', 'Tea lover\\'s') AND points_balance IS NOT NULL"],
  ])('is read: %s', (text) => {
    expect(printed(text)).toBe(text);
  });

  it('does not mind case, blanks, lines and brackets that are not needed', () => {
    expect(printed("  Number_Of_Orders>=3\nand((RFM_GROUP='champions'))")).toBe("number_of_orders >= 3 AND rfm_group = 'CHAMPIONS'");
    expect(printed('last_order_date >= Yesterday')).toBe('last_order_date >= -1d');
  });

  it('binds AND closer than OR', () => {
    const text = 'recency > 1 OR recency > 2 AND recency > 3';
    expect(parseQuery(text)).toMatchObject({ query: { kind: 'or', parts: [{ kind: 'condition' }, { kind: 'and' }] } });
    expect(printed(text)).toBe('recency > 1 OR (recency > 2 AND recency > 3)');
  });

  it('is the same after it was written and read again, whatever it is', () => {
    fc.assert(
      fc.property(query, (one) => {
        const parsed = parseQuery(printQuery(one));
        expect(parsed).toEqual({ query: one });
      }),
      { numRuns: 500 },
    );
  });
});

describe('a query with something wrong', () => {
  const helped = (text: string): unknown[] => {
    const { code, from, to, suggestion } = problemOf(text);
    return [code, text.slice(from, to), suggestion];
  };

  it.each([
    ['number_of_order >= 3', 'unknown-attribute', 'number_of_order', 'number_of_orders'],
    ['amuont_spent > 5', 'unknown-attribute', 'amuont_spent', 'amount_spent'],
    ["rfm_group = 'CHAMPION'", 'wrong-value', "'CHAMPION'", 'CHAMPIONS'],
    ['number_of_orders CONTAINS 3', 'wrong-operator', 'CONTAINS', null],
    ["number_of_orders NOT CONTAINS 'x'", 'wrong-operator', 'NOT CONTAINS', null],
    ["number_of_orders > '3'", 'wrong-value', "'3'", null],
    ['last_order_date > 2026-02-30', 'wrong-value', '2026-02-30', null],
    ['last_order_date > -101y', 'wrong-value', '-101y', null],
    ['last_order_date > 0001-01-01', 'wrong-value', '0001-01-01', null],
    ["customer_tags CONTAINS 'VIP", 'unclosed-text', "'VIP", null],
    ['number_of_orders > 3 ANDD recency > 1', 'unexpected', 'ANDD', 'AND'],
    ['(number_of_orders > 3', 'unexpected', '', null],
    ["products_purchased(tga: 'tea') = true", 'unknown-parameter', 'tga', 'tag'],
    ['products_purchased(id: 1, id: 2) = true', 'unexpected', 'id', null],
    ['products_purchased(id: 1) = yes', 'wrong-value', 'yes', null],
    ['number_of_orders BETWEEN 1 OR 2', 'unexpected', 'OR', null],
    ['number_of_orders', 'unexpected', '', null],
    ['number_of_orders > 1 )', 'unexpected', ')', null],
    ['number_of_orders > 1 😀', 'unexpected', '😀', null],
  ])('says what and where, and what was meant: %s', (text, ...wanted) => {
    expect(helped(text)).toEqual(wanted);
  });

  it('tells what could have stood there', () => {
    expect(problemOf('number_of_orders CONTAINS 3').expected).toContain('BETWEEN');
    expect(problemOf('number_of_orders > 1 number').expected).toEqual(['AND', 'OR']);
    expect(problemOf('').code).toBe('empty');
    expect(problemOf(`recency > 1${' '.repeat(10_000)}`).code).toBe('too-long');
    expect(problemOf(`${'('.repeat(2_000)}recency > 1`).code).toBe('too-deep');
    expect(problemOf(`${'NOT '.repeat(2_000)}recency > 1`).code).toBe('too-deep');
  });

  it('never throws and points into the text, whatever is written', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...ATTRIBUTE_NAMES,
        ...Object.values(OPERATORS).flat(),
        '(',
        ')',
        ',',
        ':',
        'AND',
        'OR',
        'NOT',
        "'a'",
        "'",
        '1',
        '-5d',
        'true',
        '2026-01-01',
        '\\',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(' ')),
        (text) => {
          const parsed = parseQuery(text);
          if ('query' in parsed) expect(parseQuery(printQuery(parsed.query))).toEqual(parsed);
          else {
            const { from, to } = parsed.problem;
            expect(0 <= from && from <= to && to <= text.length).toBe(true);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
