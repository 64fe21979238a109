import { describe, expect, it } from 'vitest';
import { inRounds, median, medianRatio, quantile, rounded } from './figures.ts';

describe('the figures of a bench', () => {
  it('takes the two sides in turn and each of them first as often', async () => {
    const order: string[] = [];
    const side = (name: string) => async () => order.push(name);
    const rounds = await inRounds(3, { ours: side('a'), limit: side('b') });
    expect(order.join('')).toBe('abbaab');
    expect(rounds).toEqual({ ours: [1, 4, 5], limit: [2, 3, 6] });
  });

  it('finds quantiles between neighbours, whatever the order of the values', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(quantile([50, 10, 20, 40, 30], 0.95)).toBeCloseTo(48);
    expect(quantile([7], 0.99)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('compares round with round, so that a slow minute of the machine changes no ratio', () => {
    expect(medianRatio({ ours: [100, 10, 90], limit: [200, 20, 200] })).toBe(0.5);
  });

  it('keeps four digits', () => {
    expect([rounded(12345.6), rounded(0.123456)]).toEqual([12350, 0.1235]);
  });
});
