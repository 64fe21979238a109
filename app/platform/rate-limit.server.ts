import crypto from 'node:crypto';
import type { Clock } from './clock.server.ts';

export type RateLimit = {
  /** Counts `weight` for the key. @returns false when its window is full; nothing is counted then. */
  take(key: string, weight?: number): boolean;
};

const CELLS = 65_536;

/**
 * At most `most` in each window of `seconds`, a key. Keys share a fixed number of cells by a hash that nobody outside
 * knows: memory is 256 kB however many keys come, no key can push another's count out, and the rare two that share a
 * cell share its limit. It counts what this process sees; with several, each has its own count.
 */
export function rateLimit(limit: { most: number; seconds: number }, clock: Clock): RateLimit {
  const cells = new Uint32Array(CELLS);
  const salt = crypto.randomBytes(16);
  let window = -1;
  return {
    take(key, weight = 1) {
      const current = Math.floor(clock.now().getTime() / 1_000 / limit.seconds);
      if (current !== window) {
        window = current;
        cells.fill(0);
      }
      const cell = crypto.createHash('sha256').update(salt).update(key).digest().readUInt16LE(0);
      const taken = (cells[cell] ?? 0) + weight;
      if (taken > limit.most) return false;
      cells[cell] = taken;
      return true;
    },
  };
}

/** What of an address a limit counts by: IPv4 whole, of IPv6 the first 64 bits, since one line has all the rest. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const all = tail === undefined ? groups : [...groups, ...Array.from({ length: 8 - groups.length - last.length }, () => '0'), ...last];
  return all.slice(0, 4).join(':').toLowerCase();
}
