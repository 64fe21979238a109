import { systemClock } from '../app/platform/clock.server.ts';
import { webhookCatalogue } from '../app/jobs/webhook-catalogue.server.ts';
import { listInventory, refreshAll } from '../app/forecast/index.server.ts';
import { drainInbox, homePage, listCustomers, sealPlainCustomers, verifyRecord } from '../app/record/index.server.ts';
import { insertDeliveries } from '../app/record/inbox.store.server.ts';
import { testPlatform, testShop, type TestScope } from '../tests/support/platform.ts';
import type { Bench, BenchRun } from './bench.ts';
import { fillBigShop, fillInbox, fillRollups } from './big-shop.ts';
import { median } from './figures.ts';
import { orderBody } from './order-bodies.ts';
import type { BenchDatabase } from './server.ts';

const SIZES = { least: 10_000, larger: [100_000, 1_000_000, 3_000_000] };
const PRODUCTS = 1_000;
/** Deliveries that are written together, as the door does under load. */
const GROUP = 20;

/**
 * What the same work costs as a shop grows: writing a group of webhooks at the door, projecting one order, and the reads
 * of Home, of the first page of Customers and of Inventory, in shops of 10 and 100 thousand orders (`--to 1000000` and
 * `--to 3000000` go on; a quarter of an hour in all). A customer to four orders, 1,000 products, two years of
 * history, an inbox of as many applied deliveries as there are orders.
 * The limit is the smallest shop: each larger one is measured in turn with it as soon as it is made, and then taken away.
 */
export const growth: Bench = {
  about: 'how the cost grows with the shop',
  async run(run) {
    const largest = run.to ?? (run.quick ? 4_000 : 100_000);
    const { least, larger } = run.quick ? { least: 1_000, larger: [4_000] } : SIZES;
    let worst = 1;
    const first = await run.server.database();
    try {
      const smallest = await grown(run, { database: first, orders: least });
      for (const orders of larger.filter((size) => size <= largest)) {
        const database = await run.server.database();
        try {
          worst = Math.max(worst, await compared(run, smallest, await grown(run, { database, orders })));
        } finally {
          await database.close();
        }
      }
      run.figure('worst growth', worst, 'ratio');
    } finally {
      await first.close();
    }
  },
};

const WORKS = ['ingest', 'projection', 'home', 'customers', 'inventory'] as const;
type Work = (typeof WORKS)[number];

type Grown = { orders: number; work: Readonly<Record<Work, () => Promise<number>>> };

/** Measures both in turn and tells the figures of the larger one. @returns the worst of its ratios. */
async function compared(run: BenchRun, smallest: Grown, larger: Grown): Promise<number> {
  const shops = [smallest, larger].map((shop) => ({ ...shop, ms: timesOf() }));
  await run.server.settle();
  for (const shop of shops) for (const work of WORKS) await shop.work[work]();
  for (let round = 0; round < (run.quick ? 5 : 40); round += 1) {
    for (const shop of round % 2 === 0 ? shops : shops.toReversed()) {
      for (const work of WORKS) shop.ms[work].push(await shop.work[work]());
    }
  }
  let worst = 0;
  for (const work of WORKS) {
    const [before = Number.NaN, after = Number.NaN] = shops.map((shop) => median(shop.ms[work]));
    run.figure(`${work} at ${smallest.orders} orders, beside ${larger.orders}`, before, 'ms');
    run.figure(`${work} at ${larger.orders} orders`, after, 'ms');
    run.figure(`growth of ${work} to ${larger.orders} orders`, after / before, 'ratio');
    worst = Math.max(worst, after / before);
  }
  return worst;
}

const timesOf = (): Record<Work, number[]> => ({ ingest: [], projection: [], home: [], customers: [], inventory: [] });

async function grown(run: BenchRun, { database, orders }: { database: BenchDatabase; orders: number }): Promise<Grown> {
  const scope = { ...(await testShop(testPlatform(database))), clock: systemClock };
  run.progress(`a shop of ${orders} orders`);
  await fillBigShop(database.db.pool, scope.shop.id, { customers: Math.ceil(orders / 4), products: PRODUCTS, orders });
  await sealPlainCustomers(scope, scope.shop.id);
  await fillRollups(database.db.pool, scope.shop.id);
  await fillInbox(database.db.pool, scope.shop.id, orders);
  if (orders <= 10_000) {
    const [wrong] = await verifyRecord(scope, scope.shop, 1);
    if (wrong) throw new Error(`the rollup ${wrong.table} is not what the orders say`);
  }
  await refreshAll(scope, scope.shop);
  await database.db.pool.query('VACUUM ANALYZE');
  return { orders, work: works(scope, orders) };
}

function works(scope: TestScope, orders: number): Grown['work'] {
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };
  let made = 0;
  const deliver = (count: number): Promise<unknown> =>
    insertDeliveries(
      scope.db,
      Array.from({ length: count }, () => ({
        shopDomain: scope.shop.domain,
        topic: 'orders/create',
        webhookId: `new-${(made += 1)}`,
        eventId: null,
        apiVersion: '2026-07',
        triggeredAt: new Date(),
        body: orderBody(orders + made),
      })),
    );
  const drain = async (): Promise<void> => {
    const { failed } = await drainInbox(scope, webhookCatalogue(), scope.shop);
    if (failed > 0) throw new Error(`${failed} orders failed`);
  };
  return {
    ingest: async () => {
      const ms = await timed(() => deliver(GROUP));
      await drain();
      return ms;
    },
    projection: async () => {
      await deliver(1);
      return timed(drain);
    },
    home: () => timed(() => homePage(scope, '28')),
    customers: () => timed(() => listCustomers(scope, { search: '', tierId: null, sort: 'net', cursor: null, limit: 50 })),
    inventory: () => timed(() => listInventory(scope, { search: '', status: null, sort: 'reorder', cursor: null, limit: 50 })),
  };
}
