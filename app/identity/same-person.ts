/** By what accounts of the same person are told. To add one: a name here, its query in `identity.store.server.ts`, its words in app/i18n/misuse.ts. */
export const SIGNALS = ['mailbox', 'phone', 'address', 'name', 'card', 'browser'] as const;
export type Signal = (typeof SIGNALS)[number];

/** One signal is a family, a shared telephone or a common name; two are worth a look. */
export const LEAST_SIGNALS = 2;
/** What more accounts share (a parcel station, "visa 1234", "Anna Müller") tells of nobody. */
export const MOST_HOLDERS = 20;

/** Two accounts, the lower number first, and what they share. */
export type Pair = { readonly one: bigint; readonly other: bigint; readonly signals: readonly Signal[] };

/** Accounts that look like one person: each shares enough with another of them; with all that any two share. */
export type Lookalikes = { readonly customerIds: readonly bigint[]; readonly signals: readonly Signal[] };

/** Puts pairs that hang together into groups, the largest first. */
export function groupsOf(pairs: readonly Pair[]): Lookalikes[] {
  const parent = new Map<bigint, bigint>();
  const rootOf = (id: bigint): bigint => {
    let at = id;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    parent.set(id, at);
    return at;
  };
  for (const { one, other } of pairs) parent.set(rootOf(one), rootOf(other));
  const members = Map.groupBy([...new Set(pairs.flatMap(({ one, other }) => [one, other]))], rootOf);
  const shared = Map.groupBy(pairs, ({ one }) => rootOf(one));
  return [...members]
    .map(([root, ids]) => {
      const seen = new Set(shared.get(root)?.flatMap(({ signals }) => signals));
      return { customerIds: ids.toSorted((a, b) => (a < b ? -1 : 1)), signals: SIGNALS.filter((signal) => seen.has(signal)) };
    })
    .toSorted((a, b) => b.customerIds.length - a.customerIds.length || Number((a.customerIds[0] ?? 0n) - (b.customerIds[0] ?? 0n)));
}
