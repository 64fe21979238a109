/** Loyalty's front door. */
export {
  listTiers,
  memberOf,
  saveTiers,
  tierBoard,
  verifyLoyalty,
  type LoyaltyDifference,
  type MemberPage,
  type TierBoard,
} from './tier-board.server.ts';
export { reviewDirty, reviewPages } from './review-members.server.ts';
export type { TierChangeRow } from './loyalty.store.server.ts';
export type { Tier, TierDraft } from './tier.ts';
