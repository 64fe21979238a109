import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../app/platform/migrate.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop } from '../support/platform.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

describe('the database', () => {
  it('is migrated once: applying again changes nothing', async () => {
    expect(await migrate(database.url)).toEqual([]);
  });

  it('keeps ids past 2^53 and money exactly', async () => {
    const scope = await testShop(testPlatform(database));
    const id = 820_982_911_946_154_508n;
    await database.db.forShop(scope.shop.id, (tx) =>
      tx.customerRollup.create({ data: { shopId: scope.shop.id, customerId: id, net: 9_007_199_254_740_993n } }),
    );
    const row = await database.db.prisma.customerRollup.findFirstOrThrow({ where: { shopId: scope.shop.id } });
    expect([row.customerId, row.net]).toEqual([id, 9_007_199_254_740_993n]);
  });

  it('binds a transaction to its shop', async () => {
    const rows = await database.db.forShop(
      7,
      (tx) => tx.$queryRaw<{ shop: string }[]>`SELECT current_setting('storebook.shop_id') AS shop`,
    );
    expect(rows).toEqual([{ shop: '7' }]);
  });
});
