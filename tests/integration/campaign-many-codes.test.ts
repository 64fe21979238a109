import { afterAll, beforeAll, expect, it } from 'vitest';
import { continueCampaigns } from '../../app/campaigns/create-codes.server.ts';
import { createCampaign } from '../../app/campaigns/index.server.ts';
import type { AdminClient } from '../../app/shopify/index.server.ts';
import { seeded } from '../../sandbox/random.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';

const CUSTOMERS = 20_000;
const NOW = new Date('2026-11-20T12:00:00Z');
let database: TestDatabase;
let shop: SandboxShop;
beforeAll(async () => {
  database = await testDatabase();
  shop = await sandboxShop(database, { now: NOW, restoreRate: 1_000_000 });
});
afterAll(async () => {
  await shop.close();
  await database.close();
});

it(
  'of 20,000 codes, killed six times in the midst, before or after the store did its work: no customer has two, none is without',
  { timeout: 300_000 },
  async () => {
    const { platform, scope } = shop;
    await database.db.pool.query(
      `INSERT INTO customers (shop_id, id, tags, updated_at) SELECT $1, n, '{}', now() FROM generate_series(1, ${CUSTOMERS}) AS n`,
      [scope.shop.id],
    );
    const made = await createCampaign(scope, {
      name: 'Everybody',
      audience: [],
      offers: [{ value: { kind: 'percent', percent: 10 }, minimum: null }],
      holdOut: 0,
      startsAt: NOW,
      endsAt: new Date(NOW.getTime() + 10 * 86_400_000),
      agreed: ['below-floor'],
    });
    if (made.kind !== 'ok') throw new Error(JSON.stringify(made));
    const random = seeded(7);
    const dying = (): AdminClient => {
      let left = 3 + Math.floor(random.next() * 25);
      const isAfter = random.next() < 0.5;
      return {
        ...scope.admin,
        run: (async (...call: Parameters<AdminClient['run']>) => {
          left -= 1;
          if (left === 0 && !isAfter) throw new Error('killed');
          const outcome = await scope.admin.run(...call);
          if (left === 0) throw new Error('killed');
          return outcome;
        }) as AdminClient['run'],
      };
    };
    for (let kill = 0; kill < 6; kill += 1)
      await expect(continueCampaigns(platform, scope.shop, { client: dying() })).rejects.toThrow('killed');
    const midway = await database.db.prisma.campaignCode.count({ where: { shopId: scope.shop.id, status: 'added' } });
    expect(midway).toBeGreaterThan(0);
    expect(midway).toBeLessThan(CUSTOMERS);
    await continueCampaigns(platform, scope.shop, { client: scope.admin });
    const rows = await database.db.prisma.campaignCode.findMany({
      where: { shopId: scope.shop.id },
      select: { code: true, customerId: true, status: true },
    });
    expect([rows.length, new Set(rows.map(({ customerId }) => customerId)).size]).toEqual([CUSTOMERS, CUSTOMERS]);
    expect(rows.every(({ status }) => status === 'added')).toBe(true);
    const held = [...shop.sandbox.shop(TINY_DOMAIN).store.codes.keys()].toSorted();
    expect(held).toEqual(rows.map(({ code }) => code.toUpperCase()).toSorted());
  },
);
