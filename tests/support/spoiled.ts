import fc from 'fast-check';

type Spot = { readonly holder: object; readonly key: string };

function* spotsOf(value: unknown): Generator<Spot> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield { holder: value, key };
    yield* spotsOf(inner);
  }
}

/** What may stand in a payload where something else is expected, and what may be expected. */
const ODD: readonly unknown[] = [
  null,
  '',
  '12.50',
  '7',
  'a, b',
  'gid://shopify/Order/7',
  'half a pair \ud800, and \0',
  '2026-07-01T01:30:00+02:00',
  '2026-07-01',
  0,
  -1,
  1.5,
  1e300,
  9_007_199_254_740_993n,
  true,
  [],
  {},
  [null],
  ['a'],
  [{}],
  { amount: '1.00' },
  { id: 'gid://shopify/Location/1' },
  { shop_money: { amount: '1.00' } },
  { shopMoney: { amount: '1.00' } },
  { shop_money: [], presentment_money: 5 },
];

/** Copies of the samples in which up to four spots hold something odd, or are missing. */
export const spoiled = (samples: readonly object[]): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      fc.constantFrom(...samples),
      fc.array(fc.tuple(fc.nat(), fc.option(fc.constantFrom(...ODD), { nil: undefined })), { maxLength: 4 }),
    )
    .map(([sample, changes]) => {
      const copy = structuredClone(sample);
      for (const [nth, odd] of changes) {
        const spots = [...spotsOf(copy)];
        const spot = spots[nth % spots.length];
        if (!spot) break;
        if (odd === undefined && Array.isArray(spot.holder)) spot.holder.splice(Number(spot.key), 1);
        else if (odd === undefined) Reflect.deleteProperty(spot.holder, spot.key);
        else Reflect.set(spot.holder, spot.key, structuredClone(odd));
      }
      return copy;
    });

/** What a parser makes of a value: its result, or what it says is wrong. */
export function outcomeOf(parse: (value: unknown) => unknown, value: unknown): unknown {
  try {
    return { result: parse(value) };
  } catch (error) {
    return { problem: error };
  }
}
