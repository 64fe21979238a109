/** Loyalty's front door. */
export { listTiers, saveTiers, tierBoard, type TierBoard } from './tier-board.server.ts';
export { memberOf, type CountedRow, type MemberPage } from './tiers/member.server.ts';
export { previewTiers, saveTierForm, type TierPreview } from './tiers/edit-tiers.server.ts';
export { typedTiers, type TierForm, type TypedTier } from './tiers/tier-form.ts';
export { readTierForm } from './tiers/read-tier-form.ts';
export { giveTier, takeTierBack } from './tiers/give-tier.server.ts';
export { verifyLoyalty, type LoyaltyDifference } from './tiers/verify-tiers.server.ts';
export {
  adjustPoints,
  liabilityAt,
  pointsOf,
  pointsPage,
  saveProgramme,
  verifyPoints,
  type MemberPoints,
  type PointsPage,
} from './points/points.server.ts';
export { sweepPoints } from './points/review-points.server.ts';
export { typedOf, type ProgrammeForm } from './points/programme-form.ts';
export { readProgrammeForm } from './points/programme-rules.ts';
export { reviewDirty, reviewPages } from './review-members.server.ts';
export type { TierChangeRow } from './loyalty.store.server.ts';
export type { Tier, TierDraft } from './tier.ts';
