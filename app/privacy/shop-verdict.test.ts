import { expect, it } from 'vitest';
import { shopVerdict } from './shop-verdict.ts';

const day = (date: number): Date => new Date(Date.UTC(2026, 10, date));

it.each([
  ['uninstalled two days before', day(1), day(18), 'erase'],
  ['uninstalled at that very moment', day(1), day(20), 'erase'],
  ['came back and uninstalled again since: its own request will come', day(1), day(21), 'installed-again'],
  ['came back after the uninstall', day(19), null, 'installed-again'],
  ['came back after the request', day(22), null, 'installed-again'],
  ['installed long ago, no uninstall known', day(1), null, 'wait'],
  ['installed just when it must have uninstalled', day(18), null, 'wait'],
] as const)('a shop that %s', (_name, installedAt, uninstalledAt, verdict) => {
  expect(shopVerdict({ installedAt, uninstalledAt }, day(20))).toBe(verdict);
});
