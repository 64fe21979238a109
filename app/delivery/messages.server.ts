import { writeAudit } from '../audit/index.server.ts';
import type { ShopScope } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { nameOf, openPerson, personKeys } from '../record/index.server.ts';
import {
  countMessages,
  countSuppressions,
  insertMessages,
  listMessages,
  requeue,
  skipQueued,
  writeTemplate,
  type MessageRow,
  type Template,
} from './delivery.store.server.ts';
import { sendMailJob } from './job-definitions.ts';
import type { NewMessage } from './mail.ts';
import { MAIL_STATUSES } from './statuses.ts';
import { templateProblem, type TemplateProblem } from './template.ts';

const PAGE = 50;

/** Queues messages in the caller's transaction; those whose key is known are passed over. They go out by the room's job. */
export async function queueMessages(tx: ShopTx, shopId: number, queue: { messages: readonly NewMessage[]; now: Date }): Promise<void> {
  await insertMessages(tx, shopId, queue);
}

/** Takes a campaign's messages that still wait out of the line. @returns how many. */
export async function cancelMessages(
  tx: ShopTx,
  shopId: number,
  cancel: { campaignId: number; now: Date; codes?: readonly string[] },
): Promise<number> {
  return skipQueued(tx, shopId, { ...cancel, reason: 'cancelled' });
}

/** What is wrong with a mail's texts; null where nothing is. `at`: where in the text. */
export function mailProblem({
  subject,
  body,
}: Pick<Template, 'subject' | 'body'>): { field: 'subject' | 'body'; problem: TemplateProblem | 'empty' | 'long' } | null {
  for (const [field, text, most] of [
    ['subject', subject, 200],
    ['body', body, 20_000],
  ] as const) {
    if (text.trim() === '') return { field, problem: 'empty' };
    if (text.length > most) return { field, problem: 'long' };
    const problem = templateProblem(text);
    if (problem) return { field, problem };
  }
  return null;
}

/** Keeps what is said, by language. The caller has looked at {@link mailProblem}. */
export async function saveTemplates(
  tx: ShopTx,
  shopId: number,
  save: { name: string; templates: readonly Template[]; at: Date },
): Promise<void> {
  for (const template of save.templates) await writeTemplate(tx, shopId, { ...template, name: save.name, at: save.at });
}

/** How many messages of a campaign stand in each status. */
export async function messagesOf(scope: ShopScope, campaignId: number): Promise<Record<string, number>> {
  return scope.db.forShop(scope.shop.id, (tx) => countMessages(tx, scope.shop.id, campaignId));
}

export type DeliveryPage = {
  readonly counts: Readonly<Record<string, number>>;
  readonly suppressed: Readonly<Record<string, number>>;
  readonly rows: readonly (MessageRow & { readonly customer: string | null })[];
  readonly next: bigint | null;
};

/** Messages of a status (or all), the newest first, with counts. */
export async function deliveryPage(scope: ShopScope, wanted: { status: string | null; before: bigint | null }): Promise<DeliveryPage> {
  const { id: shopId } = scope.shop;
  const status = MAIL_STATUSES.find((known) => known === wanted.status) ?? null;
  return scope.db.forShop(shopId, async (tx) => {
    const found = await listMessages(tx, shopId, { status, before: wanted.before, limit: PAGE + 1 });
    const rows = found.slice(0, PAGE);
    const people = await tx.customer.findMany({
      where: { shopId, id: { in: rows.map(({ customerId }) => customerId) } },
      select: { id: true, person: true },
    });
    const names = new Map(people.map((row) => [row.id, nameOf(openPerson(personKeys(scope), row))]));
    return {
      counts: await countMessages(tx, shopId, null),
      suppressed: await countSuppressions(tx, shopId),
      rows: rows.map((row) => ({ ...row, customer: names.get(row.customerId) ?? null })),
      next: found.length > PAGE ? (rows.at(-1)?.id ?? null) : null,
    };
  });
}

/** Sends a message again of which it is not known whether it arrived, or that was refused; somebody has looked and wants it. */
export async function sendAgain(scope: ShopScope, id: bigint): Promise<{ readonly kind: 'ok' | 'wrong-status' }> {
  const now = scope.clock.now();
  const done = await scope.db.forShop(scope.shop.id, async (tx) => {
    const moved = await requeue(tx, scope.shop.id, { id, now });
    if (moved) await writeAudit(tx, scope, { action: 'delivery.message.repeated', subject: `message/${id}` });
    return moved;
  });
  if (done) await scope.queue.enqueue(sendMailJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return { kind: done ? 'ok' : 'wrong-status' };
}
