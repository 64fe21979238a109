import { describe, expect, it } from 'vitest';
import { numberOf, triggerOf } from './trigger.ts';

describe('what a form says of an occasion', () => {
  it.each([
    ['welcome', '', { kind: 'welcome' }],
    // A number that was typed for another occasion is not this one's.
    ['tier-reached', '7', { kind: 'tier-reached' }],
    ['overstock', '', { kind: 'overstock' }],
    ['win-back', ' 14 ', { kind: 'win-back', days: 14 }],
    ['abandoned-checkout', '4', { kind: 'abandoned-checkout', hours: 4 }],
    ['replenishment', '0', { kind: 'replenishment', days: 0 }],
    ['replenishment', '30', { kind: 'replenishment', days: 30 }],
    ['birthday', '0', { kind: 'birthday', days: 0 }],
    ['review', '5', { kind: 'review', stars: 5 }],
    ['points-expiring', '1', { kind: 'points-expiring', days: 1 }],
    ['points-expiring', '90', { kind: 'points-expiring', days: 90 }],
    ['price-drop', '90', { kind: 'price-drop', percent: 90 }],
  ])('%s %s', (kind, number, expected) => {
    const trigger = triggerOf(kind, number);
    expect(trigger).toEqual(expected);
    expect(trigger && numberOf(trigger)).toBe(Object.keys(expected).length > 1 ? Number(number) : 0);
  });

  it.each([
    ['nothing', ''],
    ['toString', '1'],
    ['viewed', ''],
    ['viewed', '0'],
    ['replenishment', '31'],
    ['replenishment', '-1'],
    ['replenishment', '1.5'],
    ['birthday', '31'],
    ['points-expiring', '0'],
    ['review', ''],
    ['review', '0'],
    ['review', '6'],
    ['points-expiring', '91'],
    ['price-drop', '0'],
    ['price-drop', '91'],
  ])('%s %s is none', (kind, number) => {
    expect(triggerOf(kind, number)).toBeNull();
  });
});
