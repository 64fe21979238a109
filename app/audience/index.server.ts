/** The audience room's front door. */
export { mixtureFor } from './always-valid.ts';
export { effectOf, LEAST_BUYERS_AN_ARM, LEAST_CUSTOMERS, type ArmEffect, type MeasuredArm } from './effect.ts';
export { CONTROL, LiftTable, type ArmLift, type Outcome } from './lift.ts';
export { counts, LEAST_STRATUM, mergedArms, pooledEffects, type PooledEffect, type Stratum } from './pooled.ts';
export { PurchaseLog } from './purchase-log.ts';
export { customerValues, fitValue, LEAST_BUYERS, LEAST_DAYS, type CustomerValue } from './value.ts';
export { countSegment, segmentCondition, segmentMembers, type NoSegment } from './segments.server.ts';
export {
  allMembers,
  checkSegment,
  countAllSegments,
  deleteSegment,
  listSegments,
  saveSegment,
  segmentById,
  segmentPage,
  wordsForSegments,
  type ListedSegment,
  type SaveOutcome,
  type SegmentPage,
} from './saved-segments.server.ts';
export { markedCustomers, markSegments, saveSegmentMark } from './mark-segments.server.ts';
export { importSegments, type ImportReport } from './import-segments.server.ts';
export { findTemplate } from './segment/templates.ts';
export { FROM as SEGMENT_FROM, type MemberRow } from './segment.store.server.ts';
export { groupsPage, MOVE_DAYS, standingOf, type GroupsPage, type ModelView, type Standing } from './groups-page.server.ts';
export { refreshAudience, refreshScores, refreshValues, type Refreshed } from './refresh-audience.server.ts';
