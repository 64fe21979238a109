import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEvent } from './event.ts';

const NOW = new Date('2026-11-28T12:00:00Z');
const GOOD = { id: 'reviews:17', kind: 'review', customer: { id: '7' }, at: '2026-11-28T13:00:00+01:00' };
const read = (change: object) => readEvent({ ...GOOD, ...change }, NOW);

describe('an event', () => {
  it.each([
    [{}, { id: 'reviews:17', kind: 'review', customer: { id: 7n }, at: NOW, productId: null, rating: null, points: null }],
    [{ customer: { id: 7 } }, { customer: { id: 7n } }],
    [{ customer: { id: 'gid://shopify/Customer/7' } }, { customer: { id: 7n } }],
    [{ customer: { email: 'Ada@Example.com' } }, { customer: { email: 'Ada@Example.com' } }],
    [
      { product: 'gid://shopify/Product/3', rating: 5, points: 40 },
      { productId: 3n, rating: 5, points: 40 },
    ],
    [{ at: '2026-11-28T12:05:00Z' }, { at: new Date('2026-11-28T12:05:00Z') }],
  ])('%o is read', (change, expected) => {
    expect(read(change)).toMatchObject({ kind: 'ok', value: expected });
    expect(read({ customer: { id: 2n ** 63n - 1n } })).toMatchObject({ kind: 'ok', value: { customer: { id: 2n ** 63n - 1n } } });
  });

  it.each([
    [{ id: '' }, 'id'],
    [{ id: 'ada@example.com' }, 'id'],
    [{ id: 'x'.repeat(101) }, 'id'],
    [{ id: 7 }, 'id'],
    [{ id: 'a\u0000' }, 'id'],
    [{ kind: 'Review' }, 'kind'],
    [{ kind: '9lives' }, 'kind'],
    [{ customer: undefined }, 'customer'],
    [{ customer: { id: '0' } }, 'customer'],
    [{ customer: { id: '9223372036854775808' } }, 'customer'],
    [{ customer: { id: 'gid://shopify/Order/7' } }, 'customer'],
    [{ customer: { id: '7', email: 'a@example.com' } }, 'customer'],
    [{ customer: { email: 'nobody' } }, 'customer'],
    [{ at: '2026-11-28' }, 'at'],
    [{ at: '2026-11-28T12:00:00' }, 'at'],
    [{ at: '2026-11-28T12:05:00.001Z' }, 'at'],
    [{ at: '2025-11-27T11:59:59Z' }, 'at'],
    [{ product: -3 }, 'product'],
    [{ rating: 0 }, 'rating'],
    [{ rating: 6 }, 'rating'],
    [{ rating: 4.5 }, 'rating'],
    [{ rating: '5' }, 'rating'],
    [{ points: 0 }, 'points'],
    [{ points: 1e9 }, 'points'],
    [{ text: 'Lovely tea' }, 'event'],
  ])('%j is refused by its field', (change, field) => {
    const refused = read(change);
    expect(refused.kind === 'invalid' && Object.keys(refused.fields)).toEqual([field]);
  });

  it('says all that is wrong at once', () => {
    const refused = readEvent({ kind: 'review', rating: 9, more: 1 }, NOW);
    expect(refused.kind === 'invalid' && Object.keys(refused.fields).toSorted()).toEqual(['at', 'customer', 'event', 'id', 'rating']);
  });

  it.each([null, 'x', 7, [], {}])('%j is none', (json) => {
    expect(readEvent(json, NOW).kind).toBe('invalid');
  });

  it('never throws, and repeats nothing of what is wrong', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const refused = readEvent(json, NOW);
        expect(refused.kind).toBe('invalid');
      }),
    );
    expect(JSON.stringify(read({ zx9marker: 1, kind: 'zx9marker!', id: 'zx9marker!' }))).not.toContain('zx9marker');
  });
});
