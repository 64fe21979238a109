import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Platform } from '../platform/context.server.ts';
import { isDeeperThan } from '../core/json-depth.ts';
import { isSignedBy } from '../platform/crypto.server.ts';
import { insertDeliveries, type Delivery } from './inbox.store.server.ts';

const MOST_BYTES = 5_000_000;
const MOST_ROWS = 64;
/** Deliveries that may wait for the database; what comes on top is told to come again, while there is memory to say so. */
const MOST_WAITING = 2_000;
/** Shopify gives an answer five seconds; one that comes later is no answer. */
const ANSWER_WITHIN_MS = 4_200;
const WATCH_EVERY_MS = 250;
/** Jobs of the same shop are asked for at most as often as this. */
const WAKE_EVERY_MS = 25;

export type DoorOutcome =
  | 'accepted'
  | 'bad-method'
  | 'bad-signature'
  | 'unknown-topic'
  | 'unknown-shop'
  | 'nothing-held'
  | 'no-id'
  | 'not-json'
  | 'too-large'
  | 'unavailable';

const STATUS: Readonly<Record<DoorOutcome, number>> = {
  accepted: 200,
  'bad-method': 405,
  'bad-signature': 401,
  'unknown-topic': 404,
  'unknown-shop': 404,
  // Of a shop that is erased there is nothing left to give or to forget: that is an answer, not a failure.
  'nothing-held': 200,
  'no-id': 400,
  'not-json': 400,
  'too-large': 413,
  unavailable: 503,
};

export type WebhookDoor = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Shopify's one door: checks the signature over the raw bytes, writes one row, answers 200; work begins afterwards.
 * Requests that arrive while a write is under way are written together by the next one: a lone request waits for
 * nobody, and under load the database sees few large statements.
 */
export function webhookDoor(
  platform: Pick<Platform, 'db' | 'env' | 'log'>,
  options: {
    topics: ReadonlySet<string>;
    /** Topics that are answered with 200 also for a shop of which nothing is held. */
    fineUnknown: ReadonlySet<string>;
    /** Called after the commit; that it fails loses nothing, since the sweeper finds the rows. */
    wake: (shopIds: readonly number[]) => Promise<void>;
    /** `topic` is one of the catalogue's or "other": a label that no stranger can fill. */
    count: (request: { outcome: DoorOutcome; topic: string; seconds: number }) => void;
  },
): WebhookDoor {
  const secrets = [platform.env.SHOPIFY_API_SECRET, platform.env.SHOPIFY_API_SECRET_OLD].filter((secret) => secret !== undefined);
  const write = groupedWriter(platform, waker(platform, options.wake));

  const receive = async (request: IncomingMessage): Promise<DoorOutcome> => {
    if (request.method !== 'POST') return 'bad-method';
    const body = await readBody(request);
    if (!body) return 'too-large';
    const header = (name: string): string => {
      const value = request.headers[name];
      return typeof value === 'string' ? value : '';
    };
    const signature = header('x-shopify-hmac-sha256');
    // Each secret is tried, so that the time does not tell which one was near.
    if (!secrets.map((secret) => isSignedBy(secret, body, signature)).some(Boolean)) return 'bad-signature';
    const topic = header('x-shopify-topic');
    if (!options.topics.has(topic)) return 'unknown-topic';
    const webhookId = header('x-shopify-webhook-id');
    if (webhookId === '' || webhookId.length > 200) return 'no-id';
    const text = body.toString('utf8');
    if (!isJson(body, text)) return 'not-json';
    const shopId = await write({
      shopDomain: header('x-shopify-shop-domain'),
      topic,
      webhookId,
      eventId: header('x-shopify-event-id') || null,
      apiVersion: header('x-shopify-api-version') || null,
      triggeredAt: timeOf(header('x-shopify-triggered-at')),
      body: text,
    });
    if (shopId === null) return options.fineUnknown.has(topic) ? 'nothing-held' : 'unknown-shop';
    return 'accepted';
  };

  return (request, response) => {
    const started = performance.now();
    const answer = (outcome: DoorOutcome): void => {
      const topic = String(request.headers['x-shopify-topic']);
      options.count({ outcome, topic: options.topics.has(topic) ? topic : 'other', seconds: (performance.now() - started) / 1_000 });
      // What is not read stays on the wire; the connection cannot be used again.
      if (outcome === 'too-large') response.setHeader('connection', 'close');
      response.writeHead(STATUS[outcome], { 'content-type': 'text/plain' }).end(outcome);
    };
    receive(request).then(answer, (error: unknown) => {
      platform.log.error({ problem: nameOf(error) }, 'a webhook could not be written');
      answer('unavailable');
    });
  };
}

/** The whole body, or null when it passes the limit (whatever its length header said); what is over is not kept. */
function readBody(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MOST_BYTES) chunks.push(chunk);
      else {
        request.pause();
        resolve(null);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks, size)));
    request.on('error', reject);
  });
}

/** Nested so deep that parsing would hold up everybody else? Only long bodies can be: the time grows with the square of the depth. */
const DEEP_FROM_BYTES = 50_000;
const MOST_DEEP = 64;

function isJson(body: Buffer, text: string): boolean {
  if (body.length > DEEP_FROM_BYTES && isDeeperThan(body, MOST_DEEP)) return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    // The answer 400 says all there is to say; the text itself stays out of every log.
    return false;
  }
}

function timeOf(text: string): Date | null {
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time);
}

/** Asks for a shop's job at once, and once more after a moment for all that came meanwhile. */
function waker(platform: Pick<Platform, 'log'>, wake: (shopIds: readonly number[]) => Promise<void>): (shopIds: Iterable<number>) => void {
  /** Shops asked for a moment ago; true: more has come since. */
  const lately = new Map<number, boolean>();
  const ask = (shopId: number): void => {
    lately.set(shopId, false);
    setTimeout(() => {
      const more = lately.get(shopId);
      lately.delete(shopId);
      if (more) ask(shopId);
    }, WAKE_EVERY_MS);
    wake([shopId]).catch((error: unknown) =>
      platform.log.warn({ problem: nameOf(error) }, 'no job for new webhooks; the sweeper will find them'),
    );
  };
  return (shopIds) => {
    for (const shopId of shopIds) {
      if (lately.has(shopId)) lately.set(shopId, true);
      else ask(shopId);
    }
  };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

type Waiting = { delivery: Delivery; since: number; resolve: (shopId: number | null) => void; reject: (error: unknown) => void };

/**
 * Writes deliveries in groups: what arrives while a write is under way goes with the next one.
 * The promise resolves with the shop's id when the delivery is committed; null where nobody has its domain. It rejects
 * when the database does not answer in time: the row may still land, and the delivery that comes again is then known.
 */
function groupedWriter(
  platform: Pick<Platform, 'db'>,
  wake: (shopIds: Iterable<number>) => void,
): (delivery: Delivery) => Promise<number | null> {
  const waiting: Waiting[] = [];
  let writing = 0;
  let watch: NodeJS.Timeout | null = null;

  /** While the database hangs, those behind the hanging writes get their answer in time too. */
  const watchWaiting = (): void => {
    watch ??= setTimeout(() => {
      watch = null;
      const oldest = performance.now() - ANSWER_WITHIN_MS;
      const inTime = waiting.findIndex((entry) => entry.since > oldest);
      giveUp(waiting.splice(0, inTime === -1 ? waiting.length : inTime));
      if (waiting.length > 0) watchWaiting();
    }, WATCH_EVERY_MS);
  };

  const flush = async (): Promise<void> => {
    // Two at a time: one is on its way to the disk while the next fills up.
    if (writing >= 2) return;
    const group = waiting.splice(0, MOST_ROWS);
    if (group.length === 0) return;
    writing += 1;
    const late = setTimeout(() => giveUp(group), ANSWER_WITHIN_MS - (performance.now() - (group[0]?.since ?? 0)));
    try {
      const ids = await insertDeliveries(
        platform.db,
        group.map((entry) => entry.delivery),
      );
      group.forEach((entry, at) => entry.resolve(ids[at] ?? null));
      wake(new Set(ids.filter((id) => id !== null)));
    } catch (error) {
      for (const entry of group) entry.reject(error);
    } finally {
      clearTimeout(late);
      writing -= 1;
    }
    await flush();
  };

  return (delivery) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= MOST_WAITING) return reject(new TooLateError('too many deliveries wait'));
      waiting.push({ delivery, since: performance.now(), resolve, reject });
      watchWaiting();
      // After the events of this turn of the loop, so that requests that came together go together.
      setImmediate(() => void flush());
    });
}

class TooLateError extends Error {
  override readonly name = 'TooLateError';
}

function giveUp(entries: readonly Waiting[]): void {
  for (const entry of entries) entry.reject(new TooLateError('the database did not answer in time'));
}
