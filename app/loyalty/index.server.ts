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
export {
  cancelRedemption,
  handOverGift,
  rewardsOf,
  rewardsPage,
  saveReward,
  switchReward,
  type CustomerRewards,
  type RewardsPage,
  type ShownRedemption,
} from './points/rewards/rewards.server.ts';
export { redeemReward, type RedeemOutcome } from './points/rewards/redeem.server.ts';
export { readRewardForm } from './points/rewards/reward-rules.ts';
export { typedReward, type RewardForm } from './points/rewards/reward-form.ts';
export {
  decideReferral,
  makeReferralCode,
  referralOf,
  referralPage,
  saveReferral,
  type MemberReferral,
  type NamedReferral,
  type ReferralPage,
} from './referral/referral.server.ts';
export { readReferralForm } from './referral/referral-rules.ts';
export { typedReferral, type ReferralForm } from './referral/referral.ts';
export { allLapsing, lapsingPage, type LapsingRow } from './points/lapsing.server.ts';
export { memberView, programmeView, redeemAnswerOf } from './member-view.server.ts';
export {
  checkImport,
  confirmImport,
  discardImport,
  importsPage,
  undoImport,
  type Checked,
  type ImportsPage,
} from './points/import/import-points.server.ts';
export { askForCohorts, liabilityPage, saveValuation, type LiabilityPage } from './points/liability/liability.server.ts';
export { tryRules, type TriedRules } from './points/trial/try-rules.server.ts';
export { readCart } from './points/read-cart.ts';
export { simulateCart, type Simulated } from './points/simulate.server.ts';
export { sweepPoints } from './points/review-points.server.ts';
export { saveTierDiscount, tierDiscountPage, type TierDiscountPage } from './tier-discount.server.ts';
export { type TierDiscountForm } from './tier-discount.ts';
export { typedOf, type ProgrammeForm } from './points/programme-form.ts';
export { readProgrammeForm } from './points/programme-rules.ts';
export { reviewDirty, reviewPages } from './review-members.server.ts';
export type { TierChangeRow } from './loyalty.store.server.ts';
export type { Tier, TierDraft } from './tier.ts';
