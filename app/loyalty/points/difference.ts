import type { Account, Transfer } from './replay.ts';

/** What is booked of a topic between two accounts, net of bookings back, and the number of its last entry. */
export type Booked = {
  readonly topic: string;
  readonly from: Account;
  readonly to: Account;
  readonly points: number;
  readonly seq: number;
};

export type Entry = Transfer & { readonly seq: number };

type Sum = { points: number; seq: number; readonly meta: Pick<Transfer, 'at' | 'cause' | 'programme'> | null };

/** Two accounts in either direction are the same sum: what goes back has the other sign. */
function keyOf(topic: string, from: Account, to: Account): { key: string; sign: 1 | -1 } {
  return from < to ? { key: `${topic}\n${from}\n${to}`, sign: 1 } : { key: `${topic}\n${to}\n${from}`, sign: -1 };
}

/**
 * The entries that bring the ledger from what is booked to what should stand: by topic and pair of accounts the difference,
 * in either direction, numbered on from the last entry of the topic.
 */
export function difference(wanted: readonly Transfer[], booked: readonly Booked[], now: Date): Entry[] {
  const sums = new Map<string, Sum & { topic: string; pair: [Account, Account] }>();
  const last = new Map<string, number>();
  const sumOf = (topic: string, from: Account, to: Account) => {
    const { key, sign } = keyOf(topic, from, to);
    const pair: [Account, Account] = sign === 1 ? [from, to] : [to, from];
    return { key, sign, held: sums.get(key) ?? { topic, pair, points: 0, seq: 0, meta: null } };
  };
  for (const { topic, from, to, points, seq } of booked) {
    const { key, sign, held } = sumOf(topic, from, to);
    sums.set(key, { ...held, points: held.points - sign * points });
    last.set(topic, Math.max(last.get(topic) ?? 0, seq));
  }
  for (const { topic, from, to, points, at, cause, programme } of wanted) {
    const { key, sign, held } = sumOf(topic, from, to);
    sums.set(key, { ...held, points: held.points + sign * points, meta: { at, cause, programme } });
  }
  return [...sums.values()].flatMap(({ topic, pair: [one, other], points, meta }): Entry[] => {
    if (points === 0) return [];
    const seq = (last.get(topic) ?? 0) + 1;
    last.set(topic, seq);
    const [from, to] = points > 0 ? [one, other] : [other, one];
    // What should not stand at all any more is booked back now.
    const { at, cause, programme } = meta ?? { at: now, cause: 'correction', programme: null };
    return [{ topic, from, to, points: Math.abs(points), seq, at, cause: seq > 1 ? 'correction' : cause, programme }];
  });
}
