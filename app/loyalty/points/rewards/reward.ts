/** What a reward is worth; money in minor units of the shop's currency. */
export type RewardValue =
  | { readonly kind: 'amount' | 'credit'; readonly amount: bigint }
  | { readonly kind: 'percent'; readonly percent: number }
  /** Free shipping, or one of something that staff hand over. */
  | { readonly kind: 'shipping' | 'gift' }
  /** One piece of a product, for nothing. */
  | { readonly kind: 'product'; readonly productId: string };
export const REWARD_KINDS = [
  'amount',
  'percent',
  'shipping',
  'product',
  'credit',
  'gift',
] as const satisfies readonly RewardValue['kind'][];

export type RewardTerms = {
  readonly value: RewardValue;
  /** An amount or a credit by steps, each for the reward's points. */
  readonly sliding: boolean;
  /** Least subtotal of the order, minor units. */
  readonly minimum: bigint | null;
  /** So many days a code can be used; null: with no end. */
  readonly codeDays: number | null;
  /** When points come back of what came to nothing. */
  readonly givesBack: { readonly unused: boolean; readonly cancelled: boolean };
  /** How often one customer may have it; null: as often as there are points. */
  readonly mostEach: number | null;
  /** Whether its code may stand beside other discounts in one order. */
  readonly combines: boolean;
};

/** `points`: for one, or for one step of a sliding one. */
export type Reward = {
  readonly id: number;
  readonly title: string;
  readonly points: number;
  readonly terms: RewardTerms;
  readonly active: boolean;
};

/** More steps than this in one redemption is a slip of the hand. */
export const MOST_STEPS = 1_000;

/** Whether the store makes a code for it. */
export const hasCode = ({ value }: RewardTerms): boolean => value.kind !== 'credit' && value.kind !== 'gift';

/** How many steps somebody with so many points, who had it so often, may take now; 0: none. Not sliding: 1 at most. */
export function stepsFor({ points, terms, active }: Reward, of: { readonly available: bigint; readonly had: number }): number {
  if (!active || (terms.mostEach !== null && of.had >= terms.mostEach)) return 0;
  const affordable = of.available <= 0n ? 0 : Number(of.available / BigInt(points));
  return Math.min(affordable, terms.sliding ? MOST_STEPS : 1);
}

/** What so many steps are worth, minor units; null where it depends on the order. @param price of a product reward. */
export function worthOf({ value }: RewardTerms, steps: number, price: bigint | null): bigint | null {
  if (value.kind === 'amount' || value.kind === 'credit') return value.amount * BigInt(steps);
  return value.kind === 'product' ? price : null;
}

/** A redemption as far as its points follow from it. */
export type Redemption = {
  readonly status: string;
  readonly endsAt: Date | null;
  readonly backAt: Date | null;
  readonly givesBack: RewardTerms['givesBack'];
};
/** The order that used a redemption's code. */
export type Use = { readonly orderId: bigint; readonly cancelledAt: Date | null };

const HOUR_MS = 3_600_000;

/**
 * When a redemption's points come back, by what is known now; null: they do not. An order that used the code says all: its
 * points stay spent unless it was cancelled and the reward gives back then. A code that lapses gives back an hour later, so
 * that an order of its last minute has time to arrive.
 */
export function backOf({ status, endsAt, backAt, givesBack }: Redemption, use: Use | null): Date | null {
  if (use) return use.cancelledAt && givesBack.cancelled ? use.cancelledAt : null;
  if (backAt) return backAt;
  return status === 'ready' && endsAt && givesBack.unused ? new Date(endsAt.getTime() + HOUR_MS) : null;
}

/** How a redemption stands, for people. */
export type RedemptionState =
  | 'making'
  | 'ready'
  | 'used'
  | 'lapsed'
  | 'returned'
  | 'refused'
  | 'cancelling'
  | 'cancelled'
  | 'open'
  | 'done';
const STORED: ReadonlySet<string> = new Set<RedemptionState>(['making', 'refused', 'cancelling', 'cancelled', 'open', 'done']);
const isStored = (status: string): status is RedemptionState => STORED.has(status);

/** `returned`: used by an order that was cancelled, and given back. */
export function stateOf(redemption: Redemption, use: Use | null, now: Date): RedemptionState {
  if (use) return backOf(redemption, use) ? 'returned' : 'used';
  if (isStored(redemption.status)) return redemption.status;
  return redemption.endsAt && redemption.endsAt <= now ? 'lapsed' : 'ready';
}
