import { describe, expect, it } from 'vitest';
import { fixedClock } from './clock.server.ts';
import { addressKey, rateLimit } from './rate-limit.server.ts';

describe('a limit', () => {
  it('lets so many in a window, a key, and anew in the next', () => {
    const clock = fixedClock(new Date('2026-11-20T12:00:00Z'));
    const limit = rateLimit({ most: 3, seconds: 60 }, clock);
    expect([limit.take('a'), limit.take('a', 2), limit.take('a'), limit.take('b')]).toEqual([true, true, false, true]);
    clock.set(new Date('2026-11-20T12:01:00Z'));
    expect([limit.take('a', 4), limit.take('a', 3)]).toEqual([false, true]);
  });

  it('holds its count however many other keys come', () => {
    const limit = rateLimit({ most: 1_000_000, seconds: 3_600 }, fixedClock(new Date()));
    limit.take('a', 999_000);
    for (let at = 0; at < 200_000; at += 1) limit.take(`other-${at}`);
    expect(limit.take('a', 1_001)).toBe(false);
  });
});

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
])('%s is counted by %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});
