import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { studentQuantile, studentTails } from './lift.ts';
import { digamma, hypergeometric, incompleteBeta, lnGamma } from './special.ts';

const positive = fc.double({ min: 0.01, max: 500, noNaN: true });

describe('special functions', () => {
  it('are what the tables say (Abramowitz and Stegun)', () => {
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
    expect(lnGamma(10)).toBeCloseTo(Math.log(362_880), 12);
    expect(lnGamma(100)).toBeCloseTo(359.1342053695754, 10);
    expect(digamma(1)).toBeCloseTo(-0.5772156649015329, 13);
    expect(digamma(0.5)).toBeCloseTo(-1.9635100260214235, 13);
    expect(incompleteBeta(0.5, 2, 2)).toBeCloseTo(0.5, 14);
    expect(incompleteBeta(0.3, 2, 5)).toBeCloseTo(0.579825, 12);
  });

  it('follow their recurrences everywhere', () => {
    fc.assert(
      fc.property(positive, (x) => {
        expect(Math.abs(lnGamma(x + 1) - lnGamma(x) - Math.log(x))).toBeLessThan(1e-11 * (1 + Math.abs(lnGamma(x))));
        expect(Math.abs(digamma(x + 1) - digamma(x) - 1 / x)).toBeLessThan(1e-11 * (1 + 1 / x));
      }),
    );
  });

  it('give the hypergeometric function where it is an elementary one', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.97, noNaN: true }), positive, (z, a) => {
        expect(hypergeometric({ a: 1, b: 1, c: 2 }, z)).toBeCloseTo(-Math.log1p(-z) / z, 9);
        const power = hypergeometric({ a: a / 50, b: 3, c: 3 }, z);
        expect(power / (1 - z) ** (-a / 50)).toBeCloseTo(1, 9);
      }),
    );
    expect(() => hypergeometric({ a: 1, b: 1, c: 1 }, 0.9999999)).toThrow(RangeError);
  });

  it('give the incomplete beta function, which adds up to 1 from both sides', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), positive, positive, (x, a, b) => {
        expect(incompleteBeta(x, a, b) + incompleteBeta(1 - x, b, a)).toBeCloseTo(1, 10);
      }),
    );
  });

  it('give Student’s t as the tables have it', () => {
    expect(studentQuantile(1)).toBeCloseTo(12.706204736174694, 8);
    expect(studentQuantile(10)).toBeCloseTo(2.2281388519862744, 9);
    expect(studentQuantile(1e7)).toBeCloseTo(1.959964, 5);
    expect(studentTails(2.2281388519862744, 10)).toBeCloseTo(0.05, 10);
  });
});
