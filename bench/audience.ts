import { countSegment, segmentMembers } from '../app/audience/index.server.ts';
import { systemClock } from '../app/platform/clock.server.ts';
import { testPlatform, testShop, type TestScope } from '../tests/support/platform.ts';
import { nightInChild } from './audience-child.ts';
import type { Bench, BenchRun } from './bench.ts';
import { fillBuyers } from './big-shop.ts';
import { inRounds, median, medianRatio } from './figures.ts';

const FULL = 1_000_000;
const QUICK = 5_000;
const PAGE = 50_000;
const MB = 1_048_576;

/**
 * Seconds to score all customers of a shop (a million, or `--customers N`, with three orders each), to score them again
 * when nothing has changed, and to fit the model and write what each is expected to do, with the peak memory of the
 * process that does it; then milliseconds to count a segment and to read all its ids, for three segments.
 *
 * Limit: one plain scan of the rows in question over the same pool: of the customers' rollups for the scores, of the
 * orders for the values, of customers beside rollups and what else the segment asks for, with its condition, for segments.
 */
export const audience: Bench = {
  about: 'seconds to score and value customers, milliseconds for segments',
  async run(run) {
    const customers = run.customers ?? (run.quick ? QUICK : FULL);
    const database = await run.server.database();
    try {
      const scope = { ...(await testShop(testPlatform(database))), clock: systemClock };
      run.progress(`a shop of ${customers} customers`);
      run.progress(`${await fillBuyers(database.db.pool, scope.shop.id, customers)} orders`);
      await run.server.settle();
      await night(run, scope, database.url);
      await database.db.pool.query('VACUUM ANALYZE');
      await run.server.settle();
      for (const segment of SEGMENTS) await measure(run, scope, segment);
    } finally {
      await database.close();
    }
  },
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const SCAN_ROLLUPS = `SELECT count(*), sum(r.net), max(r.last_order_at), sum(r.orders) FROM customer_rollups r
  JOIN customers c ON c.shop_id = r.shop_id AND c.id = r.customer_id WHERE r.shop_id = $1`;
const SCAN_ORDERS = `SELECT count(*), sum(net) FROM (SELECT customer_id, day, sum(net) AS net FROM orders WHERE shop_id = $1 GROUP BY 1, 2) AS d`;

async function night(run: BenchRun, scope: TestScope, databaseUrl: string): Promise<void> {
  const scan = (sql: string): Promise<number> => timed(() => scope.db.pool.query(sql, [scope.shop.id]));
  run.progress('scores and values');
  const told = await nightInChild({ databaseUrl, shop: scope.shop.domain });
  if (told.state !== 'fitted') throw new Error(`the model is ${told.state}`);
  const rollups = (await scan(SCAN_ROLLUPS)) / 1_000;
  const orders = (await scan(SCAN_ORDERS)) / 1_000;
  run.figure('scores', told.scores, 's');
  run.figure('scores, nothing changed', told.scoresAgain, 's');
  run.figure('scan of rollups', rollups, 's');
  run.figure('ratio of scores to scan', told.scores / rollups, 'value/limit');
  run.figure('values', told.values, 's');
  run.figure('scan of orders', orders, 's');
  run.figure('ratio of values to scan', told.values / orders, 'value/limit');
  run.figure('peak memory', told.peakBytes / MB, 'MB');
}

/** `scan` is written by hand, as somebody would who knows the tables. */
type Segment = { name: string; query: string; from: string; where: string };
const SEGMENTS: readonly Segment[] = [
  {
    name: 'often and lately',
    query: 'number_of_orders >= 3 AND amount_spent > 200 AND last_order_date < -90d',
    from: '',
    where: `r.orders >= 3 AND r.net > 20000 AND r.last_order_at < now() - interval '90 days'`,
  },
  {
    name: 'groups at risk',
    query: "rfm_group IN ('AT_RISK', 'PREVIOUSLY_LOYAL') AND email_subscription_status = 'SUBSCRIBED'",
    from: 'JOIN customer_rfm f ON f.shop_id = c.shop_id AND f.customer_id = c.id',
    where: `f.grp IN ('AT_RISK', 'PREVIOUSLY_LOYAL') AND c.email_consent = 'subscribed'`,
  },
  {
    name: 'worth and late',
    query: 'predicted_spend_12m > 100 AND probability_alive > 0.5 AND expected_next_order < today',
    from: 'JOIN customer_values v ON v.shop_id = c.shop_id AND v.customer_id = c.id',
    where: 'v.spend_52w > 10000 AND v.alive > 0.5 AND v.next_order_on < current_date',
  },
];

async function measure(run: BenchRun, scope: TestScope, { name, query, from, where }: Segment): Promise<void> {
  const scan = `FROM customers c JOIN customer_rollups r ON r.shop_id = c.shop_id AND r.customer_id = c.id ${from}
    WHERE c.shop_id = $1 AND c.deleted_at IS NULL AND ${where}`;
  const plain = (columns: string) => () => timed(() => scope.db.pool.query(`SELECT ${columns} ${scan}`, [scope.shop.id]));
  const counted = await countSegment(scope, query);
  if (counted.kind !== 'count' || counted.count === 0) throw new Error(`the segment "${name}" holds nobody`);
  const rounds = run.quick ? 3 : 7;
  const count = await inRounds(rounds, { ours: () => timed(() => countSegment(scope, query)), limit: plain('count(*)') });
  run.figure(`count of ${name}`, median(count.ours), 'ms');
  run.figure(`count of ${name}, scan`, median(count.limit), 'ms');
  run.figure(`ratio of count of ${name} to scan`, medianRatio(count), 'value/limit');
  const refresh = await inRounds(rounds, { ours: () => timed(() => allIds(scope, query, counted.count)), limit: plain('c.id') });
  run.figure(`members of ${name}`, median(refresh.ours), 'ms');
  run.figure(`members of ${name}, scan`, median(refresh.limit), 'ms');
  run.figure(`ratio of members of ${name} to scan`, medianRatio(refresh), 'value/limit');
}

async function allIds(scope: TestScope, query: string, expected: number): Promise<void> {
  let found = 0;
  for (let after = -1n; ;) {
    const page = await segmentMembers(scope, query, { after, limit: PAGE });
    if (page.kind !== 'members') throw new Error('no segment');
    found += page.ids.length;
    const last = page.ids.at(-1);
    if (last === undefined || page.ids.length < PAGE) break;
    after = last;
  }
  if (found !== expected) throw new Error(`${found} of ${expected} members came`);
}
