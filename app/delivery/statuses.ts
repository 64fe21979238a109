/**
 * `queued`: waits. `sending`: the server may have heard of it. `unknown`: it may have arrived or not; never sent again by
 * itself. `skipped`: was not to be sent when its time came.
 */
export const MAIL_STATUSES = ['queued', 'sending', 'sent', 'refused', 'skipped', 'bounced', 'complained', 'unknown'] as const;
export type MailStatus = (typeof MAIL_STATUSES)[number];
