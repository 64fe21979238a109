import { expect, it } from 'vitest';
import { allIn, plain, withAmounts } from './plain-json.ts';

it('writes ids as texts, times in UTC, and amounts as decimals of their own currency', () => {
  const row = { id: 9_007_199_254_740_993n, at: new Date('2026-01-02T03:04:05Z'), net: -5n, yen: 1200n, cost: null, tags: ['a', 1n] };
  expect(withAmounts(row, { ...allIn('GBP', ['net', 'cost']), yen: 'JPY' })).toEqual({
    id: '9007199254740993',
    at: '2026-01-02T03:04:05.000Z',
    net: '-0.05',
    yen: '1200',
    cost: null,
    tags: ['a', '1'],
  });
});

it('refuses what is no data', () => {
  expect(() => plain(() => 1)).toThrow(TypeError);
});
