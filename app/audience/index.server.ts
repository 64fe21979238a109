/** The audience room's front door. */
export { CONTROL, LiftTable, type ArmLift, type Outcome } from './lift.ts';
export { PurchaseLog } from './purchase-log.ts';
export { customerValues, fitValue, LEAST_BUYERS, LEAST_DAYS, type CustomerValue } from './value.ts';
export { countSegment, segmentMembers, type NoSegment } from './segments.server.ts';
export { groupsPage, MOVE_DAYS, standingOf, type GroupsPage, type ModelView, type Standing } from './groups-page.server.ts';
export { refreshAudience, refreshScores, refreshValues, type Refreshed } from './refresh-audience.server.ts';
