import { AsyncLocalStorage } from 'node:async_hooks';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts';

/**
 * A statement with a name is prepared once a connection. One that takes longer than `giveUpMs` is given up with its
 * connection: what nobody waits for any more must not hold a place.
 */
export type Statement = { readonly text: string; readonly name?: string; readonly giveUpMs?: number };

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

export type TxOptions = {
  readonly timeoutMs?: number;
  /**
   * The commit does not wait for the disk. For work that notes in the same transaction how far it is, and so is done
   * again when the server loses the last moments before a crash; whatever waits for the disk later waits for it too.
   */
  readonly repeatable?: boolean;
};

export type Db = {
  /**
   * Bound to no shop: no row of any table is seen or written, only the `storebook_…` functions of the database answer
   * (docs/decisions/0008-tenants.md).
   */
  readonly across: Sql;
  /** Runs `work` in one transaction bound to the shop; everything in it lands or nothing does. */
  forShop<T>(shopId: number, work: (tx: ShopTx) => Promise<T>, options?: TxOptions): Promise<T>;
  /** As forShop, by the shop's domain; where the shop has no row yet, only what goes by the domain (its sessions) is there. */
  forDomain<T>(domain: string, work: (tx: ShopTx) => Promise<T>, options?: TxOptions): Promise<T>;
  /** One connection, bound to no shop, for locks that live with it. */
  withConnection<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

/** The role in which the app works: it owns nothing, and sees the rows of the shop to which the transaction is bound. */
const APP_ROLE = 'storebook_app';

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

const sqlOn = (client: Pick<pg.PoolClient, 'query'>): Sql => {
  const send = <Row extends pg.QueryResultRow>({ giveUpMs, ...statement }: Statement, values: readonly unknown[]) => {
    const query = { ...statement, values: [...values], types, ...(giveUpMs === undefined ? {} : { query_timeout: giveUpMs }) };
    return client.query<Row>(query);
  };
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

/** The connection string with the role among its start options: what RESET and DISCARD lead back to is the role too. */
function inRole(url: string, role: string): string {
  const asked = new URL(url);
  asked.searchParams.set('options', `${asked.searchParams.get('options') ?? ''} -c role=${role}`.trim());
  return asked.href;
}

/** The statement that binds a transaction; with `repeatable` its commit does not wait for the disk. */
const binding = (name: string, settings: string) => {
  const text = (more: string): string => `SELECT ${settings}${more}, current_user::text AS role`;
  return {
    waiting: { name, text: text('') },
    repeatable: { name: `${name}-repeatable`, text: text(", set_config('synchronous_commit', 'off', true)") },
  };
};
const BIND_SHOP = binding('for-shop', "set_config('storebook.shop_id', $1, true)");
const BIND_DOMAIN = binding(
  'for-domain',
  "set_config('storebook.shop_domain', $1, true), set_config('storebook.shop_id', COALESCE(storebook_shop_of($1)::text, ''), true)",
);

/**
 * Opens a pool of at most `poolSize` connections, all in the app's role; Prisma and plain statements share it.
 * The login of `url` must be the role's member: who migrated the database is.
 */
export function openDb(options: { url: string; poolSize: number; applicationName: string }): Db {
  const pool = new SharedPool({
    connectionString: inRole(options.url, APP_ROLE),
    max: options.poolSize,
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
  });
  // An idle connection that the server drops must not end the process; the next query gets a new one.
  pool.on('error', () => undefined);
  // Nor must one that is held: the pool listens only while it keeps the connection, Prisma only in a transaction, and a
  // server that ends may say so in between. Whoever holds it is told by the next statement.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) });
  const bound = <T>(to: { statement: typeof BIND_SHOP; value: string }, work: (tx: ShopTx) => Promise<T>, extra?: TxOptions): Promise<T> =>
    opening.run({ client: null }, () =>
      prisma.$transaction(
        async (tx) => {
          const taken = opening.getStore()?.client;
          if (!taken) throw new Error('the transaction has no connection');
          // What `work` opens by itself is not this transaction's.
          return opening.exit(async () => {
            const sql = sqlOn(taken);
            const [row] = await sql.rows<{ role: string }>(extra?.repeatable ? to.statement.repeatable : to.statement.waiting, [to.value]);
            // A pooler between here and the database may drop the start options; without the role there is no wall.
            if (row?.role !== APP_ROLE) throw new Error(`the database connection is not in the role ${APP_ROLE}`);
            return work(withSql(tx, sql));
          });
        },
        { timeout: extra?.timeoutMs ?? 60_000, maxWait: 10_000 },
      ),
    );
  return {
    across: sqlOn(pool),
    forShop: (shopId, work, extra) => bound({ statement: BIND_SHOP, value: String(shopId) }, work, extra),
    forDomain: (domain, work, extra) => bound({ statement: BIND_DOMAIN, value: domain }, work, extra),
    async withConnection(work) {
      const client = await pool.connect();
      try {
        return await work(sqlOn(client));
      } finally {
        client.release();
      }
    },
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
