/** A match of goods: a line is meant where any of the lists names it. */
export type GoodsMatch = {
  readonly products: readonly string[];
  readonly types: readonly string[];
  readonly vendors: readonly string[];
  readonly tags: readonly string[];
};

/** Goods that earn more, less or nothing; of several that match a line the last wins. `times` in hundredths (0 excludes). */
export type GoodsRule = { readonly match: GoodsMatch; readonly times: number };

/** Orders placed from `from` (included) to `to` (not included) earn `times` hundredths as much. */
export type BonusDays = { readonly from: Date; readonly to: Date; readonly times: number };

/** What other tools tell that gives points: of a kind so many points, so many times in a calendar month of the shop (null: any number). */
export type EventRule = { readonly kind: string; readonly points: number; readonly mostAMonth: number | null };

/** When points that are waiting become available: so many days after the order, or after all of it was sent. */
export type Waiting = { readonly after: 'order' | 'fulfilment'; readonly days: number };

/** When points lapse: never, so many months after they became available, or so many after the customer's last activity. */
export type Expiry = { readonly kind: 'never' } | { readonly kind: 'age' | 'activity'; readonly months: number };

/** What points are given for, of a shop, from a moment on. Money in minor units of the shop's currency. */
export type Programme = {
  readonly version: number;
  readonly from: Date;
  /** `points` for each whole `per` spent; see `rounding` for what is left over. */
  readonly earn: { readonly points: number; readonly per: bigint };
  /** What counts as spent. Discounts: whether they are taken off first. */
  readonly counts: { readonly tax: boolean; readonly shipping: boolean; readonly beforeDiscounts: boolean };
  readonly rounding: 'down' | 'nearest' | 'up';
  readonly goods: readonly GoodsRule[];
  readonly bonusDays: readonly BonusDays[];
  /** Each kind at most once. */
  readonly events: readonly EventRule[];
  /** For the first order that earns. */
  readonly firstOrder: number;
  /** For becoming a customer. */
  readonly signUp: number;
  /** Points that orders may earn in a calendar month of the shop; null for any number. */
  readonly mostAMonth: number | null;
  readonly waiting: Waiting;
  readonly expiry: Expiry;
  /** Whether points that were spent already are taken back below zero. */
  readonly belowZero: boolean;
};

/** What a version says. */
export type Rules = Omit<Programme, 'version' | 'from'>;

/** The version that holds at a moment; null before the first. Versions in the order of their moments. */
export function programmeAt(versions: readonly Programme[], at: Date): Programme | null {
  return versions.findLast(({ from }) => from <= at) ?? null;
}
