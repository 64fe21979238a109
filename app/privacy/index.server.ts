/** Privacy's front door. */
export { PRIVACY_TOPICS } from './schemas.ts';
export { customerFile, requestedFile, type RequestedFile } from './customer-file.server.ts';
export { listPrivacyRequests, type PrivacyRequestRow } from './list-requests.server.ts';
export { retentionOf, saveRetention } from './keep-retention.server.ts';
export type { Retention } from './retention.ts';
