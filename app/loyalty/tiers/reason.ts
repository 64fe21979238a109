import type { Tier } from '../tier.ts';
import type { Basis } from './tier-rules.ts';
import type { Held, TierGrant } from './timeline.ts';

/** Why customers are looked at: orders, the first import, the calendar, new rules, staff, or an operator's rebuild. */
export type ReviewCause = 'orders' | 'backfill' | 'lapse' | 'rules' | 'manual' | 'rebuild';

export type ReasonKind =
  | 'order'
  | 'refund'
  | 'cancellation'
  | 'points'
  | 'lapse'
  | 'grace'
  | 'rules'
  | 'manual'
  | 'manual-end'
  | 'backfill'
  | 'rebuild';

/** The order of a customer that changed last. */
export type TouchedOrder = { readonly id: bigint; readonly name: string; readonly returned: bigint; readonly cancelledAt: Date | null };

export type Move = {
  readonly cause: ReviewCause;
  readonly basis: Basis;
  readonly before: { readonly tierId: number | null; readonly value: bigint; readonly reviewedAt: Date } | null;
  readonly held: Held;
  readonly grants: readonly TierGrant[];
  readonly order: TouchedOrder | null;
  readonly now: Date;
};

function takenBackBy(order: TouchedOrder): ReasonKind {
  if (order.cancelledAt) return 'cancellation';
  return order.returned > 0n ? 'refund' : 'order';
}

/** Whether a tier that staff gave ended since the last look. */
function hasEnded({ before, grants, now }: Move): boolean {
  return (
    before !== null &&
    grants.some(({ tierId, until }) => tierId === before.tierId && until !== null && until <= now && until >= before.reviewedAt)
  );
}

function kindOf(move: Move): ReasonKind {
  const { cause, before, held } = move;
  if (held.grant && held.grant.tierId !== before?.tierId) return 'manual';
  if (hasEnded(move)) return 'manual-end';
  if (cause === 'lapse') return held.value === before?.value ? 'grace' : 'lapse';
  return cause === 'orders' ? kindByFacts(move) : cause;
}

function kindByFacts({ basis, before, held, order }: Move): ReasonKind {
  if (basis === 'points') return 'points';
  return order && held.value < (before?.value ?? 0n) ? takenBackBy(order) : 'order';
}

const ofOrder: ReadonlySet<ReasonKind> = new Set<ReasonKind>(['order', 'refund', 'cancellation']);

/** Why a tier changed, as it is kept with the change. Amounts are what the rules count, as texts. */
export function reasonOf(move: Move, tiers: readonly Tier[]): Record<string, string | null> {
  const kind = kindOf(move);
  const { held, before, basis, order } = move;
  const threshold = tiers.find(({ id }) => id === (held.tier?.id ?? before?.tierId))?.threshold ?? null;
  return {
    kind,
    basis,
    spendBefore: String(before?.value ?? 0n),
    spendAfter: String(held.value),
    threshold: threshold === null ? null : String(threshold),
    ...(ofOrder.has(kind) && order ? { orderId: String(order.id), orderName: order.name } : {}),
    ...(kind === 'manual' && held.grant ? { grant: held.grant.id, until: held.grant.until?.toISOString() ?? null } : {}),
  };
}
