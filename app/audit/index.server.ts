/** The audit log's front door: who did what, when, and what stood there before. */
export { allAudit, listAudit, noteAudit, verifyAudit, writeAudit, type AuditDifference, type AuditRow } from './audit.server.ts';
export { auditKeyRows, keepAuditKeys } from './audit-keys.server.ts';
export { AUDIT_ACTIONS, CHANGES, type AuditAction, type AuditEntry } from './entry.ts';
