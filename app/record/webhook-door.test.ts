import { afterEach, describe, expect, it } from 'vitest';
import type { Db } from '../platform/db.server.ts';
import { parseEnv } from '../platform/env.server.ts';
import { createLogger } from '../platform/logger.server.ts';
import { serveDoor } from '../../tests/support/signed-webhook.ts';
import { webhookDoor } from './webhook-door.server.ts';

const DOMAIN = 'corner-shop.myshopify.com';
const env = parseEnv({ DATABASE_URL: 'postgres://nowhere/none' });

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

type Write = { domains: string[]; answer: (ids: (number | null)[]) => void; fail: (error: Error) => void };

/** A door whose writes are answered by hand, in the order in which they came. */
async function doorWith() {
  const writes: Write[] = [];
  const woken: number[] = [];
  const across = {
    rows: (_statement: unknown, values: readonly string[]) =>
      new Promise((resolve, reject) =>
        writes.push({
          domains: (values[0] ?? '').slice(2, -2).split('","'),
          answer: (ids) => resolve([{ ids }]),
          fail: reject,
        }),
      ),
  };
  const door = await serveDoor(
    webhookDoor(
      { db: { across } as unknown as Db, env, log: createLogger({ level: 'silent', service: 'test' }) },
      {
        topics: new Set(['orders/create', 'shop/redact']),
        fineUnknown: new Set(['shop/redact']),
        wake: async (ids) => void woken.push(...ids),
        count: () => undefined,
      },
    ),
  );
  close = () => door.close();
  const send = (shop = DOMAIN, topic = 'orders/create') => door.send({ topic, body: '{}', shop, secret: env.SHOPIFY_API_SECRET });
  return { writes, woken, send };
}

describe('the door writes', () => {
  it('at most two statements at a time; what comes meanwhile goes together with the next', async () => {
    const { writes, send, woken } = await doorWith();
    const first = send();
    await expect.poll(() => writes.length).toBe(1);
    const second = send();
    await expect.poll(() => writes.length).toBe(2);
    const more = Array.from({ length: 9 }, () => send());
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(writes).toHaveLength(2);
    writes[0]?.answer([7]);
    expect(await first).toBe(200);
    await expect.poll(() => writes.length).toBe(3);
    expect(writes[2]?.domains).toHaveLength(9);
    writes[1]?.answer([7]);
    writes[2]?.answer(Array.from({ length: 9 }, () => 7));
    expect(await Promise.all([second, ...more])).toEqual(Array.from({ length: 10 }, () => 200));
    expect(new Set(woken)).toEqual(new Set([7]));
  });

  it('and answers each of a group by its own shop', async () => {
    const { writes, send } = await doorWith();
    const [one, two] = [send(), send()];
    await expect.poll(() => writes.reduce((count, write) => count + write.domains.length, 0)).toBe(2);
    const more = [send('stranger.myshopify.com'), send('other.myshopify.com'), send('stranger.myshopify.com', 'shop/redact')];
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const write of writes) write.answer(write.domains.map((domain) => (domain === 'stranger.myshopify.com' ? null : 1)));
    await expect.poll(() => writes.at(-1)?.domains.includes('stranger.myshopify.com')).toBe(true);
    for (const write of writes) write.answer(write.domains.map((domain) => (domain === 'stranger.myshopify.com' ? null : 1)));
    expect(await Promise.all([one, two, ...more])).toEqual([200, 200, 404, 200, 200]);
  });

  it('nothing that it cannot: a failing write is a 503 for all of its group', async () => {
    const { writes, send } = await doorWith();
    const sent = send();
    await expect.poll(() => writes.length).toBe(1);
    writes[0]?.fail(new Error('the database is away'));
    expect(await sent).toBe(503);
  });

  it('and answers 503 within the time that Shopify waits when the database hangs, also to those in line', async () => {
    const { writes, send } = await doorWith();
    const hanging = [send(), send()];
    await expect.poll(() => writes.reduce((count, write) => count + write.domains.length, 0)).toBe(2);
    const behind = [send(), send()];
    expect(await Promise.all([...hanging, ...behind])).toEqual([503, 503, 503, 503]);
  });
});
