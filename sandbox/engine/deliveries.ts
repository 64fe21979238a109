import { createHmac, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { seeded, type Chance } from '../random.ts';

export type Chaos = { duplicate: number; shuffle: boolean; drop: number; delayMs: [number, number] };
export type DeliveryCounts = { sent: number; ok: number; failed: number; pending: number; dropped: number; duplicates: number };

/** One webhook on its way; a second delivery of the same one has the same id. */
export const deliveryShape = z.object({
  shop: z.string(),
  topic: z.string(),
  body: z.string(),
  webhookId: z.string(),
  eventId: z.string(),
  triggeredAt: z.string(),
  tries: z.number(),
});
export type Delivery = z.infer<typeof deliveryShape>;

const MOST_TRIES = 9;
const PARALLEL = 8;

/**
 * Sends webhooks as Shopify does: signed, five seconds each, redirects are failures, eight retries with growing pauses,
 * always the original body. Chaos delays, doubles, shuffles and drops them, seeded.
 */
export class Deliveries {
  readonly counts: DeliveryCounts = { sent: 0, ok: 0, failed: 0, pending: 0, dropped: 0, duplicates: 0 };
  chaos: Chaos = { duplicate: 0, shuffle: false, drop: 0, delayMs: [0, 0] };
  readonly #options: { url: string; secret: () => string; retryScaleMs: number; apiVersion: string };
  readonly #queue: Delivery[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #open = new Set<Delivery>();
  #active = 0;
  #closed = false;
  #chance: Chance = seeded(1);
  #idle: (() => void)[] = [];

  constructor(options: { url: string; secret: () => string; retryScaleMs: number; apiVersion: string }) {
    this.#options = options;
  }

  seed(seed: number): void {
    this.#chance = seeded(seed);
  }

  /** Topics of one action share an event id. */
  send(shop: string, topics: readonly { topic: string; body: string }[], triggeredAt: Date): void {
    const eventId = randomUUID();
    for (const { topic, body } of topics) {
      if (this.#chance.next() < this.chaos.drop) {
        this.counts.dropped += 1;
        continue;
      }
      const delivery: Delivery = { shop, topic, body, webhookId: randomUUID(), eventId, triggeredAt: triggeredAt.toISOString(), tries: 0 };
      this.#later(delivery);
      if (this.#chance.next() < this.chaos.duplicate) {
        this.counts.duplicates += 1;
        this.#later({ ...delivery });
      }
    }
  }

  #later(delivery: Delivery): void {
    this.counts.pending += 1;
    this.#open.add(delivery);
    const [least, most] = this.chaos.delayMs;
    const pause = most > 0 ? this.#chance.whole(least, most) : 0;
    if (pause > 0) this.#after(pause, delivery);
    else this.#enqueue(delivery);
  }

  #after(ms: number, delivery: Delivery): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#enqueue(delivery);
    }, ms);
    this.#timers.add(timer);
  }

  #enqueue(delivery: Delivery): void {
    if (this.#closed) return;
    if (this.chaos.shuffle && this.#queue.length > 0) this.#queue.splice(this.#chance.whole(0, this.#queue.length), 0, delivery);
    else this.#queue.push(delivery);
    this.#pump();
  }

  #pump(): void {
    while (this.#active < PARALLEL && this.#queue.length > 0) {
      const delivery = this.#queue.shift();
      if (!delivery) return;
      this.#active += 1;
      void this.#attempt(delivery).then((ok) => {
        this.#active -= 1;
        this.#settle(delivery, ok);
        this.#pump();
      });
    }
  }

  #settle(delivery: Delivery, ok: boolean): void {
    delivery.tries += 1;
    if (!ok && this.#closed) return;
    if (!ok && delivery.tries < MOST_TRIES) {
      this.#after(this.#options.retryScaleMs * 2 ** (delivery.tries - 1), delivery);
      return;
    }
    this.#open.delete(delivery);
    this.counts[ok ? 'ok' : 'failed'] += 1;
    this.counts.pending -= 1;
    if (this.counts.pending === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #attempt(delivery: Delivery): Promise<boolean> {
    this.counts.sent += 1;
    try {
      const response = await fetch(this.#options.url, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.timeout(5_000),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Shopify-Captain-Hook (sandbox)',
          'x-shopify-topic': delivery.topic,
          'x-shopify-shop-domain': delivery.shop,
          'x-shopify-api-version': this.#options.apiVersion,
          'x-shopify-webhook-id': delivery.webhookId,
          'x-shopify-event-id': delivery.eventId,
          'x-shopify-triggered-at': delivery.triggeredAt,
          'x-shopify-hmac-sha256': createHmac('sha256', this.#options.secret()).update(delivery.body).digest('base64'),
        },
        body: delivery.body,
      });
      await response.arrayBuffer();
      return response.status >= 200 && response.status < 300;
    } catch {
      // Not reached or too slow: to be tried again, as Shopify does.
      return false;
    }
  }

  /** Resolves when nothing waits any more, retries included. */
  idle(): Promise<void> {
    return this.counts.pending === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** What was not taken yet, to be kept over a restart. */
  unsent(): Delivery[] {
    return [...this.#open].map((delivery) => ({ ...delivery }));
  }

  /** Goes on with what an earlier run had not delivered. */
  resume(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      const own = { ...delivery };
      this.counts.pending += 1;
      this.#open.add(own);
      this.#enqueue(own);
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#queue.length = 0;
  }
}
