import type { Bench, BenchRun } from './bench.ts';
import type { ChildServer } from './child.ts';
import { runLoad, type LoadResult } from './door-load.ts';
import { startDoorServer } from './door-server.ts';
import { inRounds, median, medianRatio, quantile, type Rounds } from './figures.ts';
import type { BenchDatabase } from './server.ts';

const SECRET = 'the-secret-of-the-bench';
const SHOP = 'bench.myshopify.com';
const CONNECTIONS = 64;

/**
 * Webhooks a second at the door: signed `orders/create` bodies of 7 to 17 kB, each with an id of its own, over 64
 * keep-alive connections (and once over a single one: a lone webhook).
 *
 * Ours: the web process as production runs it (Express, the door, pg-boss to wake the worker), answered after the commit.
 * Limit: see serveLimit in door-server.ts; as many rows a statement as ours got in its last round
 * (distinct transactions of its rows).
 * Both write to a PostgreSQL that waits for the disk (fsync on), each into its own database.
 */
export const door: Bench = {
  about: 'webhooks a second at the door',
  async run(run) {
    const databases: BenchDatabase[] = [];
    const servers: ChildServer[] = [];
    try {
      const [ours, limit] = [await withShop(run), await withShop(run)];
      databases.push(ours, limit);
      const ourServer = await startDoorServer({ kind: 'ours', databaseUrl: ours.url, secret: SECRET });
      servers.push(ourServer);
      const limitServer = await startDoorServer({ kind: 'limit', databaseUrl: limit.url, secret: SECRET });
      servers.push(limitServer);
      const counts = { ours: 0, limit: 0 };
      const sides = (name: string, connections: number) => {
        let round = 0;
        const measure = async (side: keyof Counts): Promise<LoadResult> => {
          const id = `${name}-${(round += 1)}-`;
          const result = await load(run, side === 'ours' ? ourServer : limitServer, { round: id, connections });
          counts[side] += result.accepted;
          if (side === 'ours') limitServer.tell(Math.max(1, Math.round(await rowsAStatement(ours, id))));
          return result;
        };
        return { ours: () => measure('ours'), limit: () => measure('limit') };
      };
      await inRounds(2, sides('warm', CONNECTIONS));
      const rounds = await inRounds(run.quick ? 2 : 5, sides('full', CONNECTIONS));
      const alone = await inRounds(run.quick ? 2 : 3, sides('alone', 1));
      await holds(ours, counts.ours);
      await holds(limit, counts.limit);
      tell(run, rounds, alone);
      run.figure('rows-a-statement', await rowsAStatement(ours, 'full-'), 'rows');
      run.figure('rows-a-statement-limit', await rowsAStatement(limit, 'full-'), 'rows');
    } finally {
      for (const server of servers) await server.stop();
      for (const database of databases) await database.close();
    }
  },
};

type Counts = { ours: number; limit: number };

async function load(
  run: BenchRun,
  { port }: ChildServer,
  { round, connections }: { round: string; connections: number },
): Promise<LoadResult> {
  await run.server.settle();
  const measureMs = (run.quick ? 500 : 3_000) / (connections === 1 ? 2 : 1);
  return runLoad({ port, shop: SHOP, secret: SECRET, connections, warmMs: measureMs / 5, measureMs, round });
}

function tell(run: BenchRun, rounds: Rounds<LoadResult>, alone: Rounds<LoadResult>): void {
  const rates = { ours: rounds.ours.map((one) => one.perSecond), limit: rounds.limit.map((one) => one.perSecond) };
  run.figure('webhooks', median(rates.ours), 'webhooks/s');
  run.figure('webhooks-limit', median(rates.limit), 'webhooks/s');
  run.figure('webhooks-ratio', medianRatio(rates), 'value/limit');
  for (const [share, name] of [
    [0.5, 'p50'],
    [0.99, 'p99'],
  ] as const) {
    latency(run, name, { rounds, share });
    latency(run, `alone-${name}`, { rounds: alone, share });
  }
}

function latency(run: BenchRun, name: string, { rounds, share }: { rounds: Rounds<LoadResult>; share: number }): void {
  const of = (results: LoadResult[]): number[] => results.map((one) => quantile(one.latenciesMs, share));
  run.figure(name, median(of(rounds.ours)), 'ms');
  run.figure(`${name}-limit`, median(of(rounds.limit)), 'ms');
}

async function withShop(run: BenchRun): Promise<BenchDatabase> {
  const database = await run.server.database();
  await database.db.prisma.shop.create({
    data: { id: 1, domain: SHOP, name: 'Bench', currency: 'PLN', timezone: 'Europe/Warsaw', installedAt: new Date('2026-01-01') },
  });
  return database;
}

/** Each statement is a transaction of its own, so its rows share their xmin. */
async function rowsAStatement({ db }: BenchDatabase, idPrefix: string): Promise<number> {
  const { rows } = await db.pool.query<{ mean: number }>(
    `SELECT (count(*)::float8 / count(DISTINCT xmin::text)) AS mean FROM inbox_events WHERE webhook_id LIKE $1`,
    [`${idPrefix}%`],
  );
  return rows[0]?.mean ?? 0;
}

/** What was answered with 200 must be there: a bench of a door that loses webhooks measures nothing. */
async function holds({ db }: BenchDatabase, accepted: number): Promise<void> {
  const { rows } = await db.pool.query<{ count: number }>('SELECT count(*)::int AS count FROM inbox_events');
  if (rows[0]?.count !== accepted) throw new Error(`${accepted} webhooks were accepted, and ${rows[0]?.count} are in the inbox`);
}
