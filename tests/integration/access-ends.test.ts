import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { authenticateAdmin } from '../../app/entry/authenticate.server.ts';
import { createServices, type Services } from '../../app/entry/services.server.ts';
import { webhookCatalogue } from '../../app/jobs/webhook-catalogue.server.ts';
import { parseEnv } from '../../app/platform/env.server.ts';
import { PRIVACY_TOPICS } from '../../app/privacy/index.server.ts';
import { webhookDoor } from '../../app/record/index.server.ts';
import { createShopifyApp, enqueueOutbox } from '../../app/shopify/index.server.ts';
import { SHOP_DETAILS } from '../../app/shopify/shop.shopify.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';
import { serveDoor } from '../support/signed-webhook.ts';

let database: TestDatabase;
let shop: SandboxShop;
let services: Services;
let door: Awaited<ReturnType<typeof serveDoor>>;
let installed = 0;

beforeAll(async () => {
  database = await testDatabase();
  // Shopify's library looks at the true clock when it checks a session token.
  shop = await sandboxShop(database, { now: new Date() });
  services = await createServices(
    parseEnv({ NODE_ENV: 'test', DATABASE_URL: database.url, SANDBOX_URL: shop.sandbox.url, LOG_LEVEL: 'silent' }),
    'test',
  );
  door = await serveDoor(
    webhookDoor(services.platform, {
      topics: new Set(webhookCatalogue().byTopic.keys()),
      fineUnknown: PRIVACY_TOPICS,
      wake: async () => undefined,
      count: () => undefined,
    }),
  );
});
afterAll(async () => {
  await door?.close();
  await services?.close();
  await shop?.close();
  await database.close();
});

const run = async (name: string, payload: object): Promise<void> => {
  const job = services.jobs.find((candidate) => candidate.definition.name === name);
  if (!job) throw new Error(`no job ${name}`);
  await job.run(payload);
};
const sandbox = async (path: string, body: object) =>
  fetch(`${shop.sandbox.url}/sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ shop: TINY_DOMAIN, ...body }),
  });
const idToken = async (): Promise<string> => {
  const answer: unknown = await (await fetch(`${shop.sandbox.url}/sandbox/id-token?shop=${TINY_DOMAIN}`)).json();
  return z.object({ token: z.string() }).parse(answer).token;
};
/** Asks for a page of the admin as App Bridge does. @returns the shop of the session, or the status of Shopify's answer. */
async function enter(token: string): Promise<string | number> {
  const install = async (): Promise<void> => void (installed += 1);
  const shopify = createShopifyApp(services.platform, install);
  const request = new Request(`${services.platform.env.APP_URL}/app/customers`, { headers: { authorization: `Bearer ${token}` } });
  try {
    return (await authenticateAdmin(request, { services, shopify, install })).shop.domain;
  } catch (answer) {
    if (answer instanceof Response) return answer.status;
    throw answer;
  }
}

it('an uninstall ends all access at once: pages, tokens, calls and jobs', async () => {
  const { scope } = shop;
  const shopId = scope.shop.id;
  // A token of a page that was open all along, good for another minute.
  const token = await idToken();
  const uninstalledAt = new Date(Date.now() + 1_000);
  expect(await enter(token)).toBe(TINY_DOMAIN);
  expect((await services.admin.run(scope.shop, SHOP_DETAILS, {})).kind).toBe('ok');
  await scope.db.forShop(shopId, (tx) =>
    enqueueOutbox(tx, shopId, [{ kind: 'loyalty.metafields', entity: 'customer/1', idempotencyKey: 'k', payload: {} }]),
  );

  await sandbox('uninstall', {});
  const told = { topic: 'app/uninstalled', body: '{}', shop: TINY_DOMAIN, secret: scope.env.SHOPIFY_API_SECRET };
  expect(await door.send({ ...told, headers: { 'x-shopify-triggered-at': uninstalledAt.toISOString() } })).toBe(200);
  await run('record.drain-inbox', { shopId });

  expect(await database.db.prisma.session.count()).toBe(0);
  expect(await services.scopeOf(TINY_DOMAIN)).toBeNull();
  expect(await services.admin.run(scope.shop, SHOP_DETAILS, {})).toEqual({ kind: 'shop-gone', status: 401 });
  expect(await enter(token)).toBe(401);
  expect([await database.db.prisma.session.count(), installed]).toEqual([0, 0]);
  // Jobs that were in line find nothing to do: no message leaves, no row is asked for or written.
  const rows = async () => [
    await database.db.prisma.outboxMessage.findMany({ where: { shopId } }),
    await database.db.prisma.backfill.findMany({ where: { shopId } }),
    await database.db.prisma.reconcileMark.findMany({ where: { shopId } }),
    await database.db.prisma.auditEntry.count({ where: { shopId } }),
  ];
  const before = await rows();
  for (const { definition } of services.jobs) {
    const payload = definition.schema.safeParse({ shopId });
    if (payload.success && !definition.name.startsWith('privacy.')) await run(definition.name, { shopId });
  }
  expect(await rows()).toEqual(before);
  // The door goes on taking what the law sends after it, and says nothing else of the shop.
  expect(await door.send({ ...told, topic: 'customers/redact', body: '{"customer":{"id":1},"orders_to_redact":[]}' })).toBe(200);
});

describe('a job in line', () => {
  it('carries ids and no word about anybody: whatever is put into it, that is all that stays', () => {
    const person = { email: 'ada@example.com', phone: '+44', customer: { first_name: 'Ada' }, body: '{}', name: 'Ada' };
    expect(services.jobs.length).toBeGreaterThan(15);
    for (const { definition } of services.jobs) {
      for (const payload of [{ shopId: 1, watch: true, ...person }, person]) {
        const kept = definition.schema.safeParse(payload);
        // Refused, or cut down to numbers and switches.
        const values = kept.success ? Object.values(z.record(z.string(), z.unknown()).parse(kept.data)) : [];
        expect({ job: definition.name, words: values.filter((value) => typeof value !== 'number' && typeof value !== 'boolean') }).toEqual({
          job: definition.name,
          words: [],
        });
      }
    }
  });
});
