import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuery } from './segment/parse.ts';
import { RFM_GROUPS } from './segment/attributes.ts';
import { matches, type Profile } from './segment/evaluate.ts';
import { cellQuery, groupOf, groupQuery, isRfmGroup, meanOf, NO_ORDERS, RFM_GRID, scoreOf, SCORES } from './rfm.ts';
import { parseDay } from '../core/calendar.ts';

const ALL = SCORES.flatMap((r) => SCORES.flatMap((f) => SCORES.map((m) => ({ r, f, m }))));

describe('the groups', () => {
  it('take in every combination of scores, and each of the ten is somebody’s', () => {
    const groups = ALL.map(({ r, f, m }) => groupOf(r, f, m));
    expect(groups).toHaveLength(125);
    expect(new Set([...groups, NO_ORDERS])).toEqual(new Set(RFM_GROUPS));
    expect(groups).not.toContain(NO_ORDERS);
  });

  it('are what their names say at the corners, and halves go up', () => {
    expect([groupOf(5, 5, 5), groupOf(5, 1, 1), groupOf(1, 5, 5), groupOf(1, 1, 1), groupOf(4, 5, 4), groupOf(3, 3, 3)]).toEqual([
      'CHAMPIONS',
      'NEW',
      'PREVIOUSLY_LOYAL',
      'DORMANT',
      'LOYAL',
      'NEEDS_ATTENTION',
    ]);
    expect([meanOf(1, 1), meanOf(1, 2), meanOf(3, 4), meanOf(4, 5), meanOf(5, 5)]).toEqual([1, 2, 4, 5, 5]);
    expect([isRfmGroup('LOYAL'), isRfmGroup('loyal')]).toEqual([true, false]);
  });
});

describe('the segments of cells and groups', () => {
  const context = { today: parseDay('2026-11-20'), currency: 'GBP' };
  const whole = (value: number) => ({ over: BigInt(value), under: 1n });
  const profile = ({ r, f, m }: (typeof ALL)[number]): Profile => ({
    numbers: { recency: whole(r), frequency: whole(f), monetary: whole(m) },
    dates: {},
    texts: { rfm_group: groupOf(r, f, m) },
    lists: {},
    events: { products_purchased: [] },
  });
  const holding = (text: string) => {
    const parsed = parseQuery(text);
    if ('problem' in parsed) throw new Error(`${text}: ${JSON.stringify(parsed.problem)}`);
    return ALL.filter((scores) => matches(parsed.query, profile(scores), context));
  };

  it('hold each combination in just one cell, the one of its row and mean', () => {
    for (const r of SCORES)
      for (const mean of SCORES)
        expect(holding(cellQuery(r, mean))).toEqual(ALL.filter((one) => one.r === r && meanOf(one.f, one.m) === mean));
  });

  it('hold the group’s cells', () => {
    for (const group of RFM_GROUPS)
      expect(holding(groupQuery(group))).toEqual(ALL.filter(({ r, f, m }) => RFM_GRID[r][meanOf(f, m)] === group));
  });
});

it('scores by the cuts that a value reaches', () => {
  expect([0, 2, 3, 4, 9].map((value) => scoreOf(value, [2, 3, 4, 9]))).toEqual([1, 2, 3, 4, 5]);
  // Three fifths have ordered once: whoever has ordered twice is above all of them.
  expect([1, 2, 3].map((value) => scoreOf(value, [2, 2, 2, 3]))).toEqual([1, 4, 5]);
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 4, maxLength: 4 }), fc.integer(), fc.integer(), (cuts, one, other) => {
      const [a = 0, b = 0, c = 0, d = 0] = cuts.toSorted((x, y) => x - y);
      if (one <= other) expect(scoreOf(one, [a, b, c, d])).toBeLessThanOrEqual(scoreOf(other, [a, b, c, d]));
    }),
  );
});
