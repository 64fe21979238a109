import { z } from 'zod';
import { parseLossless } from '../core/lossless-json.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import type { WebhookEvent, WebhookHandler } from '../platform/webhooks.server.ts';
import { duePending, isPending, markApplied, markFailed, tryProjectionLock, type PendingEvent } from './inbox.store.server.ts';

const BATCH = 200;
const MOST_TRIES = 5;

export type Drained = { applied: number; failed: number; /** Another process is at it, and will see these events too. */ busy: boolean };

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

/**
 * Applies a shop's pending events until none is due. A batch lands whole or not at all; when it does not, its events
 * are tried one by one, so that the one at fault is found, tried again later and parked after five tries.
 */
export async function drainInbox(platform: Platform, catalogue: TopicCatalogue, shop: ShopRef): Promise<Drained> {
  const total: Drained = { applied: 0, failed: 0, busy: false };
  for (;;) {
    const turn = await drainBatch(platform, catalogue, shop);
    total.applied += turn.applied;
    total.failed += turn.failed;
    if (turn.busy || turn.taken < BATCH) return { ...total, busy: turn.busy };
  }
}

type Turn = Drained & { taken: number };

async function drainBatch(platform: Platform, catalogue: TopicCatalogue, shop: ShopRef): Promise<Turn> {
  const events: PendingEvent[] = [];
  try {
    return await platform.db.forShop(shop.id, async (tx): Promise<Turn> => {
      if (!(await tryProjectionLock(tx, shop.id))) return { applied: 0, failed: 0, busy: true, taken: 0 };
      events.push(...(await duePending(tx, shop.id, { now: platform.clock.now(), count: BATCH })));
      const parsed = events.map((event) => ({ event, ...parseEvent(catalogue, event) }));
      const readable = parsed.flatMap(({ event, read }) => (read ? [{ event, ...read }] : []));
      await applyAll(tx, shop, { catalogue, readable });
      if (readable.length > 0)
        await markApplied(
          tx,
          shop.id,
          readable.map(({ event }) => event.id),
        );
      // A body that does not fit its schema will not fit it later either: parked at once, to be replayed after a fix.
      const unreadable = parsed.flatMap(({ event, problem }) =>
        problem === null ? [] : [{ id: event.id, error: problem, retryAt: null }],
      );
      for (const failure of unreadable) await markFailed(tx, shop.id, failure);
      return { applied: readable.length, failed: unreadable.length, busy: false, taken: events.length };
    });
  } catch (error) {
    platform.log.warn(
      { shop: shop.id, events: events.length, problem: nameOf(error) },
      'a batch of webhooks did not apply; trying them one by one',
    );
    if (events.length === 0) throw error;
    return oneByOne(platform, { catalogue, shop, events });
  }
}

type Read = { handler: WebhookHandler; payload: unknown };

function parseEvent(catalogue: TopicCatalogue, event: PendingEvent): { read: Read | null; problem: string | null } {
  const handler = catalogue.byTopic.get(event.topic);
  if (!handler) return { read: null, problem: 'no handler for this topic' };
  if (event.body === null) return { read: null, problem: 'the body was redacted' };
  try {
    return { read: { handler, payload: handler.schema.parse(parseLossless(event.body)) }, problem: null };
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

async function applyAll(
  tx: ShopTx,
  shop: ShopRef,
  batch: { catalogue: TopicCatalogue; readable: readonly { event: PendingEvent; handler: WebhookHandler; payload: unknown }[] },
): Promise<void> {
  for (const handler of batch.catalogue.handlers) {
    const mine = batch.readable.filter((entry) => entry.handler === handler);
    if (mine.length === 0) continue;
    const events = mine.map(({ event, payload }): WebhookEvent<unknown> => ({
      payload,
      topic: event.topic,
      at: event.triggeredAt ?? event.receivedAt,
    }));
    await handler.apply(tx, shop, events);
  }
}

/** Minutes until the next try: 1, 4, 9, 16. */
function retryAt(now: Date, attempts: number): Date | null {
  const tried = attempts + 1;
  return tried >= MOST_TRIES ? null : new Date(now.getTime() + tried * tried * 60_000);
}

type OneByOne = { catalogue: TopicCatalogue; shop: ShopRef };

async function oneByOne(platform: Platform, work: OneByOne & { events: readonly PendingEvent[] }): Promise<Turn> {
  const { shop } = work;
  const turn: Turn = { applied: 0, failed: 0, busy: false, taken: work.events.length };
  for (const event of work.events) {
    const outcome = await applyAlone(platform, work, event).catch(() => applyAgain(platform, work, event));
    if (outcome === 'applied') turn.applied += 1;
    else if (outcome === 'failed') turn.failed += 1;
    else if (outcome === 'busy') turn.busy = true;
    else if (outcome !== 'done already') {
      turn.failed += 1;
      const failure = { id: event.id, error: describe(outcome.error), retryAt: retryAt(platform.clock.now(), event.attempts) };
      platform.log.warn({ shop: shop.id, event: String(event.id), topic: event.topic, problem: failure.error }, 'a webhook did not apply');
      await platform.db.forShop(shop.id, (tx) => markFailed(tx, shop.id, failure));
    }
  }
  return turn;
}

type Alone = 'applied' | 'failed' | 'busy' | 'done already';

async function applyAlone(platform: Platform, { catalogue, shop }: OneByOne, event: PendingEvent): Promise<Alone> {
  return platform.db.forShop(shop.id, async (tx): Promise<Alone> => {
    if (!(await tryProjectionLock(tx, shop.id))) return 'busy';
    // The batch may have landed although its answer was lost, and another process may have been at it since.
    if (!(await isPending(tx, shop.id, event.id))) return 'done already';
    const { read, problem } = parseEvent(catalogue, event);
    if (!read) {
      await markFailed(tx, shop.id, { id: event.id, error: problem ?? 'unreadable', retryAt: null });
      return 'failed';
    }
    await applyAll(tx, shop, { catalogue, readable: [{ event, ...read }] });
    await markApplied(tx, shop.id, [event.id]);
    return 'applied';
  });
}

/**
 * A second try, once the database has answered: a connection that was lost is no fault of the event, and must not
 * count as one of its tries. @throws while the database does not answer; the job is tried again later.
 */
async function applyAgain(platform: Platform, work: OneByOne, event: PendingEvent): Promise<Alone | { error: unknown }> {
  await platform.db.forShop(work.shop.id, (tx) => isPending(tx, work.shop.id, event.id));
  return applyAlone(platform, work, event).catch((error: unknown) => ({ error }));
}
