import type { Prisma } from '../generated/prisma/client.ts';
import type { Db, ShopTx } from '../platform/db.server.ts';
import { messageVariables, type NewMessage, type SkipReason, type SuppressionReason } from './mail.ts';
import type { MailStatus } from './statuses.ts';

export type SettingsRow = NonNullable<Awaited<ReturnType<typeof readSettingsRow>>>;

export async function readSettingsRow(tx: ShopTx, shopId: number) {
  return tx.mailSettings.findUnique({ where: { shopId } });
}

export async function writeSettingsRow(tx: ShopTx, shopId: number, row: Omit<SettingsRow, 'shopId'>): Promise<void> {
  await tx.mailSettings.upsert({ where: { shopId }, create: { shopId, ...row }, update: row });
}

export type Template = { readonly locale: string; readonly subject: string; readonly body: string };

export async function readTemplates(tx: ShopTx, shopId: number, name: string): Promise<Template[]> {
  return tx.mailTemplate.findMany({
    where: { shopId, name },
    select: { locale: true, subject: true, body: true },
    orderBy: { locale: 'asc' },
  });
}

export async function writeTemplate(tx: ShopTx, shopId: number, template: Template & { name: string; at: Date }): Promise<void> {
  const { name, locale, subject, body, at } = template;
  const data = { subject, body, updatedAt: at };
  await tx.mailTemplate.upsert({
    where: { shopId_name_locale: { shopId, name, locale } },
    create: { shopId, name, locale, ...data },
    update: data,
  });
}

export async function insertMessages(
  tx: ShopTx,
  shopId: number,
  { messages, now }: { messages: readonly NewMessage[]; now: Date },
): Promise<void> {
  const rows = messages.map(({ variables, ...message }): Prisma.MailMessageCreateManyInput => ({
    shopId,
    ...message,
    variables: { ...variables },
    createdAt: now,
  }));
  await tx.mailMessage.createMany({ data: rows, skipDuplicates: true });
}

/** Takes what still waits out of the line. */
export async function skipQueued(
  tx: ShopTx,
  shopId: number,
  skip: { campaignId?: number; customerId?: bigint; codes?: readonly string[]; reason: SkipReason; now: Date },
): Promise<number> {
  const { campaignId, customerId, codes, reason, now } = skip;
  const { count } = await tx.mailMessage.updateMany({
    where: {
      shopId,
      status: 'queued',
      ...(campaignId === undefined ? {} : { campaignId }),
      ...(customerId === undefined ? {} : { customerId }),
      ...(codes === undefined ? {} : { OR: codes.map((code) => ({ variables: { path: ['code'], equals: code } })) }),
    },
    data: { status: 'skipped', reason, doneAt: now },
  });
  return count;
}

export type Claimed = {
  readonly id: bigint;
  readonly template: string;
  readonly customerId: bigint;
  readonly variables: unknown;
  readonly attempts: number;
};

const MINUTE_MS = 60_000;
/** A message that is still being sent after this was broken off. */
const BROKEN_OFF_MS = 15 * MINUTE_MS;

/** Whether the code that a message brings was taken back, or is about to be. */
export async function isTakenBack(tx: ShopTx, shopId: number, { variables }: Pick<Claimed, 'variables'>): Promise<boolean> {
  const { code } = messageVariables.parse(variables);
  if (code === undefined) return false;
  const text = `SELECT 1 AS found FROM campaign_codes WHERE shop_id = $1 AND code = $2 AND status IN ('revoking', 'revoked')`;
  return (await tx.sql.rows({ text }, [shopId, code])).length > 0;
}

/**
 * Claims the next messages that are due, no more than the shop may still send in this minute; one worker of a shop at a
 * time counts and claims. @returns what is to be sent, and when there is more to claim (null: nothing waits).
 */
export async function claimMessages(
  tx: ShopTx,
  shopId: number,
  claim: { now: Date; perMinute: number; most: number },
): Promise<{ claimed: Claimed[]; more: Date | null }> {
  const { now, perMinute, most } = claim;
  await tx.sql.rows({ text: 'SELECT pg_advisory_xact_lock(7340, $1::int)' }, [shopId]);
  await tx.mailMessage.updateMany({
    where: { shopId, status: 'sending', startedAt: { lt: new Date(now.getTime() - BROKEN_OFF_MS) } },
    data: { status: 'unknown', reason: 'broken-off', doneAt: now },
  });
  const since = new Date(now.getTime() - MINUTE_MS);
  const sent = await tx.mailMessage.findMany({
    where: { shopId, startedAt: { gt: since } },
    orderBy: { startedAt: 'asc' },
    take: perMinute,
    select: { startedAt: true },
  });
  const limit = Math.min(most, perMinute - sent.length);
  const free = sent[0]?.startedAt ? new Date(sent[0].startedAt.getTime() + MINUTE_MS) : now;
  if (limit <= 0) return { claimed: [], more: free };
  // Materialised: as a subquery a plan may run it once for each row of the table, and each time it skips what it has locked.
  const text = `WITH due AS MATERIALIZED (SELECT id FROM mail_messages WHERE shop_id = $1 AND status = 'queued' AND not_before <= $2
      ORDER BY not_before, id LIMIT $3 FOR UPDATE SKIP LOCKED)
    UPDATE mail_messages m SET status = 'sending', started_at = $2, attempts = m.attempts + 1
    FROM due WHERE m.shop_id = $1 AND m.id = due.id
    RETURNING m.id, m.template, m.customer_id AS "customerId", m.variables, m.attempts`;
  const claimed = await tx.sql.rows<Claimed>({ text }, [shopId, now, limit]);
  return { claimed: claimed.toSorted((a, b) => (a.id < b.id ? -1 : 1)), more: claimed.length === limit ? now : null };
}

export type Note = {
  readonly id: bigint;
  readonly status: MailStatus;
  readonly reason?: string | null;
  readonly messageId?: string;
  readonly notBefore?: Date;
};

/** What came of a message. */
export async function noteMessage(tx: ShopTx, shopId: number, { id, now, ...note }: Note & { now: Date }): Promise<void> {
  const { status, reason = null, messageId, notBefore } = note;
  await tx.mailMessage.update({
    where: { shopId_id: { shopId, id } },
    data: {
      status,
      reason: reason?.slice(0, 300) ?? null,
      ...(messageId ? { messageId } : {}),
      ...(status === 'queued' ? { notBefore: notBefore ?? now } : { doneAt: now }),
    },
  });
}

export type Recipient = {
  readonly person: string | null;
  readonly locale: string | null;
  readonly emailConsent: string | null;
  readonly emailConsentAt: Date | null;
  readonly gone: boolean;
};

export async function readRecipient(tx: ShopTx, shopId: number, id: bigint): Promise<Recipient | null> {
  const row = await tx.customer.findUnique({
    where: { shopId_id: { shopId, id } },
    select: { person: true, locale: true, emailConsent: true, emailConsentAt: true, deletedAt: true, redactedAt: true },
  });
  if (!row) return null;
  const { deletedAt, redactedAt, ...rest } = row;
  return { ...rest, gone: deletedAt !== null || redactedAt !== null };
}

export type Suppression = { readonly reason: string; readonly at: Date };

/** @param hashes of one address, under each key of the ring. */
export async function readSuppression(tx: ShopTx, shopId: number, hashes: readonly Uint8Array[]): Promise<Suppression | null> {
  return tx.mailSuppression.findFirst({
    where: { shopId, addressHash: { in: hashes.map((hash) => Uint8Array.from(hash)) } },
    select: { reason: true, at: true },
  });
}

/** @param hash of the address under the first key. A complaint or a bounce is not made less by what comes later. */
export async function suppress(
  tx: ShopTx,
  shopId: number,
  { hash, reason, at }: { hash: Uint8Array; reason: SuppressionReason; at: Date },
): Promise<void> {
  const text = `INSERT INTO mail_suppressions (shop_id, address_hash, reason, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (shop_id, address_hash) DO UPDATE SET at = excluded.at,
      reason = CASE WHEN mail_suppressions.reason = 'unsubscribed' THEN excluded.reason ELSE mail_suppressions.reason END`;
  await tx.sql.run({ text }, [shopId, Buffer.from(hash), reason, at]);
}

export async function countSuppressions(tx: ShopTx, shopId: number): Promise<Record<string, number>> {
  const rows = await tx.mailSuppression.groupBy({ by: ['reason'], where: { shopId }, _count: true });
  return Object.fromEntries(rows.map((row) => [row.reason, row._count]));
}

/** How many messages stand in each status, of a campaign or of all. */
export async function countMessages(tx: ShopTx, shopId: number, campaignId: number | null): Promise<Record<string, number>> {
  const where = { shopId, ...(campaignId === null ? {} : { campaignId }) };
  const rows = await tx.mailMessage.groupBy({ by: ['status'], where, _count: true });
  return Object.fromEntries(rows.map((row) => [row.status, row._count]));
}

export type MessageRow = {
  readonly id: bigint;
  readonly campaignId: number | null;
  readonly campaign: string | null;
  readonly customerId: bigint;
  readonly status: string;
  readonly reason: string | null;
  readonly at: Date;
};

/** Messages, the newest first, of a status or of any. */
export async function listMessages(
  tx: ShopTx,
  shopId: number,
  page: { status: string | null; before: bigint | null; limit: number },
): Promise<MessageRow[]> {
  const text = `SELECT m.id, m.campaign_id AS "campaignId", c.name AS campaign, m.customer_id AS "customerId", m.status, m.reason,
      COALESCE(m.done_at, m.started_at, m.not_before) AS at
    FROM mail_messages m LEFT JOIN campaigns c ON c.shop_id = m.shop_id AND c.id = m.campaign_id
    WHERE m.shop_id = $1 AND ($2::text IS NULL OR m.status = $2) AND ($3::bigint IS NULL OR m.id < $3)
    ORDER BY m.id DESC LIMIT $4`;
  return tx.sql.rows<MessageRow>({ text }, [shopId, page.status, page.before, page.limit]);
}

/** Puts an unknown message back into the line, as somebody wants who has looked. @returns whether it was one. */
export async function requeue(tx: ShopTx, shopId: number, { id, now }: { id: bigint; now: Date }): Promise<boolean> {
  const { count } = await tx.mailMessage.updateMany({
    where: { shopId, id, status: { in: ['unknown', 'refused'] } },
    data: { status: 'queued', reason: null, attempts: 0, notBefore: now, doneAt: null },
  });
  return count === 1;
}

/** The message that a Message-ID names. */
export async function messageById(tx: ShopTx, shopId: number, messageId: string): Promise<{ id: bigint; customerId: bigint } | null> {
  return tx.mailMessage.findFirst({ where: { shopId, messageId }, select: { id: true, customerId: true } });
}

export async function shopsWithMail(db: Db, now: Date): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_mail($1) AS id' }, [now]);
  return rows.map((row) => row.id);
}
