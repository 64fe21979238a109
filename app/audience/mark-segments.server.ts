import { z } from 'zod';
import { writeAudit } from '../audit/index.server.ts';
import { SEGMENTS_METAFIELD } from '../../contracts/customer-segments.ts';
import { toGid } from '../core/gid.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import type { Platform, ShopRef, ShopScope } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import {
  enqueueOutbox,
  failureText,
  outboxHandler,
  sendOutboxJob,
  type AdminClient,
  type NewMessage,
  type OutboxHandler,
  type SendResult,
} from '../shopify/index.server.ts';
import { lockSegments, readSegmentRow } from './saved-segments.store.server.ts';
import { markSegmentsJob } from './segment-jobs.ts';
import { markOf } from './segment-mark.ts';
import {
  addMarks,
  countMarks,
  dropMarks,
  dropOrphans,
  lockMarks,
  markedSegments,
  noteMarked,
  setMark,
  wordsOfCustomers,
  type MarkChange,
} from './segment-marks.store.server.ts';
import { SET_SEGMENTS_METAFIELDS, TAG_CUSTOMER, UNTAG_CUSTOMER } from './segments.shopify.server.ts';
import { readSegment } from './segments.server.ts';

const PAGE = 1_000;
const TAG_KIND = 'audience.tag';
const METAFIELD_KIND = 'audience.segments-metafield';

/** Sets how a segment's customers are marked in the store, by a form's fields. `gone`: there is no such segment. */
export async function saveSegmentMark(
  scope: ShopScope,
  wanted: { id: number; as: string; word: string },
): Promise<Ok<null> | Invalid | { readonly kind: 'gone' }> {
  const mark = markOf(wanted.as, wanted.word);
  if (mark && 'problem' in mark) return invalid({ word: mark.problem });
  const outcome = await scope.db.forShop(scope.shop.id, async (tx): Promise<Ok<null> | Invalid | { readonly kind: 'gone' }> => {
    await lockSegments(tx, scope.shop.id);
    const held = await readSegmentRow(tx, scope.shop.id, wanted.id);
    if (!held) return { kind: 'gone' };
    if (!(await setMark(tx, scope.shop.id, { id: wanted.id, mark }))) return invalid({ word: 'segments.error.markTaken' });
    await writeAudit(tx, scope, { action: 'segment.marked', subject: `segment/${wanted.id}`, before: held.mark, after: mark });
    return ok(null);
  });
  if (outcome.kind === 'ok') await scope.queue.enqueue(markSegmentsJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return outcome;
}

/** How many customers bear a segment's mark. */
export async function markedCustomers(scope: ShopScope, segmentId: number): Promise<number> {
  return scope.db.forShop(scope.shop.id, (tx) => countMarks(tx, scope.shop.id, segmentId));
}

/**
 * Brings the marks of every segment of a shop up to date: what changed is a row and a message to the store in one
 * transaction, a page at a time, so that a crash repeats nothing and loses nothing. A segment that cannot be read now
 * leaves its marks as they are. @returns how many customers got or lost a mark.
 */
export async function markSegments(platform: Platform, shop: ShopRef): Promise<number> {
  const inShop = <T>(work: (tx: ShopTx) => Promise<T>): Promise<T> => platform.db.forShop(shop.id, work);
  let changed = 0;
  const all = async (page: (tx: ShopTx) => Promise<MarkChange[]>, on: boolean): Promise<void> => {
    for (let more = true; more;) {
      const count = await inShop(async (tx) => {
        const changes = await page(tx);
        await tell(tx, { platform, shop }, { changes, on });
        return changes.length;
      });
      changed += count;
      more = count === PAGE;
    }
  };
  // The lock lives as long as this transaction, whose connection does nothing else.
  await platform.db.forShop(
    shop.id,
    async (lock) => {
      if (!(await lockMarks(lock, shop.id))) return;
      await all((tx) => dropOrphans(tx, shop.id, PAGE), false);
      for (const segment of await inShop((tx) => markedSegments(tx, shop.id))) {
        const read = readSegment({ shop, clock: platform.clock }, segment.query);
        if (read.kind !== 'segment') continue;
        await all((tx) => dropMarks(tx, read.compiled, { segment, limit: PAGE }), false);
        await all((tx) => addMarks(tx, read.compiled, { segment, limit: PAGE }), true);
        await inShop((tx) => noteMarked(tx, shop.id, { id: segment.id, now: platform.clock.now() }));
      }
    },
    { timeoutMs: 1_800_000 },
  );
  if (changed > 0) await platform.queue.enqueue(sendOutboxJob, { shopId: shop.id }, { key: String(shop.id) });
  return changed;
}

type Told = { readonly changes: readonly MarkChange[]; readonly on: boolean };

async function tell(tx: ShopTx, { platform, shop }: { platform: Platform; shop: ShopRef }, { changes, on }: Told): Promise<void> {
  const time = platform.clock.now().getTime();
  const tags = changes.filter((change) => change.as === 'tag');
  const messages = tags.map(({ customerId, word }): NewMessage => ({
    kind: TAG_KIND,
    entity: `customer/${customerId}`,
    idempotencyKey: `tag/${customerId}/${word}/${on}/${time}`,
    payload: { customerId: String(customerId), tag: word, on },
  }));
  const ofField = [...new Set(changes.flatMap(({ as, customerId }) => (as === 'metafield' ? [customerId] : [])))];
  for (const [customerId, words] of await wordsOfCustomers(tx, shop.id, ofField)) {
    messages.push({
      kind: METAFIELD_KIND,
      entity: `customer/${customerId}`,
      idempotencyKey: `segments/${customerId}/${words.join('|')}/${time}`,
      payload: { customerId: String(customerId), words },
    });
  }
  await enqueueOutbox(tx, shop.id, messages);
}

const customerId = z.string().regex(/^\d+$/);

/** A tag put on or taken off; doing so again changes nothing. */
const tags: OutboxHandler = outboxHandler({
  kind: TAG_KIND,
  most: 1,
  schema: z.object({ customerId, tag: z.string(), on: z.boolean() }),
  async send(client, shop, messages) {
    const results: SendResult[] = [];
    for (const { id, payload } of messages) {
      const variables = { id: toGid('Customer', payload.customerId), tags: [payload.tag] };
      const outcome = payload.on ? await client.run(shop, TAG_CUSTOMER, variables) : await client.run(shop, UNTAG_CUSTOMER, variables);
      results.push(outcome.kind === 'ok' ? { id, kind: 'sent' } : { id, kind: 'refused', error: failureText(outcome) });
    }
    return results;
  },
});

type Message = { id: bigint; payload: { customerId: string; words: string[] } };

/** The whole list of a customer's words; the newest says all. */
const metafields: OutboxHandler = outboxHandler({
  kind: METAFIELD_KIND,
  // Shopify takes at most 25 metafields a call.
  most: 25,
  lastWins: true,
  schema: z.object({ customerId, words: z.array(z.string()) }),
  send: setMetafields,
});

async function setMetafields(client: AdminClient, shop: Pick<ShopRef, 'domain'>, messages: readonly Message[]): Promise<SendResult[]> {
  const outcome = await client.run(shop, SET_SEGMENTS_METAFIELDS, {
    metafields: messages.map(({ payload }) => ({
      ownerId: toGid('Customer', payload.customerId),
      ...SEGMENTS_METAFIELD,
      value: JSON.stringify(payload.words),
    })),
  });
  if (outcome.kind === 'ok') return messages.map(({ id }) => ({ id, kind: 'sent' }));
  // All or nothing: one customer whom the store has not would hold back the rest, so they go one by one.
  if (outcome.kind === 'user-errors' && messages.length > 1) {
    return (await Promise.all(messages.map((message) => setMetafields(client, shop, [message])))).flat();
  }
  const error = failureText(outcome);
  return messages.map(({ id }) => ({ id, kind: 'refused', error }));
}

export const audienceOutbox = [tags, metafields];
