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
export { sweepPoints } from './points/review-points.server.ts';
export { typedOf, type ProgrammeForm } from './points/programme-form.ts';
export { readProgrammeForm } from './points/programme-rules.ts';
export { reviewDirty, reviewPages } from './review-members.server.ts';
export type { TierChangeRow } from './loyalty.store.server.ts';
export type { Tier, TierDraft } from './tier.ts';
