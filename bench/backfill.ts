import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Session } from '@shopify/shopify-api';
import { KINDS } from '../app/record/backfill.store.server.ts';
import { runBackfill, verifyRecord } from '../app/record/index.server.ts';
import { createAdminClient } from '../app/shopify/index.server.ts';
import { sessionStorage } from '../app/shopify/session.store.server.ts';
import { testPlatform, testShop, type TestScope } from '../tests/support/platform.ts';
import type { Bench, BenchRun } from './bench.ts';
import { writeBulkFile } from './bulk-file.ts';
import { startBulkStore, type BulkStore } from './bulk-store.ts';
import { inRounds, median, medianRatio } from './figures.ts';
import { CHILD_TABLES, ORDER_TABLES, ROLLUP_TABLES } from './plain-rows.ts';

const TABLES = [...ORDER_TABLES, ...CHILD_TABLES, ...ROLLUP_TABLES];

/**
 * Orders a second of the first import: `runBackfill` downloads the orders' bulk export from a store on this machine and
 * puts it into an empty record (stream, parse, check, apply, add to the rollups; 500 orders a transaction).
 *
 * Limit: the same file read and JSON.parse'd line by line, then COPY (from files on the server's own disk) of every row
 * that the import left, into the same tables with the same indexes, in one transaction.
 */
export const backfill: Bench = {
  about: 'orders a second of the first import',
  async run(run) {
    const orders = run.quick ? 1_000 : 12_000;
    const file = path.join(path.dirname(run.server.folder), 'orders.jsonl');
    const lines = await writeBulkFile(file, orders);
    const size = fs.statSync(file).size / 1e6;
    run.progress(`${orders} orders in ${lines} lines, ${size.toFixed(0)} MB`);
    const store = await startBulkStore({ file, lines });
    try {
      const orderLines = await imported(run, { store, orders }, (done) => keepRows(run, done.scope));
      const rounds = await inRounds(run.quick ? 2 : 3, {
        ours: async () => orders / (await imported(run, { store, orders }, async ({ seconds }) => seconds)),
        limit: async () => orders / (await copied(run, { file, lines })),
      });
      const value = median(rounds.ours);
      run.figure('orders', value, 'orders/s');
      run.figure('orders-limit', median(rounds.limit), 'orders/s');
      run.figure('orders-ratio', medianRatio(rounds), 'value/limit');
      run.figure('lines', (value * orderLines) / orders, 'lines/s');
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

type Imported = { seconds: number; scope: TestScope };

async function imported<T>(
  run: BenchRun,
  { store, orders }: { store: BulkStore; orders: number },
  look: (imported: Imported) => Promise<T>,
): Promise<T> {
  const database = await run.server.database();
  try {
    const scope = await readyShop(testPlatform(database, { env: { SANDBOX_URL: store.url } }));
    await run.server.settle();
    const started = performance.now();
    await runBackfill(scope, { client: createAdminClient(scope) }, scope.shop);
    const seconds = (performance.now() - started) / 1_000;
    const count = await scope.db.prisma.order.count();
    if (count !== orders) throw new Error(`${count} of ${orders} orders were imported`);
    return await look({ seconds, scope });
  } finally {
    await database.close();
  }
}

const rowFile = (run: BenchRun, table: string): string => path.join(run.server.folder, `bench-${table}.copy`);

/** Holds the record to its own proof and keeps its rows for the limit. @returns how many lines the orders have. */
async function keepRows(run: BenchRun, scope: TestScope): Promise<number> {
  const [wrong] = await verifyRecord(scope, scope.shop, 1);
  if (wrong) throw new Error(`the rollup ${wrong.table} is not what the orders say`);
  for (const table of TABLES) await scope.db.pool.query(`COPY ${table} TO '${rowFile(run, table)}'`);
  return scope.db.prisma.orderLine.count();
}

async function copied(run: BenchRun, { file, lines }: { file: string; lines: number }): Promise<number> {
  const database = await run.server.database();
  try {
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
