import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import { hmacBase64, sameText } from '../platform/crypto.server.ts';
import { parseLossless } from '../core/lossless-json.ts';
import { insertDeliveries, type Delivery } from './inbox.store.server.ts';

const MOST_BYTES = 5_000_000;
const MOST_ROWS = 64;
/** Shopify waits five seconds. Who is told in time tries again; nothing waits in memory for a database that hangs. */
const MOST_WAIT_MS = 4_000;
/** A question that hangs longer than this is not shared any more. */
const SHARED_MS = 1_000;

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
    shopByDomain: (domain: string) => Promise<ShopRef | null>;
    /** Called after the commit; that it fails loses nothing, since the sweeper finds the rows. */
    wake: (shopIds: readonly number[]) => Promise<void>;
    /** `topic` is one of the catalogue's or "other": a label that no stranger can fill. */
    count: (request: { outcome: DoorOutcome; topic: string; seconds: number }) => void;
  },
): WebhookDoor {
  const secrets = [platform.env.SHOPIFY_API_SECRET, platform.env.SHOPIFY_API_SECRET_OLD].filter((secret) => secret !== undefined);
  const write = groupedWriter(platform, options.wake);
  const shopOf = sharedLookup(options.shopByDomain);

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
    const signed = secrets.map((secret) => sameText(hmacBase64(secret, body), signature)).some(Boolean);
    if (!signed) return 'bad-signature';
    const topic = header('x-shopify-topic');
    if (!options.topics.has(topic)) return 'unknown-topic';
    const webhookId = header('x-shopify-webhook-id');
    if (webhookId === '' || webhookId.length > 200) return 'no-id';
    const text = body.toString('utf8');
    if (!isJson(text)) return 'not-json';
    return inTime(async (turn) => {
      const shop = await shopOf(header('x-shopify-shop-domain'));
      if (!shop) return options.fineUnknown.has(topic) ? 'nothing-held' : 'unknown-shop';
      const delivery = {
        shopId: shop.id,
        topic,
        webhookId,
        eventId: header('x-shopify-event-id') || null,
        apiVersion: header('x-shopify-api-version') || null,
        triggeredAt: timeOf(header('x-shopify-triggered-at')),
        body: text,
      };
      await write(delivery, turn);
      return 'accepted';
    });
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
      platform.log.error({ problem: error instanceof Error ? error.name : 'unknown' }, 'a webhook could not be written');
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

function isJson(text: string): boolean {
  try {
    const value = parseLossless(text);
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

/** What is done for one request; `signal` tells that its time is over, and that nobody waits any more. */
type Turn = { readonly signal: AbortSignal };

/** @throws when the work takes longer than Shopify waits. */
async function inTime<T>(work: (turn: Turn) => Promise<T>): Promise<T> {
  const over = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const late = setTimeout(() => {
      over.abort();
      reject(new Error('the database did not answer in time'));
    }, MOST_WAIT_MS);
    work({ signal: over.signal })
      .then(resolve, reject)
      .finally(() => clearTimeout(late));
  });
}

/**
 * Requests of one shop that meet share one question to the database; nothing is remembered once it is answered. Who
 * shared an answer of "no such shop" asks again: the installation may have landed after the question was on its way.
 */
function sharedLookup(find: (domain: string) => Promise<ShopRef | null>): (domain: string) => Promise<ShopRef | null> {
  const asking = new Map<string, { at: number; answer: Promise<ShopRef | null> }>();
  return async (domain) => {
    const shared = asking.get(domain);
    if (shared && performance.now() - shared.at < SHARED_MS) return (await shared.answer) ?? find(domain);
    const answer = find(domain).finally(() => {
      if (asking.get(domain)?.answer === answer) asking.delete(domain);
    });
    asking.set(domain, { at: performance.now(), answer });
    return answer;
  };
}

type Waiting = { delivery: Delivery; resolve: () => void; reject: (error: unknown) => void };

/** Resolves when the delivery is committed. */
function groupedWriter(
  platform: Pick<Platform, 'db' | 'log'>,
  wake: (shopIds: readonly number[]) => Promise<void>,
): (delivery: Delivery, turn: Turn) => Promise<void> {
  const waiting = new Set<Waiting>();
  let writing = 0;

  const flush = async (): Promise<void> => {
    // Two at a time: one is on its way to the disk while the next fills up.
    if (writing >= 2) return;
    const group = [...waiting.values().take(MOST_ROWS)];
    if (group.length === 0) return;
    for (const entry of group) waiting.delete(entry);
    writing += 1;
    try {
      await insertDeliveries(
        platform.db,
        group.map((entry) => entry.delivery),
      );
      for (const entry of group) entry.resolve();
      const shops = [...new Set(group.map((entry) => entry.delivery.shopId))];
      wake(shops).catch((error: unknown) =>
        platform.log.warn(
          { problem: error instanceof Error ? error.name : 'unknown' },
          'no job for new webhooks; the sweeper will find them',
        ),
      );
    } catch (error) {
      for (const entry of group) entry.reject(error);
    } finally {
      writing -= 1;
    }
    await flush();
  };

  return (delivery, turn) =>
    new Promise((resolve, reject) => {
      const entry: Waiting = { delivery, resolve, reject };
      waiting.add(entry);
      turn.signal.addEventListener('abort', () => waiting.delete(entry), { once: true });
      // After the events of this turn of the loop, so that requests that came together go together.
      setImmediate(() => void flush());
    });
}
