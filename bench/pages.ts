import { systemClock } from '../app/platform/clock.server.ts';
import { listInventory, refreshAll } from '../app/forecast/index.server.ts';
import { reviewPages, saveTiers, listTiers } from '../app/loyalty/index.server.ts';
import { listCustomers, rebuildRollups, sealPlainCustomers } from '../app/record/index.server.ts';
import { testPlatform, testShop, type TestScope } from '../tests/support/platform.ts';
import type { Bench, BenchRun } from './bench.ts';
import { fillBigShop, type ShopSize } from './big-shop.ts';
import { inRounds, median, medianRatio, quantile } from './figures.ts';
import { measureRequests } from './page-requests.ts';
import { BENCH_KEYS } from './child.ts';
import type { BenchDatabase } from './server.ts';

const LEAST_LINES = 500_000;
const FULL: ShopSize = { customers: 40_000, products: 2_500, orders: 120_000 };
const QUICK: ShopSize = { customers: 1_000, products: 200, orders: 3_000 };
const LIMIT = 50;

/**
 * Milliseconds of the reads behind the Customers and the Inventory page at 500 thousand order lines, 40 thousand
 * customers and 5 thousand variants, as the pages' loaders call them: the first page, pages deep in the list, searches, and a filter.
 *
 * Limit: over the same pool with plain prepared statements, `SELECT 1` (a round trip) and then as many rows as ours
 * gave from the list's own index, in its order, without anything joined to them.
 *
 * The http figures are the whole request of a first page as the browser sends it (Remix's .data, a session token, gzip) to
 * the web process with the built admin; limit: Node's HTTP server that does the same bare statements and answers with as
 * many bytes.
 */
export const pages: Bench = {
  about: 'milliseconds for the Customers and Inventory pages',
  async run(run) {
    const database = await run.server.database();
    try {
      const scope = await bigShop(run, database);
      for (const view of await views(scope)) await measure(run, scope, view);
      const values = [scope.shop.id, LIMIT + 1];
      await measureRequests(run, { url: database.url, domain: scope.shop.domain }, [
        {
          name: 'customers-http',
          path: '/app/customers.data?_routes=routes/app.customers._index',
          word: 'Last',
          sql: BARE.customers,
          values,
        },
        {
          name: 'inventory-http',
          path: '/app/inventory.data?_routes=routes/app.inventory._index',
          word: 'Thing ',
          sql: BARE.inventory,
          values,
        },
      ]);
    } finally {
      await database.close();
    }
  },
};

async function bigShop(run: BenchRun, database: BenchDatabase): Promise<TestScope> {
  const scope = { ...(await testShop(testPlatform(database, { env: { ENCRYPTION_KEYS: BENCH_KEYS } }))), clock: systemClock };
  const lines = await fillBigShop(database.db.pool, scope.shop.id, run.quick ? QUICK : FULL);
  if (!run.quick && lines < LEAST_LINES) throw new Error(`only ${lines} order lines were made`);
  await sealPlainCustomers(scope, scope.shop.id);
  run.progress(`${lines} order lines; rebuilding the rollups`);
  await rebuildRollups(scope, scope.shop);
  run.progress('tiers and forecasts');
  await saveTiers(scope, [
    { name: 'Silver', threshold: 30_000n },
    { name: 'Gold', threshold: 150_000n },
  ]);
  await reviewPages(scope, scope.shop, 'rules');
  await refreshAll(scope, scope.shop);
  await database.db.pool.query('VACUUM ANALYZE');
  await run.server.settle();
  return scope;
}

/** A way to look at a page; `read` gives how many rows came. The n-th look is another place of the list, or another search. */
type View = { name: string; table: 'customers' | 'inventory'; read: (n: number) => Promise<number> };

async function views(scope: TestScope): Promise<View[]> {
  return [...(await customerViews(scope)), ...(await inventoryViews(scope))];
}

type CustomerLook = Partial<Pick<Parameters<typeof listCustomers>[1], 'search' | 'tierId' | 'cursor'>>;

async function customerViews(scope: TestScope): Promise<View[]> {
  const places = await scope.db.pool.query<{ value: string; id: string }>(
    `SELECT net::text AS value, customer_id::text AS id FROM customer_rollups WHERE shop_id = $1 ORDER BY net DESC, customer_id DESC`,
    [scope.shop.id],
  );
  const read = async (look: CustomerLook): Promise<number> => {
    const page = await listCustomers(scope, { search: '', tierId: null, sort: 'net', cursor: null, limit: LIMIT, ...look });
    await listTiers(scope);
    return page.rows.length;
  };
  const tiers = await listTiers(scope);
  const gold = tiers.at(-1)?.id ?? 0;
  return [
    { name: 'customers-first', table: 'customers', read: () => read({}) },
    { name: 'customers-deep', table: 'customers', read: (n) => read({ cursor: { way: 'after', at: deep(places.rows, n) } }) },
    { name: 'customers-search', table: 'customers', read: (n) => read({ search: `Last${(n * 37) % 200}` }) },
    { name: 'customers-filter', table: 'customers', read: () => read({ tierId: gold }) },
  ];
}

type InventoryLook = Partial<Pick<Parameters<typeof listInventory>[1], 'search' | 'status' | 'cursor'>>;

async function inventoryViews(scope: TestScope): Promise<View[]> {
  const places = await scope.db.pool.query<{ value: string | null; id: string }>(
    `SELECT reorder_by::text AS value, variant_id::text AS id FROM variant_forecasts WHERE shop_id = $1 ORDER BY reorder_by, variant_id`,
    [scope.shop.id],
  );
  const read = async (look: InventoryLook): Promise<number> =>
    (await listInventory(scope, { search: '', status: null, sort: 'reorder', cursor: null, limit: LIMIT, ...look })).rows.length;
  return [
    { name: 'inventory-first', table: 'inventory', read: () => read({}) },
    { name: 'inventory-deep', table: 'inventory', read: (n) => read({ cursor: { way: 'after', at: deep(places.rows, n) } }) },
    { name: 'inventory-search', table: 'inventory', read: (n) => read({ search: `Thing ${10 + ((n * 7) % 90)}` }) },
    { name: 'inventory-filter', table: 'inventory', read: () => read({ status: 'soon' }) },
  ];
}

/** A place between the middle and nine tenths of the list. */
function deep<Place>(places: readonly Place[], n: number): Place {
  const place = places[Math.floor(places.length * (0.5 + ((n * 0.137) % 0.4)))];
  if (place === undefined) throw new Error('the list is empty');
  return place;
}

const BARE: Readonly<Record<View['table'], string>> = {
  customers:
    'SELECT customer_id, orders, net, last_order_at FROM customer_rollups WHERE shop_id = $1 ORDER BY net DESC, customer_id DESC LIMIT $2',
  inventory:
    'SELECT variant_id, available, sold28, next28, reorder_by, status FROM variant_forecasts WHERE shop_id = $1 ORDER BY reorder_by, variant_id LIMIT $2',
};

async function measure(run: BenchRun, scope: TestScope, view: View): Promise<void> {
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };
  const { pool } = scope.db;
  const bare = async (rows: number): Promise<void> => {
    await pool.query({ name: 'one', text: 'SELECT 1' });
    await pool.query({ name: view.table, text: BARE[view.table], values: [scope.shop.id, rows] });
  };
  const expected = await view.read(0);
  if (expected === 0) throw new Error(`${view.name} shows no rows`);
  let look = 0;
  const sides = {
    ours: () => timed(async () => view.read((look += 1))),
    limit: () => timed(async () => bare(expected)),
  };
  await inRounds(run.quick ? 2 : 10, sides);
  const rounds = await inRounds(run.quick ? 10 : 100, sides);
  run.figure(`${view.name}-p50`, median(rounds.ours), 'ms');
  run.figure(`${view.name}-p95`, quantile(rounds.ours, 0.95), 'ms');
  run.figure(`${view.name}-limit-p50`, median(rounds.limit), 'ms');
  run.figure(`${view.name}-ratio`, medianRatio(rounds), 'value/limit');
}
