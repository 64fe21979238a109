import type { Bench, BenchRun } from './bench.ts';
import type { ChildServer } from './child.ts';
import { inRounds, median, medianRatio, quantile, type Rounds } from './figures.ts';
import { runLoad, type LoadResult } from './ingest-load.ts';
import { startIngestServer } from './ingest-server.ts';
import type { BenchDatabase } from './server.ts';

const SECRET = 'the-secret-of-the-bench';
const SHOP = 'bench.myshopify.com';
const CONNECTIONS = 64;

/**
 * Webhooks a second at the door: signed `orders/create` bodies of 7 to 17 kB, each with an id of its own, over 64
 * keep-alive connections (and once over a single one: a lone webhook).
 *
 * Ours: the web process as production runs it, with pg-boss to wake the worker, answered after the commit.
 * Bare server: see serveLimit in ingest-server.ts; as many rows a statement as ours got in its last round (distinct
 * transactions of its rows).
 * Template: see template-server.ts.
 * All write to a PostgreSQL that waits for the disk (fsync on), each into its own database.
 */
export const ingest: Bench = {
  about: 'webhooks a second at the door',
  async run(run) {
    const closing: (() => Promise<void>)[] = [];
    try {
      const start = async (kind: Kind): Promise<Side> => {
        const database = await withShop(run);
        closing.push(() => database.close());
        const server = await startIngestServer({ kind, databaseUrl: database.url, secret: SECRET });
        closing.push(() => server.stop());
        return { database, server, accepted: 0 };
      };
      const sides = { ours: await start('ours'), limit: await start('limit'), template: await start('template') };
      const measure = measurer(run, sides);
      await inRounds(2, { ours: () => measure('ours', 'warm', CONNECTIONS), limit: () => measure('limit', 'warm', CONNECTIONS) });
      const full = await inRounds(run.quick ? 2 : 5, {
        ours: () => measure('ours', 'full', CONNECTIONS),
        limit: () => measure('limit', 'full', CONNECTIONS),
      });
      await measure('template', 'warm', CONNECTIONS);
      const template = await inRounds(run.quick ? 1 : 3, {
        ours: () => measure('ours', 'beside', CONNECTIONS),
        limit: () => measure('template', 'beside', CONNECTIONS),
      });
      const alone = await inRounds(run.quick ? 2 : 3, {
        ours: () => measure('ours', 'alone', 1),
        limit: () => measure('limit', 'alone', 1),
      });
      for (const side of Object.values(sides)) await holds(side);
      tell(run, { full, template, alone });
      run.figure('rows a statement', await rowsAStatement(sides.ours.database, 'full-'), 'rows');
      run.figure('rows a statement, bare server', await rowsAStatement(sides.limit.database, 'full-'), 'rows');
    } finally {
      for (const close of closing.toReversed()) await close();
    }
  },
};

type Kind = 'ours' | 'limit' | 'template';
type Side = { readonly database: BenchDatabase; readonly server: ChildServer; accepted: number };

function measurer(run: BenchRun, sides: Readonly<Record<Kind, Side>>) {
  let round = 0;
  return async (kind: Kind, name: string, connections: number): Promise<LoadResult> => {
    const side = sides[kind];
    const id = `${name}-${(round += 1)}-`;
    await run.server.settle();
    const measureMs = (run.quick ? 500 : 3_000) / (connections === 1 ? 2 : 1);
    const { port } = side.server;
    const result = await runLoad({ port, shop: SHOP, secret: SECRET, connections, warmMs: measureMs / 5, measureMs, round: id });
    side.accepted += result.accepted;
    if (kind === 'ours') sides.limit.server.tell(Math.max(1, Math.round(await rowsAStatement(side.database, id))));
    return result;
  };
}

type Measured = Readonly<Record<'full' | 'template' | 'alone', Rounds<LoadResult>>>;

function tell(run: BenchRun, { full, template, alone }: Measured): void {
  const rates = (rounds: Rounds<LoadResult>): Rounds<number> => ({
    ours: rounds.ours.map((one) => one.perSecond),
    limit: rounds.limit.map((one) => one.perSecond),
  });
  run.figure('ratio to bare server', medianRatio(rates(full)), 'ratio');
  run.figure('ratio to template', medianRatio(rates(template)), 'ratio');
  run.figure('webhooks', median(rates(full).ours), 'webhooks/s');
  run.figure('webhooks, bare server', median(rates(full).limit), 'webhooks/s');
  run.figure('webhooks, template', median(rates(template).limit), 'webhooks/s');
  const latency = (name: string, rounds: LoadResult[], share: number): void =>
    run.figure(name, median(rounds.map((one) => quantile(one.latenciesMs, share))), 'ms');
  latency('p50', full.ours, 0.5);
  latency('p99', full.ours, 0.99);
  latency('p99, bare server', full.limit, 0.99);
  latency('p99, template', template.limit, 0.99);
  latency('p50 of a lone webhook', alone.ours, 0.5);
  latency('p50 of a lone webhook, bare server', alone.limit, 0.5);
}

async function withShop(run: BenchRun): Promise<BenchDatabase> {
  const database = await run.server.database();
  await database.db.prisma.shop.create({
    data: { id: 1, domain: SHOP, name: 'Bench', currency: 'PLN', timezone: 'Europe/Warsaw', installedAt: new Date('2026-01-01') },
  });
  await database.db.prisma.session.create({
    data: { shopDomain: SHOP, id: `offline_${SHOP}`, state: '', isOnline: false, scope: '', accessToken: 'token' },
  });
  return database;
}

/** Each statement is a transaction of its own, so its rows share their xmin. */
async function rowsAStatement({ db }: BenchDatabase, idPrefix: string): Promise<number> {
  const { rows } = await db.pool.query<{ mean: number }>(
    `SELECT (count(*)::float8 / GREATEST(count(DISTINCT xmin::text), 1)) AS mean FROM inbox_events WHERE webhook_id LIKE $1`,
    [`${idPrefix}%`],
  );
  return rows[0]?.mean ?? 0;
}

/** What was answered with 200 must be there: a bench of a door that loses webhooks measures nothing. */
async function holds({ database, accepted }: Side): Promise<void> {
  const { rows } = await database.db.pool.query<{ count: number }>('SELECT count(*)::int AS count FROM inbox_events');
  if (rows[0]?.count !== accepted) throw new Error(`${accepted} webhooks were accepted, and ${rows[0]?.count} are in the inbox`);
}
