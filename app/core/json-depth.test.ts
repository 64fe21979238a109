import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isDeeperThan } from './json-depth.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

it.each([
  ['5', 0],
  ['[]', 1],
  ['{"a":[1,{"b":2}]}', 3],
  ['["[[[[", "\\"[[[", "\\\\"]', 1],
  ['[[],[],[]]', 2],
])('%s is %i deep', (text, depth) => {
  expect(isDeeperThan(bytes(text), depth)).toBe(false);
  expect(depth === 0 || isDeeperThan(bytes(text), depth - 1)).toBe(true);
});

it('agrees with what JSON.parse makes of any text', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      const depth = depthOf(JSON.parse(text));
      expect([isDeeperThan(bytes(text), depth), depth > 0 && isDeeperThan(bytes(text), depth - 1)]).toEqual([false, depth > 0]);
    }),
  );
});

it('stops at the first that is too much', () => {
  expect(isDeeperThan(bytes('['.repeat(1_000_000)), 100)).toBe(true);
});
