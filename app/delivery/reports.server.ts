import { createHmac, timingSafeEqual } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { z } from 'zod';
import type { Platform } from '../platform/context.server.ts';
import { deriveKeys, type KeyRing } from '../platform/crypto.server.ts';
import { openPerson } from '../record/index.server.ts';
import { shopById } from '../shopify/index.server.ts';
import { addressHashes } from './address.server.ts';
import { messageById, noteMessage, readRecipient, suppress } from './delivery.store.server.ts';

const macOf = (entry: KeyRing[number], shopId: number): Buffer => {
  const [key] = deriveKeys(entry, 'mail-reports');
  if (!key) throw new Error('no key');
  return createHmac('sha256', key).update(String(shopId)).digest().subarray(0, 18);
};

/** What a shop's mail server shows to hand over reports. @throws Error where the ring is empty. */
export function reportToken(keys: KeyRing, shopId: number): string {
  const [first] = keys;
  if (!first) throw new Error('no encryption key');
  return `${shopId}.${macOf(first, shopId).toString('base64url')}`;
}

/** @returns the shop of a token; null for any that we did not give out. */
export function shopOfReportToken(keys: KeyRing, token: string): number | null {
  const match = /^([1-9]\d{0,9})\.([\w-]{24})$/.exec(token);
  const shopId = Number(match?.[1] ?? 0);
  const given = Buffer.from(match?.[2] ?? '', 'base64url');
  if (!match || shopId > 2_147_483_647 || given.toString('base64url') !== match[2]) return null;
  return keys.some((entry) => timingSafeEqual(macOf(entry, shopId), given)) ? shopId : null;
}

/** What a report says of a message of ours. */
export type MailReport = { readonly kind: 'bounced' | 'complained'; readonly messageId: string; readonly status: string };

/**
 * Reads a delivery report (RFC 3464) or a complaint (RFC 5965) from a raw message.
 * @returns null for any other message, a report of a success or a delay, or one that names no message.
 */
export async function readReport(raw: Buffer): Promise<MailReport | null> {
  // What cannot be parsed is no report.
  const parsed = await simpleParser(raw, { skipHtmlToText: true, skipImageLinks: true }).catch(() => null);
  if (!parsed) return null;
  const { attachments, text, headers } = parsed;
  const parts = attachments.map(({ contentType, content }) => ({ type: contentType, text: content.toString('latin1') }));
  const isOriginal = ({ type }: { type: string }): boolean => type === 'message/rfc822' || type === 'text/rfc822-headers';
  const original = parts.find(isOriginal)?.text ?? '';
  // The parser puts small parts of plain text together.
  const said = [text ?? '', ...parts.filter((part) => !isOriginal(part)).map((part) => part.text)].join('\n');
  const messageId = /^Message-ID:\s*(<[^<>\s]{1,200}>)/im.exec(original === '' ? said : original)?.[1];
  if (messageId === undefined) return null;
  switch (reportTypeOf(headers.get('content-type'))) {
    case 'feedback-report':
      return /^Feedback-Type:\s*(abuse|fraud)/im.test(said) ? { kind: 'complained', messageId, status: '' } : null;
    case 'delivery-status':
      return bounceOf(said, messageId);
    default:
      return null;
  }
}

const contentType = z.object({ params: z.record(z.string(), z.string()) });
const reportTypeOf = (header: unknown): string => contentType.safeParse(header).data?.params['report-type']?.toLowerCase() ?? '';

function bounceOf(said: string, messageId: string): MailReport | null {
  const status = /^Status:\s*(5\.\d{1,3}\.\d{1,3})/im.exec(said)?.[1];
  return /^Action:\s*failed/im.test(said) && status !== undefined ? { kind: 'bounced', messageId, status } : null;
}

/** Takes a report for a shop. `unknown`: it is none, or of no message of this shop's. */
export async function takeReport(platform: Platform, shopId: number, raw: Buffer): Promise<'taken' | 'unknown'> {
  const report = await readReport(raw);
  const shop = await shopById(platform, shopId);
  if (!report || !shop) return 'unknown';
  const now = platform.clock.now();
  return platform.db.forShop(shopId, async (tx) => {
    const message = await messageById(tx, shopId, report.messageId);
    if (!message) return 'unknown';
    await noteMessage(tx, shopId, { id: message.id, now, status: report.kind, reason: report.status || null });
    const recipient = await readRecipient(tx, shopId, message.customerId);
    const { email } = openPerson({ shopId, keys: platform.env.keys }, { id: message.customerId, person: recipient?.person ?? null });
    const [hash] = addressHashes({ shop, env: platform.env }, email);
    // A full mailbox is no reason never to write again; that there is none is, and that its owner complains.
    const isFinal = report.kind === 'complained' || report.status.startsWith('5.1.');
    if (hash && isFinal) await suppress(tx, shopId, { hash, reason: report.kind, at: now });
    return 'taken';
  });
}
