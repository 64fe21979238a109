import { afterEach, describe, expect, it } from 'vitest';
import type { Db } from '../platform/db.server.ts';
import type { ShopRef } from '../platform/context.server.ts';
import { parseEnv } from '../platform/env.server.ts';
import { createLogger } from '../platform/logger.server.ts';
import { serveDoor } from '../../tests/support/signed-webhook.ts';
import { webhookDoor } from './webhook-door.server.ts';

const DOMAIN = 'corner-shop.myshopify.com';
const SHOP: ShopRef = { id: 1, domain: DOMAIN, currency: 'GBP', timezone: 'Europe/London' };
const env = parseEnv({ DATABASE_URL: 'postgres://nowhere/none' });

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

/** A door whose question for the shop is answered by hand: `answers` in the order of the questions. */
async function doorWith(shops: { domain?: string }[] = []) {
  const answers: ((shop: ShopRef | null) => void)[] = [];
  let rows = 0;
  const db = { pool: { query: async (query: { values: unknown[][] }) => (rows += query.values[0]?.length ?? 0) } } as unknown as Db;
  const door = await serveDoor(
    webhookDoor(
      { db, env, log: createLogger({ level: 'silent', service: 'test' }) },
      {
        topics: new Set(['orders/create']),
        fineUnknown: new Set(),
        shopByDomain: () => new Promise((resolve) => answers.push(resolve)),
        wake: async () => undefined,
        count: () => undefined,
      },
    ),
  );
  close = () => door.close();
  const sent = shops.map(({ domain }) =>
    door.send({ topic: 'orders/create', body: '{}', shop: domain ?? DOMAIN, secret: env.SHOPIFY_API_SECRET }),
  );
  return {
    answers,
    sent,
    rows: () => rows,
    send: () => door.send({ topic: 'orders/create', body: '{}', shop: DOMAIN, secret: env.SHOPIFY_API_SECRET }),
  };
}

/** Waits until so many questions were asked and, for a while, no more came. */
async function questions(answers: readonly unknown[], count: number): Promise<void> {
  await expect.poll(() => answers.length).toBe(count);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(answers).toHaveLength(count);
}

describe('the door asks which shop a webhook is of', () => {
  it('once for all that wait for the answer, and anew when it has come', async () => {
    const door = await doorWith(Array.from({ length: 12 }, () => ({})));
    await questions(door.answers, 1);
    door.answers[0]?.(SHOP);
    expect(await Promise.all(door.sent)).toEqual(Array.from({ length: 12 }, () => 200));
    expect(door.rows()).toBe(12);
    const later = door.send();
    await questions(door.answers, 2);
    door.answers[1]?.(null);
    expect(await later).toBe(404);
  });

  it('for each shop on its own', async () => {
    const door = await doorWith([{}, { domain: 'other-shop.myshopify.com' }]);
    await questions(door.answers, 2);
    door.answers.forEach((answer) => answer(SHOP));
    expect(await Promise.all(door.sent)).toEqual([200, 200]);
  });

  it('again for those who shared the answer that there is none: the installation may have landed since', async () => {
    const door = await doorWith([{}, {}]);
    await questions(door.answers, 1);
    door.answers[0]?.(null);
    await questions(door.answers, 2);
    door.answers[1]?.(SHOP);
    expect((await Promise.all(door.sent)).toSorted((a, b) => a - b)).toEqual([200, 404]);
  });
});
