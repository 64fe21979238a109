import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, divideRounded, formatMoney, MoneyFormatError, parseMinor, percentOf, toDecimal } from './money.ts';

describe('parseMinor', () => {
  it.each([
    ['199.00', 'GBP', 19_900n],
    ['-0.05', 'GBP', -5n],
    ['0.005', 'GBP', 1n],
    ['-0.005', 'GBP', -1n],
    ['0.0049', 'GBP', 0n],
    ['1500', 'JPY', 1_500n],
    ['1.234', 'KWD', 1_234n],
    ['90071992547409.93', 'USD', 9_007_199_254_740_993n],
  ])('%s %s', (text, currency, minor) => {
    expect(parseMinor(text, currency)).toBe(minor);
  });

  it.each(['', 'abc', '1,50', '1e3', '--1', '1.', '.5', 'NaN'])('refuses %j', (text) => {
    expect(() => parseMinor(text, 'GBP')).toThrow(MoneyFormatError);
  });

  it('reads short texts as it reads long ones', () => {
    const short = fc.stringMatching(/^-?\d{0,7}\.?\d{0,4}$/);
    fc.assert(
      fc.property(short, fc.constantFrom('GBP', 'JPY', 'KWD'), (text, currency) => {
        const [sign, rest] = text.startsWith('-') ? ['-', text.slice(1)] : ['', text];
        const read = (amount: string): bigint | null => {
          try {
            return parseMinor(amount, currency);
          } catch {
            return null;
          }
        };
        // With leading zeros it is none of the short ones; a text without a digit before the point would become one.
        fc.pre(/^\d/.test(rest));
        expect(read(text)).toBe(read(`${sign}${'0'.repeat(20)}${rest}`));
      }),
    );
  });

  it('is the inverse of toDecimal', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.constantFrom('GBP', 'JPY', 'KWD'), (minor, currency) => {
        expect(parseMinor(toDecimal(minor, currency), currency)).toBe(minor);
      }),
    );
  });
});

describe('rounding', () => {
  it('rounds half away from zero', () => {
    expect([divideRounded(5n, 2n), divideRounded(-5n, 2n), divideRounded(4n, 3n), divideRounded(5n, 3n)]).toEqual([3n, -3n, 1n, 2n]);
    expect(percentOf(1_999n, 1_000)).toBe(200n);
  });

  it('refuses to divide by nothing', () => {
    expect(() => divideRounded(1n, 0n)).toThrow(RangeError);
  });
});

describe('allocate', () => {
  const weights = fc.array(fc.bigInt({ min: 0n, max: 10_000n }), { minLength: 1, maxLength: 30 });

  it('gives parts that sum to the whole, none further than one unit from its share', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), weights, (whole, parts) => {
        const result = allocate(whole, parts);
        expect(result.reduce((sum, part) => sum + part, 0n)).toBe(whole);
        const total = parts.reduce((sum, part) => sum + part, 0n);
        if (total === 0n) return;
        for (const [index, part] of result.entries()) {
          const off = part * total - whole * (parts[index] ?? 0n);
          expect(off < total && off > -total).toBe(true);
        }
      }),
    );
  });

  it('has no part to give to nobody', () => {
    expect(allocate(10n, [])).toEqual([]);
  });
});

it('formats amounts past the range of floats exactly', () => {
  expect(formatMoney(9_007_199_254_740_993n, 'GBP', 'en')).toBe('£90,071,992,547,409.93');
  expect(formatMoney(-150n, 'JPY', 'en')).toBe('-¥150');
});
