import { AsyncLocalStorage } from 'node:async_hooks';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts';

/** A statement with a name is prepared once a connection. */
export type Statement = { readonly text: string; readonly name?: string };

/**
 * Statements straight on the transaction's own connection. Prisma's raw queries carry their values through its query
 * compiler, which costs more than the database for values of many kilobytes; what writes in bulk goes this way.
 * bigint columns come as bigint, dates as a Date at midnight UTC.
 */
export type Sql = {
  rows<Row extends pg.QueryResultRow>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /** @returns how many rows the statement touched. */
  run(statement: Statement, values?: readonly unknown[]): Promise<number>;
};

/** What a store function works on inside one transaction of one shop. */
export type ShopTx = Prisma.TransactionClient & { readonly sql: Sql };

export type Db = {
  /** For what is not of one shop (shops, sessions, sweeps) and for single statements. */
  readonly prisma: PrismaClient;
  /** The same pool, for COPY, cursors and LISTEN. */
  readonly pool: pg.Pool;
  /** Runs `work` in one transaction bound to the shop; everything in it lands or nothing does. */
  forShop<T>(shopId: number, work: (tx: ShopTx) => Promise<T>, options?: { timeoutMs?: number }): Promise<T>;
  close(): Promise<void>;
};

type Opening = { client: pg.PoolClient | null };
const opening = new AsyncLocalStorage<Opening>();

/** Tells who opens a transaction which connection Prisma took for it. */
class SharedPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(
    callback: (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void,
  ): void;
  override connect(
    callback?: (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void,
  ): Promise<pg.PoolClient> | void {
    if (callback) return super.connect(callback);
    const taken = opening.getStore();
    return super.connect().then((client) => {
      if (taken && !taken.client) taken.client = client;
      return client;
    });
  }
}

const INT8 = 20;
const DATE = 1082;
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: string) {
    if (oid === INT8) return BigInt;
    if (oid === DATE) return (day: string) => new Date(`${day}T00:00:00Z`);
    // oxlint-disable-next-line typescript/no-unsafe-return -- pg's own parsers, typed as any there
    return pg.types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text');
  },
};

const sqlOn = (client: pg.PoolClient): Sql => {
  const send = <Row extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[]) =>
    client.query<Row>({ ...statement, values: [...values], types });
  return {
    rows: async <Row extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[] = []) =>
      (await send<Row>(statement, values)).rows,
    run: async (statement, values = []) => (await send(statement, values)).rowCount ?? 0,
  };
};

/** The transaction's client with `sql` beside what Prisma gives. */
function withSql(tx: Prisma.TransactionClient, sql: Sql): ShopTx {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the proxy adds the one property that ShopTx adds
  return new Proxy(tx, { get: (target, property) => (property === 'sql' ? sql : Reflect.get(target, property)) }) as ShopTx;
}

/** Connection failures, servers that shut down or start up, too many connections (SQLSTATE classes 08, 53, 57P). */
const GONE = /^(?:08|53|57P)|^E(?:CONN|PIPE|TIMEDOUT|HOSTUNREACH)|^P(?:1001|1002|1008|1017|2024|2028|2037)$/;
const GONE_WORDS = /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i;

/** Is this the database that cannot be reached, and not the statement that is wrong? To be tried again as it is. */
export function isUnavailable(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && GONE.test(at.code)) return true;
    if (GONE_WORDS.test(at.message)) return true;
  }
  return false;
}

/** Opens a pool of at most `poolSize` connections; Prisma and raw pg share it. */
export function openDb(options: { url: string; poolSize: number; applicationName: string }): Db {
  const pool = new SharedPool({
    connectionString: options.url,
    max: options.poolSize,
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
  });
  // An idle connection that the server drops must not end the process; the next query gets a new one.
  pool.on('error', () => undefined);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) });
  return {
    prisma,
    pool,
    forShop: (shopId, work, extra) =>
      opening.run({ client: null }, () =>
        prisma.$transaction(
          async (tx) => {
            const taken = opening.getStore()?.client;
            if (!taken) throw new Error('the transaction has no connection');
            // What `work` opens by itself is not this transaction's.
            return opening.exit(async () => {
              const sql = sqlOn(taken);
              await sql.run({ name: 'for-shop', text: "SELECT set_config('storebook.shop_id', $1, true)" }, [String(shopId)]);
              return work(withSql(tx, sql));
            });
          },
          { timeout: extra?.timeoutMs ?? 60_000, maxWait: 10_000 },
        ),
      ),
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
