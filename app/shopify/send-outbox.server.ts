import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';
import type { Platform, ShopRef, ShopScope } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { AdminUnavailableError, type AdminClient } from './admin-client.server.ts';
import {
  claimDue,
  listDead,
  markBegun,
  markSent,
  markUnsent,
  reviveDead,
  supersede,
  supersedeOlder,
  type DeadMessage,
  type OutboxMessage,
} from './outbox.store.server.ts';

const BATCH = 250;
const MOST_TRIES = 8;

/** `made`: the id at the store of what the call made, for whoever settles it. */
export type SendResult = { id: bigint; kind: 'sent'; made?: string } | { id: bigint; kind: 'refused'; error: string };

/** What became of a message for good. */
export type Settled<Payload> =
  | { readonly kind: 'sent'; readonly payload: Payload; readonly made: string | null }
  | { readonly kind: 'refused'; readonly payload: Payload; readonly error: string };
type Settle<Payload> = (tx: ShopTx, on: { readonly shop: ShopRef; readonly now: Date }, settled: Settled<Payload>) => Promise<void>;

/** How a room's messages of one kind reach the store. */
export type OutboxHandler = {
  readonly kind: string;
  /**
   * Messages that fit one call. 1 for a call that takes an idempotency key (`@idempotent(key:)`) and gets the
   * message's: after a crash a group may be composed anew, and a key fits its first parameters only.
   */
  readonly most: number;
  /** The newest message of an entity says all: older ones that still wait need no call. */
  readonly lastWins?: boolean;
  /**
   * The call is not safe to repeat (then `most` is 1): that it begins is written down before, and where nobody knows what
   * came of it the message is given up as unclear, for a person to look. Throwing AdminUnavailableError alone means that
   * nothing was done.
   */
  readonly once?: boolean;
  /** Which of them are no longer wanted, asked right before the call; they are put away. */
  readonly unwanted?: (tx: ShopTx, shopId: number, messages: readonly OutboxMessage[]) => Promise<bigint[]>;
  /**
   * Sends them in one call and says for each what came of it. Throwing means that nothing is known: all are tried
   * again, so the call must be safe to repeat.
   */
  readonly send: (client: AdminClient, shop: ShopRef, messages: readonly OutboxMessage[]) => Promise<SendResult[]>;
  /**
   * What follows from the answer, in the transaction that marks the message. A message that is settled as refused is put
   * away: nobody can send it again. One of which nobody knows whether it arrived is not settled.
   */
  readonly settle?: Settle<unknown>;
};

/** Ties a payload schema to a sender. A payload that does not fit is refused at once. */
export function outboxHandler<Payload>(handler: {
  kind: string;
  most: number;
  lastWins?: boolean;
  once?: boolean;
  schema: z.ZodType<Payload>;
  unwanted?: (tx: ShopTx, shopId: number, messages: readonly { id: bigint; payload: Payload }[]) => Promise<bigint[]>;
  send: (
    client: AdminClient,
    shop: ShopRef,
    messages: readonly { id: bigint; idempotencyKey: string; payload: Payload }[],
  ) => Promise<SendResult[]>;
  settle?: Settle<Payload>;
}): OutboxHandler {
  const { settle, unwanted } = handler;
  return {
    ...(settle
      ? {
          async settle(tx, on, settled) {
            const payload = handler.schema.safeParse(settled.payload);
            if (payload.success) await settle(tx, on, { ...settled, payload: payload.data });
          },
        }
      : {}),
    ...(unwanted
      ? {
          unwanted: (tx, shopId, messages) => {
            const parsed = messages.map(({ id, payload }) => ({ id, payload: handler.schema.safeParse(payload).data }));
            const fit = parsed.flatMap(({ id, payload }) => (payload === undefined ? [] : [{ id, payload }]));
            return unwanted(tx, shopId, fit);
          },
        }
      : {}),
    kind: handler.kind,
    most: handler.most,
    lastWins: handler.lastWins,
    once: handler.once,
    async send(client, shop, messages) {
      const parsed = messages.map((message) => ({ message, payload: handler.schema.safeParse(message.payload) }));
      const wrong = parsed
        .filter(({ payload }) => !payload.success)
        .map(({ message }): SendResult => ({ id: message.id, kind: 'refused', error: 'payload does not fit its schema' }));
      const right = parsed.flatMap(({ message, payload }) =>
        payload.success ? [{ id: message.id, idempotencyKey: message.idempotencyKey, payload: payload.data }] : [],
      );
      return [...wrong, ...(right.length > 0 ? await handler.send(client, shop, right) : [])];
    },
  };
}

export const sendOutboxJob: JobDefinition<{ shopId: number }> = {
  name: 'shopify.send-outbox',
  schema: z.object({ shopId: z.int().positive() }),
  retries: 3,
  retrySeconds: 10,
  timeoutSeconds: 600,
  lane: 'fast',
};

/** Sends all that is due for a shop; a failure waits longer each time and is given up (dead, visible) after eight tries. */
export async function sendOutbox(
  platform: Platform,
  tools: { client: AdminClient; handlers: readonly OutboxHandler[] },
  shop: ShopRef,
): Promise<{ sent: number; failed: number }> {
  const total = { sent: 0, failed: 0 };
  const replaced = tools.handlers.filter((handler) => handler.lastWins).map((handler) => handler.kind);
  for (;;) {
    await supersedeOlder(platform.db, shop.id, { kinds: replaced, now: platform.clock.now() });
    const messages = await claimDue(platform.db, shop.id, { now: platform.clock.now(), count: BATCH });
    if (messages.length === 0) return total;
    for (const [kind, group] of Map.groupBy(messages, (message) => message.kind)) {
      const handler = tools.handlers.find((candidate) => candidate.kind === kind);
      const size = handler?.most ?? group.length;
      for (let at = 0; at < group.length; at += size) {
        const results = await sendGroup(platform, { ...tools, handler, shop }, group.slice(at, at + size));
        total.sent += results.sent;
        total.failed += results.failed;
      }
    }
  }
}

/** Shown beside the message among those that were given up. */
const UNCLEAR = 'It is not known whether this arrived. Look there before you send it again.';

type Sending = { readonly client: AdminClient; readonly handler: OutboxHandler | undefined; readonly shop: ShopRef };
type Sent = { readonly sent: number; readonly failed: number };
/** `again`: after a growing pause; `unclear`: given up, since nobody knows whether it arrived. */
type Failure = { readonly error: string; readonly how: 'again' | 'final' | 'unclear' };

type Failed = Failure & { readonly message: OutboxMessage; readonly handler: OutboxHandler | undefined };

async function fail(platform: Platform, shop: ShopRef, { message, handler, error, how }: Failed): Promise<void> {
  const tried = message.attempts;
  const now = platform.clock.now();
  const retryAt = how !== 'again' || tried >= MOST_TRIES ? null : new Date(now.getTime() + tried * tried * 15_000);
  const settle = how !== 'unclear' && retryAt === null ? handler?.settle : undefined;
  await platform.db.forShop(shop.id, async (tx) => {
    await markUnsent(tx, shop.id, { id: message.id, error, retryAt, unclear: how === 'unclear', putAway: settle !== undefined });
    await settle?.(tx, { shop, now }, { kind: 'refused', payload: message.payload, error });
  });
}

async function sendGroup(platform: Platform, { client, handler, shop }: Sending, messages: readonly OutboxMessage[]): Promise<Sent> {
  const giveUp = async (failure: Failure): Promise<Sent> => {
    for (const message of messages) await fail(platform, shop, { message, handler, ...failure });
    return { sent: 0, failed: messages.length };
  };
  if (!handler) return giveUp({ error: `nobody sends messages of kind ${messages[0]?.kind}`, how: 'final' });
  const wanted = await wantedOf(platform, shop, { handler, messages });
  if (wanted.length < messages.length) return wanted.length === 0 ? NONE : sendGroup(platform, { client, handler, shop }, wanted);
  const start = handler.once ? await beginOnce(platform, shop, messages) : 'begun';
  if (start !== 'begun') return start === 'unclear' ? giveUp({ error: UNCLEAR, how: 'unclear' }) : NONE;
  try {
    return await noteResults(platform, shop, { handler, messages, results: await handler.send(client, shop, messages) });
  } catch (error) {
    const problem = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : 'unknown';
    platform.log.warn({ shop: shop.id, kind: handler.kind, messages: messages.length, problem }, 'messages to the store were not sent');
    const isUnclear = handler.once && !(error instanceof AdminUnavailableError);
    return giveUp(isUnclear ? { error: UNCLEAR, how: 'unclear' } : { error: problem, how: 'again' });
  }
}

type Answered = {
  readonly handler: OutboxHandler;
  readonly messages: readonly OutboxMessage[];
  readonly results: readonly SendResult[];
};
const NONE: Sent = { sent: 0, failed: 0 };

/** Puts away those that are no longer wanted. @returns the others. */
async function wantedOf(
  platform: Platform,
  shop: ShopRef,
  { handler, messages }: { handler: OutboxHandler; messages: readonly OutboxMessage[] },
): Promise<readonly OutboxMessage[]> {
  const { unwanted } = handler;
  if (!unwanted) return messages;
  const ids = new Set(await platform.db.forShop(shop.id, (tx) => unwanted(tx, shop.id, messages)));
  if (ids.size === 0) return messages;
  await supersede(platform.db, shop.id, [...ids]);
  return messages.filter(({ id }) => !ids.has(id));
}

async function noteResults(platform: Platform, shop: ShopRef, { handler, messages, results }: Answered): Promise<Sent> {
  const sent = results.flatMap((result) => (result.kind === 'sent' ? [result] : []));
  const now = platform.clock.now();
  await platform.db.forShop(shop.id, async (tx) => {
    await markSent(tx, shop.id, { ids: sent.map(({ id }) => id), at: now });
    for (const { id, made } of handler.settle ? sent : []) {
      const message = messages.find((candidate) => candidate.id === id);
      if (message) await handler.settle?.(tx, { shop, now }, { kind: 'sent', payload: message.payload, made: made ?? null });
    }
  });
  for (const result of results) {
    const message = messages.find((candidate) => candidate.id === result.id);
    if (message && result.kind === 'refused')
      await fail(platform, shop, { message, handler, error: result.error.slice(0, 500), how: 'final' });
  }
  return { sent: sent.length, failed: messages.length - sent.length };
}

/** Notes that the call begins. `unclear`: somebody began it who did not live to say what came of it; `taken`: is another's by now. */
async function beginOnce(platform: Platform, shop: ShopRef, [message]: readonly OutboxMessage[]): Promise<'begun' | 'unclear' | 'taken'> {
  if (!message) return 'taken';
  if (message.begunAt) return 'unclear';
  return (await markBegun(platform.db, shop.id, { message, at: platform.clock.now() })) ? 'begun' : 'taken';
}

/** What could not be sent and was given up; at most 100. */
export async function listDeadOutbox(scope: ShopScope): Promise<DeadMessage[]> {
  return scope.db.forShop(scope.shop.id, (tx) => listDead(tx, scope.shop.id, 100));
}

/** Tries dead messages again: one, or all. @returns how many. */
export async function retryDeadOutbox(scope: ShopScope, which: { id: bigint } | 'all'): Promise<number> {
  const now = scope.clock.now();
  const count = await scope.db.forShop(scope.shop.id, (tx) =>
    reviveDead(tx, scope.shop.id, { id: which === 'all' ? null : which.id, now }),
  );
  if (count > 0) await scope.queue.enqueue(sendOutboxJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return count;
}
