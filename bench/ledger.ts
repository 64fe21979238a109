import { addDays, dayOf, parseDay } from '../app/core/calendar.ts';
import { liabilityAt } from '../app/loyalty/index.server.ts';
import { addProgramme, bookEntries, type CustomerEntry } from '../app/loyalty/points/points.store.server.ts';
import { typedOf, rulesOf } from '../app/loyalty/points/programme-form.ts';
import { ACCOUNTS } from '../app/loyalty/points/replay.ts';
import { sweepPoints } from '../app/loyalty/points/review-points.server.ts';
import { systemClock } from '../app/platform/clock.server.ts';
import { testPlatform, testShop, type TestScope } from '../tests/support/platform.ts';
import type { Bench, BenchRun } from './bench.ts';
import { inRounds, median, medianRatio } from './figures.ts';
import type { BenchDatabase } from './server.ts';

const FULL = 1_000_000;
const QUICK = 3_000;
/** Customers a booking. */
const BATCH = 1_000;
/** Of the members, so many are due in the night that is measured: about what a year of lots brings. */
const DUE_SHARE = 0.03;
const DAYS = 3 * 365;

/**
 * Entries a second through the ledger's one way in, customers of their own in each booking, beside the same rows of the
 * ledger and of both caches by INSERT … SELECT unnest, as the owner, in as many transactions; then seconds for the nightly
 * sweep of a shop of a million members (or `--customers N`) of whom three in a hundred have points that lapse; then
 * milliseconds for what is owed on a day in the middle of three years in which every pair of accounts moved every day,
 * beside a scan of the ledger.
 */
export const ledger: Bench = {
  about: 'points: booking, the nightly sweep, what is owed on a day',
  async run(run) {
    const database = await run.server.database();
    try {
      const platform = testPlatform(database);
      const scope = { ...(await testShop(platform, { domain: 'ledger.myshopify.com' })), clock: systemClock };
      const bare = await testShop(platform, { domain: 'bare.myshopify.com' });
      await writes(run, { database, scope, bareId: bare.shop.id });
      await sweep(run, { database, scope: { ...(await testShop(platform, { domain: 'members.myshopify.com' })), clock: systemClock } });
    } finally {
      await database.close();
    }
  },
};

type Work = { readonly database: BenchDatabase; readonly scope: TestScope };

/** What an order of a customer books: points that wait, and points that can be spent. */
function entriesOf(first: number): CustomerEntry[] {
  const at = new Date();
  return Array.from({ length: BATCH }, (_, place) => place).flatMap((place): CustomerEntry[] => {
    const common = { customerId: BigInt(first + place), points: 10 + (place % 90), at, seq: 1, programme: 1 };
    const topic = `order/${9_000_000 + first + place}`;
    return [
      { ...common, topic, from: 'issued', to: 'pending', cause: 'order' },
      { ...common, topic: `${topic}/available`, from: 'pending', to: 'available', cause: 'available' },
    ];
  });
}

const BARE = [
  `INSERT INTO points_entries (shop_id, customer_id, topic, seq, from_account, to_account, points, at, booked_at, cause, programme)
   SELECT $1, c, t, s, f, o, p, a, $11, u, g FROM unnest($2::bigint[], $3::text[], $4::int[], $5::smallint[], $6::smallint[], $7::int[], $8::timestamptz[], $9::text[], $10::int[])
     AS r(c, t, s, f, o, p, a, u, g)`,
  `INSERT INTO points_balances (shop_id, customer_id, available, issued) SELECT $1, c, p, -p FROM unnest($2::bigint[], $3::bigint[]) AS r(c, p)`,
  `INSERT INTO points_days (shop_id, day, from_account, to_account, slot, points) SELECT $1, $2, f, o, s, p
   FROM unnest($3::smallint[], $4::smallint[], $5::smallint[], $6::bigint[]) AS r(f, o, s, p)
   ON CONFLICT (shop_id, day, from_account, to_account, slot) DO UPDATE SET points = points_days.points + excluded.points`,
] as const;

async function bareInsert({ database }: Work, shopId: number, entries: readonly CustomerEntry[]): Promise<void> {
  const now = new Date();
  const client = await database.db.pool.connect();
  const slots = Map.groupBy(entries, ({ customerId, from, to }) => `${ACCOUNTS[from]}/${ACCOUNTS[to]}/${customerId % 16n}`);
  const days = [...slots].map(([key, of]) => [...key.split('/').map(Number), of.reduce((sum, { points }) => sum + points, 0)]);
  const issued = entries.filter(({ from }) => from === 'issued');
  try {
    await client.query('BEGIN');
    await client.query({ name: 'bare-entries', text: BARE[0] }, [
      shopId,
      entries.map(({ customerId }) => customerId),
      entries.map(({ topic }) => topic),
      entries.map(({ seq }) => seq),
      entries.map(({ from }) => ACCOUNTS[from]),
      entries.map(({ to }) => ACCOUNTS[to]),
      entries.map(({ points }) => points),
      entries.map(({ at }) => at),
      entries.map(({ cause }) => cause),
      entries.map(({ programme }) => programme),
      now,
    ]);
    await client.query({ name: 'bare-balances', text: BARE[1] }, [
      shopId,
      issued.map(({ customerId }) => customerId),
      issued.map(({ points }) => points),
    ]);
    const column = (at: number): (number | undefined)[] => days.map((row) => row[at]);
    await client.query({ name: 'bare-days', text: BARE[2] }, [shopId, dayOf(now, 'UTC'), column(0), column(1), column(2), column(3)]);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

async function writes(run: BenchRun, work: Work & { bareId: number }): Promise<void> {
  const { scope, bareId } = work;
  const batches = run.quick ? 2 : 40;
  let next = 1;
  const timed = async (book: (entries: readonly CustomerEntry[]) => Promise<void>): Promise<number> => {
    const made = Array.from({ length: batches }, () => {
      const entries = entriesOf(next);
      next += BATCH;
      return entries;
    });
    await run.server.settle();
    const started = performance.now();
    for (const entries of made) await book(entries);
    return (batches * BATCH * 2 * 1_000) / (performance.now() - started);
  };
  const rounds = await inRounds(run.quick ? 1 : 5, {
    ours: () =>
      timed((entries) =>
        scope.db.forShop(scope.shop.id, (tx) => bookEntries(tx, entries, { now: new Date(), day: dayOf(new Date(), 'UTC') })),
      ),
    limit: () => timed((entries) => bareInsert(work, bareId, entries)),
  });
  run.figure('entries booked', median(rounds.ours), '1/s');
  run.figure('bare inserts', median(rounds.limit), '1/s');
  run.figure('ratio to bare inserts', medianRatio(rounds), 'value/limit');
}

/** Members with one lot each, as a review leaves them; the lots of some lapsed within the last hour. */
const MEMBERS = [
  `INSERT INTO points_adjustments (shop_id, customer_id, topic, at, points, cause)
   SELECT $1, c, 'adjust/' || c, t.at, 100 + c % 50, 'adjust' FROM generate_series(1, $2::int) AS c,
     LATERAL (SELECT CASE WHEN c % 100 < $3 THEN date_trunc('second', now()) - interval '12 months' - c % 3600 * interval '1 second'
       ELSE date_trunc('second', now()) - c % 300 * interval '1 day' END AS at) AS t`,
  `INSERT INTO points_entries (shop_id, customer_id, topic, seq, from_account, to_account, points, at, booked_at, cause, programme)
   SELECT shop_id, customer_id, topic || part.tail, 1, part.f, part.o, points, at, at, part.cause, 1 FROM points_adjustments,
     (VALUES ('', 3, 1, 'adjust'), ('/available', 1, 2, 'available')) AS part(tail, f, o, cause) WHERE shop_id = $1 AND $2 > 0 AND $3 > 0`,
  `INSERT INTO points_balances (shop_id, customer_id, available, issued)
   SELECT shop_id, customer_id, points, -points FROM points_adjustments WHERE shop_id = $1 AND $2 > 0 AND $3 > 0`,
  `INSERT INTO points_members (shop_id, customer_id, due_at, replayed_at)
   SELECT shop_id, customer_id, at + interval '12 months', at FROM points_adjustments WHERE shop_id = $1 AND $2 > 0 AND $3 > 0`,
  `INSERT INTO points_days (shop_id, day, from_account, to_account, slot, points)
   SELECT $1, current_date - d, p.f, p.o, s, 100 FROM generate_series(0, ${DAYS}) AS d, generate_series(0, 15) AS s,
     (VALUES (3, 1), (1, 2), (1, 4), (2, 4), (2, 5), (5, 2), (2, 6)) AS p(f, o) WHERE $2 > 0 AND $3 > 0`,
] as const;

async function sweep(run: BenchRun, { database, scope }: Work): Promise<void> {
  const members = run.customers ?? (run.quick ? QUICK : FULL);
  const { rules } = rulesOf({ ...typedOf(null, scope.shop), expiry: 'age', months: '12' }, scope.shop);
  await scope.db.forShop(scope.shop.id, (tx) => addProgramme(tx, scope.shop.id, { rules, from: new Date(0), now: new Date() }));
  run.progress(`${members} members`);
  for (const sql of MEMBERS) await database.db.pool.query(sql, [scope.shop.id, members, DUE_SHARE * 100]);
  await database.db.pool.query('VACUUM ANALYZE');
  await run.server.settle();
  const started = performance.now();
  const due = await sweepPoints(scope, scope.shop);
  run.figure('sweep', (performance.now() - started) / 1_000, 's');
  run.figure('members', members, '');
  run.figure('members due', due, '');
  await owed(run, { database, scope });
}

async function owed(run: BenchRun, { database, scope }: Work): Promise<void> {
  const day = addDays(parseDay(new Date().toISOString().slice(0, 10)), -Math.round(DAYS / 2));
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };
  const scan = 'SELECT to_account, sum(points) FROM points_entries WHERE shop_id = $1 GROUP BY 1';
  const rounds = await inRounds(run.quick ? 1 : 5, {
    ours: () => timed(() => liabilityAt(scope, day)),
    limit: () => timed(() => database.db.pool.query(scan, [scope.shop.id])),
  });
  run.figure('owed on a day', median(rounds.ours), 'ms');
  run.figure('scan of the ledger', median(rounds.limit), 'ms');
}
