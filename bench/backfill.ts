import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Session } from '@shopify/shopify-api';
import { KINDS } from '../app/record/backfill.store.server.ts';
import { verifyRecord } from '../app/record/index.server.ts';
import { sessionStorage } from '../app/shopify/session.store.server.ts';
import { testPlatform, testShop, type TestScope } from '../tests/support/platform.ts';
import { importInChild, type ImportResult } from './backfill-child.ts';
import type { Bench, BenchRun } from './bench.ts';
import { writeBulkFile } from './bulk-file.ts';
import { startBulkStore, type BulkStore } from './bulk-store.ts';
import { inRounds, median, medianRatio } from './figures.ts';
import { CHILD_TABLES, ORDER_TABLES, ROLLUP_TABLES, withoutTriggers } from './plain-rows.ts';

const TABLES = [...ORDER_TABLES, ...CHILD_TABLES, ...ROLLUP_TABLES];
/** Deriving all rollups anew takes as long as the import; past this size the sums alone are compared. */
const VERIFIED_UP_TO = 100_000;

/**
 * Orders a second of the first import: `runBackfill`, in a process of its own, downloads the orders' bulk export from a
 * store on this machine and puts it into an empty record (stream, parse, check, apply, add to the rollups; 400 orders a
 * transaction). 20,000 orders of three lines each; `--orders 1000000` for the size of a large shop.
 *
 * Parse and COPY: the same file read and JSON.parse'd line by line, then COPY (from files on the server's own disk) of
 * every row that the import left, into the same tables with the same keys and indexes, in one transaction.
 */
export const backfill: Bench = {
  about: 'orders a second of the first import',
  async run(run) {
    const orders = run.orders ?? (run.quick ? 2_000 : 20_000);
    const file = path.join(path.dirname(run.server.folder), 'orders.jsonl');
    const lines = await writeBulkFile(file, orders);
    run.progress(`${orders} orders in ${lines} lines, ${(fs.statSync(file).size / 1e6).toFixed(0)} MB`);
    const store = await startBulkStore({ file, lines });
    try {
      const first = await imported(run, { store, orders }, (scope) => keepRows(run, scope, orders));
      const count = orders >= 200_000 ? 1 : run.quick ? 2 : 3;
      const results: ImportResult[] = [first];
      const rounds = await inRounds(count, {
        ours: async () => {
          const result = await imported(run, { store, orders }, async () => undefined);
          results.push(result);
          return orders / result.seconds;
        },
        limit: async () => orders / (await copied(run, { file, lines })),
      });
      run.figure('ratio to parse and COPY', medianRatio(rounds), 'ratio');
      run.figure('peak resident memory', Math.max(...results.map((result) => result.peakBytes)) / 1e6, 'MB');
      run.figure('orders', median(rounds.ours), 'orders/s');
      run.figure('orders, parse and COPY', median(rounds.limit), 'orders/s');
    } finally {
      await store.stop();
      fs.rmSync(file, { force: true });
    }
  },
};

/** A shop whose token has come and whose orders alone are still to be imported. */
async function readyShop(platform: ReturnType<typeof testPlatform>): Promise<TestScope> {
  const scope = await testShop(platform, { currency: 'PLN', timezone: 'Europe/Warsaw' });
  const { domain } = scope.shop;
  const token = { id: `offline_${domain}`, shop: domain, state: '', isOnline: false, accessToken: 'token', scope: '' };
  await sessionStorage(platform).storeSession(new Session(token));
  await platform.db.prisma.backfill.createMany({
    data: KINDS.map((kind, position) => ({ shopId: scope.shop.id, kind, position, status: kind === 'orders' ? 'waiting' : 'done' })),
  });
  return scope;
}

async function imported(
  run: BenchRun,
  { store, orders }: { store: BulkStore; orders: number },
  look: (scope: TestScope) => Promise<void>,
): Promise<ImportResult> {
  const database = await run.server.database();
  try {
    const scope = await readyShop(testPlatform(database));
    await run.server.settle();
    const result = await importInChild({ databaseUrl: database.url, storeUrl: store.url, shop: scope.shop.domain });
    const count = await scope.db.prisma.order.count();
    if (count !== orders) throw new Error(`${count} of ${orders} orders were imported`);
    await look(scope);
    return result;
  } finally {
    await database.close();
  }
}

const rowFile = (run: BenchRun, table: string): string => path.join(run.server.folder, `bench-${table}.copy`);

/** Holds the record to its own proof and keeps its rows for the limit. */
async function keepRows(run: BenchRun, scope: TestScope, orders: number): Promise<void> {
  if (orders <= VERIFIED_UP_TO) {
    const [wrong] = await verifyRecord(scope, scope.shop, 1);
    if (wrong) throw new Error(`the rollup ${wrong.table} is not what the orders say`);
  }
  const { rows } = await scope.db.pool.query<{ same: boolean }>(
    `SELECT (SELECT sum(net) FROM orders) = (SELECT sum(net) FROM day_channel_rollups)
       AND (SELECT sum(quantity) FROM order_lines) = (SELECT sum(units) FROM day_product_rollups) AS same`,
  );
  if (!rows[0]?.same) throw new Error('the rollups do not add up to the orders');
  for (const table of TABLES) await scope.db.pool.query(`COPY ${table} TO '${rowFile(run, table)}'`);
}

async function copied(run: BenchRun, { file, lines }: { file: string; lines: number }): Promise<number> {
  const database = await run.server.database();
  try {
    await withoutTriggers(database.db.pool);
    const client = await database.db.pool.connect();
    await run.server.settle();
    const started = performance.now();
    let parsed = 0;
    for await (const line of createInterface({ input: fs.createReadStream(file) })) if (JSON.parse(line)) parsed += 1;
    if (parsed !== lines) throw new Error(`${parsed} of ${lines} lines were read`);
    await client.query('BEGIN');
    for (const table of TABLES) await client.query(`COPY ${table} FROM '${rowFile(run, table)}'`);
    await client.query('COMMIT');
    client.release();
    return (performance.now() - started) / 1_000;
  } finally {
    await database.close();
  }
}
