import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

describe('a transaction of a shop', () => {
  test('holds Prisma and plain statements on one connection', async () => {
    const { db } = database;
    await db.forShop(7, async (tx) => {
      await tx.shopSetting.create({ data: { shopId: 7, key: 'k', value: 1, updatedAt: new Date() } });
      const [row] = await tx.sql.rows<{ shop: string; rows: bigint; day: Date }>({
        text: `SELECT current_setting('storebook.shop_id') AS shop, count(*) AS rows, DATE '2026-02-03' AS day FROM shop_settings`,
      });
      expect(row).toEqual({ shop: '7', rows: 1n, day: new Date('2026-02-03T00:00:00Z') });
      expect(await tx.sql.run({ text: 'UPDATE shop_settings SET value = $1' }, ['2'])).toBe(1);
    });
    expect(await db.prisma.shopSetting.findMany({ select: { value: true } })).toEqual([{ value: 2 }]);
  });

  test('lands whole or not at all, whichever way it was written', async () => {
    const { db } = database;
    const failing = db.forShop(8, async (tx) => {
      await tx.sql.run({ text: `INSERT INTO shop_settings VALUES (8, 'plain', '1', now())` });
      await tx.shopSetting.create({ data: { shopId: 8, key: 'prisma', value: 1, updatedAt: new Date() } });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await db.prisma.shopSetting.count({ where: { shopId: 8 } })).toBe(0);
  });

  test('keeps apart what runs at the same time and what is opened inside', async () => {
    const { db } = database;
    const shopOf = async (id: number): Promise<string | undefined> =>
      db.forShop(id, async (tx) => {
        const inner = await db.forShop(
          id + 100,
          async (other) =>
            (await other.sql.rows<{ shop: string }>({ text: `SELECT current_setting('storebook.shop_id') AS shop` }))[0]?.shop,
        );
        const [row] = await tx.sql.rows<{ shop: string }>({ text: `SELECT current_setting('storebook.shop_id') AS shop` });
        return `${row?.shop} ${inner}`;
      });
    expect(await Promise.all([1, 2].map(shopOf))).toEqual(['1 101', '2 102']);
  });
});

describe('a connection that the server ends while it is held', () => {
  type Held = { rows<Row extends object>(statement: { text: string }): Promise<Row[]> };
  /** Ends the connection and waits until the news has come, with nothing under way that would hear it. */
  const lose = async (sql: Held): Promise<unknown> => {
    const [row] = await sql.rows<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid' });
    await database.db.pool.query('SELECT pg_terminate_backend($1)', [row?.pid]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return sql.rows({ text: 'SELECT 1' });
  };

  test('fails the next statement of who holds it, and ends no process', async () => {
    const { db } = database;
    await expect(db.withConnection(lose)).rejects.toThrow(/./);
    await expect(db.forShop(7, (tx) => lose(tx.sql))).rejects.toThrow(/./);
    // The pool gives others out from then on.
    expect(await db.withConnection((sql) => sql.rows({ text: 'SELECT 1 AS one' }))).toEqual([{ one: 1 }]);
  });
});
