/** What is written down. A name is never given to another action, since old rows keep it. */
export const AUDIT_ACTIONS = [
  'loyalty.tiers.saved',
  'loyalty.tier.given',
  'loyalty.tier.taken-back',
  'loyalty.points.saved',
  'loyalty.points.adjusted',
  'loyalty.reward.saved',
  'loyalty.reward.switched',
  'loyalty.reward.redeemed',
  'loyalty.reward.cancelled',
  'loyalty.gift.handed-over',
  'loyalty.referral.saved',
  'loyalty.referral.decided',
  'loyalty.discount.saved',
  'loyalty.points.valued',
  'loyalty.points.import-booked',
  'loyalty.points.import-undone',
  'campaign.created',
  'campaign.paused',
  'campaign.resumed',
  'campaign.ended',
  'campaign.retried',
  'campaign.codes.revoked',
  'campaign.code.replaced',
  'campaign.waves.stopped',
  'campaign.settings.saved',
  'campaign.cadence.saved',
  'campaign.on-site.saved',
  'standing.created',
  'standing.paused',
  'standing.resumed',
  'standing.ended',
  'segment.created',
  'segment.changed',
  'segment.deleted',
  'segment.marked',
  'segments.imported',
  'forecast.lead-time.saved',
  'settings.events.replayed',
  'settings.messages.retried',
  'settings.reconciliation.asked',
  'settings.retention.saved',
  'settings.event-key.made',
  'settings.event-key.revoked',
  'delivery.settings.saved',
  'delivery.message.repeated',
  'list.exported',
  'list.viewed',
  'customer.viewed',
  'order.viewed',
  'privacy.file.downloaded',
  'record.rebuilt',
  'record.days.moved',
  'keys.rotated',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Reading is written once an hour for the same person and the same thing; every change is written. */
export const VIEWS: ReadonlySet<AuditAction> = new Set<AuditAction>(['list.viewed', 'customer.viewed', 'order.viewed']);

/** All but views. */
export const CHANGES: readonly AuditAction[] = AUDIT_ACTIONS.filter((action) => !VIEWS.has(action));

export type AuditEntry = {
  readonly action: AuditAction;
  /** "customer/123": kind and id, never a name. */
  readonly subject?: string;
  /** What stood there and what stands there now; ids, figures and settings, never personal data. */
  readonly before?: unknown;
  readonly after?: unknown;
};

/** A row in the shape that its hash covers. */
export type ChainedRow = {
  readonly shopId: number;
  readonly seq: bigint;
  readonly at: Date;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly action: string;
  readonly subject: string | null;
  readonly before: string | null;
  readonly after: string | null;
};

/** The text that the hash covers: every field in its place, so that nothing can move from one into another. */
export function chainText(row: ChainedRow): string {
  const { shopId, seq, at, actorKind, actorId, action, subject, before, after } = row;
  return JSON.stringify([shopId, String(seq), at.toISOString(), actorKind, actorId, action, subject, before, after]);
}

/** JSON of a value with ids and amounts (bigint) as text; null for nothing. */
export function auditJson(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
}
