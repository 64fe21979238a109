import { afterEach, describe, expect, it } from 'vitest';
import { receiveWebhooks, SECRET } from '../../tests/support/tiny-store.ts';
import { Deliveries } from './deliveries.ts';

const SHOP = 'tiny-store.myshopify.com';
const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0)) await end();
});

async function between(answer?: Parameters<typeof receiveWebhooks>[0]) {
  const app = await receiveWebhooks(answer);
  const deliveries = new Deliveries({ url: app.url, secret: () => SECRET, retryScaleMs: 1, apiVersion: '2026-07' });
  cleanup.push(
    () => deliveries.close(),
    () => app.close(),
  );
  const send = (...topics: string[]): void =>
    deliveries.send(
      SHOP,
      topics.map((topic, at) => ({ topic, body: `{"id":12345678901234567${at}}` })),
      new Date(0),
    );
  return { app, deliveries, send };
}

describe('deliveries', () => {
  it('are signed over their bytes; topics of one action share an event id', async () => {
    const { app, deliveries, send } = await between();
    send('orders/create', 'orders/paid');
    await deliveries.idle();
    expect(app.received.every((one) => one.signed && one.shop === SHOP)).toBe(true);
    expect(app.received.map((one) => one.body).toSorted()).toEqual(['{"id":123456789012345670}', '{"id":123456789012345671}']);
    expect(new Set(app.received.map((one) => one.eventId)).size).toBe(1);
    expect(new Set(app.received.map((one) => one.webhookId)).size).toBe(2);
  });

  it('are tried again with the same id and body until they are taken', async () => {
    const { app, deliveries, send } = await between((_one, count) => (count < 4 ? 500 : 200));
    send('orders/create');
    await deliveries.idle();
    expect(app.received).toHaveLength(4);
    expect(new Set(app.received.map((one) => `${one.webhookId} ${one.body}`)).size).toBe(1);
    expect(deliveries.counts).toMatchObject({ sent: 4, ok: 1, failed: 0, pending: 0 });
  });

  it('take a redirect for a failure, and are given up after eight more tries', async () => {
    const { app, deliveries, send } = await between(() => 302);
    send('orders/create');
    await deliveries.idle();
    expect(app.received).toHaveLength(9);
    expect(deliveries.counts).toMatchObject({ ok: 0, failed: 1, pending: 0 });
  });

  it('are doubled, dropped and shuffled as chaos is set, the same way for the same seed', async () => {
    const run = async (): Promise<string[]> => {
      const { app, deliveries, send } = await between();
      deliveries.chaos = { duplicate: 0.3, drop: 0.2, shuffle: true, delayMs: [0, 0] };
      deliveries.seed(7);
      for (let at = 0; at < 100; at += 1) send(`topic/${at}`);
      await deliveries.idle();
      const { dropped, duplicates } = deliveries.counts;
      expect(app.received).toHaveLength(100 - dropped + duplicates);
      expect(dropped).toBeGreaterThan(5);
      expect(duplicates).toBeGreaterThan(10);
      // A double is the same delivery: the same id, so that the app can tell.
      expect(new Set(app.received.map((one) => one.webhookId)).size).toBe(100 - dropped);
      return app.topics().toSorted();
    };
    expect(await run()).toEqual(await run());
  });

  it('that wait go on after a restart, with their ids and tries', async () => {
    const { app, deliveries, send } = await between(() => 500);
    send('orders/create');
    while (app.received.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    deliveries.close();
    const [left] = deliveries.unsent();
    expect(left?.tries).toBeGreaterThanOrEqual(1);
    const second = await between();
    second.deliveries.resume(deliveries.unsent());
    await second.deliveries.idle();
    expect(second.app.received.map((one) => one.webhookId)).toEqual([app.received[0]?.webhookId]);
  });
});
