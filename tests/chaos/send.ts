import crypto from 'node:crypto';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { webhookHeaders } from '../support/signed-webhook.ts';
import type { Delivery } from './plan-load.ts';
import type { RunClock } from './run-clock.ts';

/** Shopify waits five seconds for an answer. */
const WAIT_MS = 5_000;
/** Shopify tries again over four hours; here the pauses are seconds. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000];
/** Requests under way at once. A delivery waits for its turn, and its five seconds begin when it is sent. */
const CONNECTIONS = 32;

export type Tally = {
  /** Deliveries that the plan has sent at least once. */
  sent: number;
  acknowledged: number;
  /** Requests after the first of a delivery that had no 200 yet. */
  retried: number;
  /** Requests for deliveries that had their 200 already. */
  duplicates: number;
  givenUp: number;
  /** By status, or by what happened instead of an answer. */
  answers: Record<string, number>;
  /** The same, of requests that began and ended while the database refused everything. */
  whileRefusing: Record<string, number>;
  slowestAnswerMs: number;
};

export type Sender = {
  readonly tally: Tally;
  /** Webhook ids that got a 200. */
  readonly acknowledged: ReadonlySet<string>;
  /** Webhook ids that were sent at least once, with or without an answer. */
  readonly sent: ReadonlySet<string>;
  /** Resolves when each delivery has its 200 (and its second one, if planned) or is given up. */
  readonly done: Promise<void>;
  /** No delivery begins a new try from now on. */
  abandon(): void;
  close(): void;
};

type Answer = { what: string; startedAt: number; endedAt: number };

/** Sends what the plan says when it says it, to one web process after another, as a load balancer in front would. */
export function startSending(options: {
  deliveries: readonly Delivery[];
  clock: RunClock;
  ports: readonly number[];
  secret: string;
  /** Moments (performance.now) between which the database certainly refused. */
  refusals: readonly { from: number; to: number | null }[];
}): Sender {
  const agent = new http.Agent({ keepAlive: true });
  const turns = turnstile(CONNECTIONS);
  const acknowledged = new Set<string>();
  const sent = new Set<string>();
  const tally: Tally = {
    sent: 0,
    acknowledged: 0,
    retried: 0,
    duplicates: 0,
    givenUp: 0,
    answers: {},
    whileRefusing: {},
    slowestAnswerMs: 0,
  };
  let abandoned = false;
  let turn = 0;

  const count = ({ what, startedAt, endedAt }: Answer): void => {
    tally.answers[what] = (tally.answers[what] ?? 0) + 1;
    if (/^\d+$/.test(what)) tally.slowestAnswerMs = Math.max(tally.slowestAnswerMs, Math.round(endedAt - startedAt));
    if (options.refusals.some(({ from, to }) => startedAt > from && endedAt < (to ?? Infinity)))
      tally.whileRefusing[what] = (tally.whileRefusing[what] ?? 0) + 1;
  };

  const post = async (delivery: Delivery, request: { body: Buffer; headers: Record<string, string> }): Promise<string> => {
    await turns.take();
    const port = options.ports[(turn += 1) % options.ports.length] ?? 0;
    const answer = await exchange({ agent, port, ...request }).finally(() => turns.give());
    count(answer);
    if (answer.what === '200' && !acknowledged.has(delivery.webhookId)) {
      acknowledged.add(delivery.webhookId);
      tally.acknowledged += 1;
    }
    return answer.what;
  };

  const deliver = async (delivery: Delivery): Promise<void> => {
    const body = Buffer.from(delivery.body());
    const headers = webhookHeaders({
      topic: delivery.topic,
      body,
      shop: delivery.shop,
      secret: options.secret,
      id: delivery.webhookId,
      headers: {
        'x-shopify-event-id': crypto.createHash('sha256').update(delivery.webhookId).digest('hex').slice(0, 32),
        'x-shopify-triggered-at': delivery.triggeredAt,
      },
    });
    sent.add(delivery.webhookId);
    tally.sent += 1;
    for (let tries = 1; (await post(delivery, { body, headers })) !== '200'; tries += 1) {
      if (abandoned || tries >= delivery.mostTries) {
        tally.givenUp += 1;
        return;
      }
      await sleep(PAUSES_MS[Math.min(tries, PAUSES_MS.length) - 1]);
      tally.retried += 1;
    }
    if (delivery.againAfterMs === null || abandoned) return;
    await sleep(delivery.againAfterMs);
    tally.duplicates += 1;
    await post(delivery, { body, headers });
  };

  const all = async (): Promise<void> => {
    const under: Promise<void>[] = [];
    for (const delivery of options.deliveries) {
      if (options.clock.now() < delivery.sendAtMs) await options.clock.until(delivery.sendAtMs);
      if (abandoned) break;
      under.push(deliver(delivery));
    }
    await Promise.all(under);
  };

  return {
    tally,
    acknowledged,
    sent,
    done: all(),
    abandon: () => void (abandoned = true),
    close: () => agent.destroy(),
  };
}

/** Lets so many in at once, the others in the order in which they came. */
function turnstile(places: number): { take(): Promise<void>; give(): void } {
  const waiting: (() => void)[] = [];
  let free = places;
  return {
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    give() {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    },
  };
}

function exchange(request: { agent: http.Agent; port: number; body: Buffer; headers: Record<string, string> }): Promise<Answer> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let over = false;
    const end = (what: string): void => {
      if (over) return;
      over = true;
      clearTimeout(late);
      resolve({ what, startedAt, endedAt: performance.now() });
    };
    const outgoing = http.request(
      {
        agent: request.agent,
        host: '127.0.0.1',
        port: request.port,
        path: '/webhooks',
        method: 'POST',
        headers: { ...request.headers, 'content-length': request.body.length },
      },
      (response) => {
        response.resume();
        // An answer counts once its head is here: what Shopify goes by is the status.
        end(String(response.statusCode));
        response.on('error', () => undefined);
      },
    );
    const late = setTimeout(() => {
      end('no answer in time');
      outgoing.destroy();
    }, WAIT_MS);
    outgoing.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : 'connection lost'));
    outgoing.end(request.body);
  });
}
