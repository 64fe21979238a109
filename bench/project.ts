import { BATCH } from '../app/record/drain-inbox.server.ts';
import { drainInbox, verifyRecord } from '../app/record/index.server.ts';
import { webhookCatalogue } from '../app/jobs/webhook-catalogue.server.ts';
import { testPlatform, testShop, type TestScope } from '../tests/support/platform.ts';
import type { Bench, BenchRun } from './bench.ts';
import { inRounds, median, medianRatio } from './figures.ts';
import { orderBody } from './order-bodies.ts';
import { CHILD_TABLES, insertPlain, ORDER_TABLES, readPlain, ROLLUP_TABLES, withoutTriggers, type PlainTable } from './plain-rows.ts';
import type { BenchDatabase } from './server.ts';

const WARM = 400;

/**
 * Orders a second through the projection: an inbox full of `orders/create`, each of another order, drained by
 * `drainInbox` (read, parse, check, apply, add to the rollups, mark as applied; 400 events a transaction).
 *
 * Set-based SQL: every row that the projection leaves (orders, all that hangs on them, rollups and marks in their last
 * state) by INSERT … SELECT unnest, a statement a table, as many orders a transaction, into the same tables with
 * the same indexes; what goes in is ready-made.
 */
export const project: Bench = {
  about: 'orders a second from the inbox into the record',
  async run(run) {
    const count = run.quick ? 600 : 6_000;
    const full = await filledInbox(run, count);
    try {
      const tables = await written(run, full, count);
      const [orders, lines] = tables.map((table) => table.rows.length);
      run.progress(`${count} orders`);
      const rounds = await inRounds(run.quick ? 2 : 5, {
        ours: async () => count / (await drained(run, full, async ({ seconds }) => seconds)),
        // The rows of the warm-up go in as well, and count as well.
        limit: async () => (orders ?? 0) / (await inserted(run, tables)),
      });
      run.figure('ratio to set-based SQL', medianRatio(rounds), 'ratio');
      run.figure('orders', median(rounds.ours), 'orders/s');
      run.figure('orders, set-based SQL', median(rounds.limit), 'orders/s');
      run.figure('lines an order', (lines ?? 0) / (orders ?? 1), 'lines');
    } finally {
      await full.close();
    }
  },
};

const scopeOf = (database: BenchDatabase): Promise<TestScope> =>
  testShop(testPlatform(database), { currency: 'PLN', timezone: 'Europe/Warsaw' });

/** A database whose inbox holds the orders' webhooks; some others went through, so that nothing is met for the first time. */
async function filledInbox(run: BenchRun, count: number): Promise<BenchDatabase> {
  const database = await run.server.database();
  const scope = await scopeOf(database);
  const fill = (from: number, to: number): Promise<unknown> =>
    database.db.prisma.inboxEvent.createMany({
      data: Array.from({ length: to - from }, (_, at) => ({
        shopId: scope.shop.id,
        topic: 'orders/create',
        webhookId: `order-${from + at}`,
        triggeredAt: new Date('2026-11-20T10:00:00Z'),
        body: orderBody(from + at),
      })),
    });
  await fill(0, WARM);
  await drainInbox(scope, webhookCatalogue(), scope.shop);
  for (let from = WARM; from < WARM + count; from += 1_000) await fill(from, Math.min(from + 1_000, WARM + count));
  await database.db.pool.query('VACUUM ANALYZE');
  await database.leave();
  return database;
}

type Drained = { seconds: number; scope: TestScope };

/** Drains a copy of the inbox, and looks at it before it is dropped. */
async function drained<T>(run: BenchRun, full: BenchDatabase, look: (drained: Drained & { applied: number }) => Promise<T>): Promise<T> {
  const database = await run.server.database({ like: full });
  try {
    const scope = { ...testPlatform(database), shop: await database.db.prisma.shop.findFirstOrThrow() };
    await run.server.settle();
    const started = performance.now();
    const { applied, failed } = await drainInbox(scope, webhookCatalogue(), scope.shop);
    const seconds = (performance.now() - started) / 1_000;
    if (failed > 0) throw new Error(`${failed} orders failed`);
    return await look({ seconds, scope, applied });
  } finally {
    await database.close();
  }
}

/** Drains once, holds the record to its own proof, and gives every row that stands then. */
function written(run: BenchRun, full: BenchDatabase, count: number): Promise<PlainTable[]> {
  return drained(run, full, async ({ scope, applied }) => {
    if (applied !== count) throw new Error(`${applied} of ${count} orders were applied`);
    const [wrong] = await verifyRecord(scope, scope.shop, 1);
    if (wrong) throw new Error(`the rollup ${wrong.table} is not what the orders say`);
    return readPlain(scope.db.pool, [...ORDER_TABLES, ...CHILD_TABLES, ...ROLLUP_TABLES]);
  });
}

/** Seconds for the same rows, in batches of as many orders, by plain statements into an empty database. */
async function inserted(run: BenchRun, tables: readonly PlainTable[]): Promise<number> {
  const database = await run.server.database();
  try {
    await withoutTriggers(database.db.pool);
    await run.server.settle();
    const started = performance.now();
    await insertPlain(database.db.pool, tables, Math.ceil((tables[0]?.rows.length ?? 0) / BATCH));
    return (performance.now() - started) / 1_000;
  } finally {
    await database.close();
  }
}
