import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { parseLossless } from '../core/lossless-json.ts';
import { keyed, type Platform, type ShopRef } from '../platform/context.server.ts';
import { isUnavailable, type ShopTx } from '../platform/db.server.ts';
import type { WebhookHandler } from '../platform/webhooks.server.ts';
import { DaysMovedError } from './order.store.server.ts';
import { claimPending, duePending, markFailed, projectionLockWithin, type PendingEvent } from './inbox.store.server.ts';

/** Events in a transaction: enough that a statement's own cost is little beside its rows', and few enough for the collector of young objects. */
export const BATCH = 400;
const MOST_TRIES = 5;

export type Drained = {
  applied: number;
  failed: number;
  /** Another process is at it, and will see these events too. */
  busy: boolean;
  /** The turn is over and events may still be due. */
  more: boolean;
};

export type DrainLimits = {
  /** So many batches at most; all that is due without it. */
  batches?: number;
  /** So long another writer of this shop is waited for; not at all without it. */
  lockWaitMs?: number;
};

/** Handlers by topic, in the order in which a batch applies them. */
export type TopicCatalogue = { readonly handlers: readonly WebhookHandler[]; readonly byTopic: ReadonlyMap<string, WebhookHandler> };

export function topicCatalogue(handlers: readonly WebhookHandler[]): TopicCatalogue {
  const byTopic = new Map<string, WebhookHandler>();
  for (const handler of handlers) {
    for (const topic of handler.topics) {
      if (byTopic.has(topic)) throw new Error(`two handlers for the topic ${topic}`);
      byTopic.set(topic, handler);
    }
  }
  return { handlers, byTopic };
}

type Shops = {
  readonly platform: Platform;
  readonly catalogue: TopicCatalogue;
  readonly shop: ShopRef;
  readonly limits: DrainLimits;
};
type Turn = Omit<Drained, 'more'>;

/** Applies a shop's pending events until none is due. */
export function drainInbox(platform: Platform, catalogue: TopicCatalogue, shop: ShopRef): Promise<Drained> {
  return drainWithin(platform, { catalogue, shop, limits: {} });
}

/**
 * As drainInbox, for one turn. A batch lands whole or not at all; when it does not, it is halved until the event at fault
 * stands alone, which is tried again later and parked after five tries.
 * While the database writes one batch, the next is read and parsed: half of the work is the process's own.
 */
export async function drainWithin(
  platform: Platform,
  { catalogue, shop, limits }: { catalogue: TopicCatalogue; shop: ShopRef; limits: DrainLimits },
): Promise<Drained> {
  const shops = { platform, catalogue, shop, limits };
  const total: Drained = { applied: 0, failed: 0, busy: false, more: false };
  const most = limits.batches ?? Number.POSITIVE_INFINITY;
  let next = readBatch(shops, 0n);
  // An id is given out before its row is committed: once the end is reached, the inbox is looked at from its start again.
  for (let batch = 0, fromStart = true; ;) {
    const ahead = await next;
    const last = ahead.events.at(-1);
    if (!last && fromStart) return total;
    if (last) batch += 1;
    fromStart = !last;
    const ends = batch >= most;
    next = ends ? Promise.resolve(NO_EVENTS) : readBatch(shops, last?.event.id ?? 0n);
    // What fails while the batch before it is applied is told when it is waited for.
    next.catch(() => undefined);
    const turn = await applyBatch(shops, ahead);
    total.applied += turn.applied;
    total.failed += turn.failed;
    if (turn.busy) return { ...total, busy: true };
    // A batch that was not full was the last one: what came since has its own job.
    if (ends) return { ...total, more: ahead.events.length >= BATCH };
  }
}

/** An event without its body: what its handler made of it, or what is wrong with it. */
type ParsedEvent = { readonly event: PendingEvent } & Parsed;
type Parsed = { readonly read: Read | null; readonly problem: string | null };
type Read = { readonly handler: WebhookHandler; readonly told: unknown };

/** Events and, where that went well, what their handlers made of them together. */
type Batch = { readonly events: readonly ParsedEvent[]; readonly gathered: readonly Gathered[] | null };
const NO_EVENTS: Batch = { events: [], gathered: [] };
type Gathered = { readonly handler: WebhookHandler; readonly batch: unknown };

/** Bodies that are asked for at once; two such pages are held. */
const PAGE = 25;

async function readBatch(shops: Shops, after: bigint): Promise<Batch> {
  const { platform, shop } = shops;
  const events: ParsedEvent[] = [];
  await platform.db.forShop(shop.id, async (tx) => {
    const pageAfter = (last: bigint): Promise<PendingEvent[]> =>
      duePending(tx, shop.id, { after: last, now: platform.clock.now(), count: PAGE });
    for (let page = await pageAfter(after); ;) {
      const last = page.at(-1);
      if (!last) return;
      // The database unpacks the bodies of the next page while the ones of this page are parsed.
      const isLast = events.length + page.length >= BATCH;
      const next = isLast ? Promise.resolve([]) : pageAfter(last.id);
      next.catch(() => undefined);
      for (const event of page) {
        events.push({ event: { ...event, body: null }, ...parseEvent(shops, event) });
        // What the database has answered meanwhile goes first: it would wait for nothing but us.
        await setImmediate();
      }
      page = await next;
    }
  });
  return { events, gathered: gatherAhead(shops, events) };
}

/** As gatherAll, ahead of the transaction; what fails here is tried again in it, where the event at fault is found. */
function gatherAhead(shops: Shops, events: readonly ParsedEvent[]): readonly Gathered[] | null {
  try {
    return gatherAll(shops, events);
  } catch {
    return null;
  }
}

/** What the handlers make of events, in the order in which it is applied. */
function gatherAll({ catalogue, shop }: Shops, events: readonly ParsedEvent[]): Gathered[] {
  const reads = events.flatMap(({ read }) => (read ? [read] : []));
  const byHandler = Map.groupBy(reads, ({ handler }) => handler);
  return catalogue.handlers.flatMap((handler) => {
    const told = byHandler.get(handler)?.map((read) => read.told);
    return told ? [{ handler, batch: handler.gather(told, shop) }] : [];
  });
}

/** The database is gone, or the shop's days were moved, and no event is at fault: nobody's tries are counted, the job comes again. */
const isNobodysFault = (error: unknown): boolean => isUnavailable(error) || error instanceof DaysMovedError;

async function applyBatch(shops: Shops, batch: Batch): Promise<Turn> {
  const { events } = batch;
  if (events.length === 0) return { applied: 0, failed: 0, busy: false };
  const { platform, shop } = shops;
  try {
    return await platform.db.forShop(shop.id, (tx) => applyAll(tx, shops, batch), { repeatable: true });
  } catch (error) {
    if (isNobodysFault(error)) throw error;
    const [only] = events;
    if (events.length === 1 && only) return applyAgain(shops, only);
    platform.log.warn(
      { shop: shop.id, events: events.length, problem: nameOf(error) },
      'a batch of webhooks did not apply; trying its halves',
    );
    const middle = Math.ceil(events.length / 2);
    const first = await applyBatch(shops, { events: events.slice(0, middle), gathered: null });
    if (first.busy) return first;
    const second = await applyBatch(shops, { events: events.slice(middle), gathered: null });
    return { applied: first.applied + second.applied, failed: first.failed + second.failed, busy: second.busy };
  }
}

/** A second try, so that what the database or the connection did is not taken for a fault of the event. */
async function applyAgain(shops: Shops, only: ParsedEvent): Promise<Turn> {
  try {
    return await shops.platform.db.forShop(shops.shop.id, (tx) => applyAll(tx, shops, { events: [only], gathered: null }));
  } catch (error) {
    if (isNobodysFault(error)) throw error;
    return postpone(shops, only.event, error);
  }
}

async function postpone({ platform, shop }: Shops, event: PendingEvent, error: unknown): Promise<Turn> {
  const failure = { id: event.id, error: describe(error), retryAt: retryAt(platform.clock.now(), event.attempts) };
  platform.log.warn({ shop: shop.id, event: String(event.id), topic: event.topic, problem: failure.error }, 'a webhook did not apply');
  await platform.db.forShop(shop.id, (tx) => markFailed(tx, shop.id, failure));
  return { applied: 0, failed: 1, busy: false };
}

async function applyAll(tx: ShopTx, shops: Shops, { events, gathered }: Batch): Promise<Turn> {
  const { platform, shop, limits } = shops;
  if (!(await projectionLockWithin(tx, shop.id, limits.lockWaitMs ?? 0))) return { applied: 0, failed: 0, busy: true };
  const readable = events.filter(({ read }) => read !== null);
  const claimed = await claimPending(
    tx,
    shop.id,
    readable.map(({ event }) => event.id),
  );
  // What was gathered ahead holds if nobody has applied one of the events meanwhile.
  const whole = gathered !== null && claimed.size === readable.length;
  const groups = whole
    ? gathered
    : gatherAll(
        shops,
        readable.filter(({ event }) => claimed.has(event.id)),
      );
  for (const { handler, batch } of groups) await handler.apply(tx, keyed(shop, platform), batch);
  // A body that does not fit its schema will not fit it later either: parked at once, to be replayed after a fix.
  let failed = 0;
  for (const { event, problem } of events) {
    if (problem === null) continue;
    failed += 1;
    await markFailed(tx, shop.id, { id: event.id, error: problem, retryAt: null });
  }
  return { applied: claimed.size, failed, busy: false };
}

function parseEvent({ catalogue, shop }: Shops, event: PendingEvent): Parsed {
  const handler = catalogue.byTopic.get(event.topic);
  if (!handler) return { read: null, problem: 'no handler for this topic' };
  if (event.body === null) return { read: null, problem: 'the body was redacted' };
  try {
    const body = parseLossless(event.body);
    const payload = handler.quick ? handler.quick(body) : handler.schema.parse(body);
    const told = handler.read({ payload, topic: event.topic, at: event.triggeredAt ?? event.receivedAt }, shop);
    return { read: { handler, told }, problem: null };
  } catch (error) {
    return { read: null, problem: describe(error) };
  }
}

/** Says what is wrong without quoting the payload: field paths and rules, no values. */
function describe(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues
      .slice(0, 5)
      .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.code === 'custom' ? issue.message : issue.code.replaceAll('_', ' ')}`)
      .join('; ');
  }
  return nameOf(error);
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return `${error.name}${code}`;
}

/** Minutes until the next try: 1, 4, 9, 16. */
function retryAt(now: Date, attempts: number): Date | null {
  const tried = attempts + 1;
  return tried >= MOST_TRIES ? null : new Date(now.getTime() + tried * tried * 60_000);
}
