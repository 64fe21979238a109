import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts';

/** What a store function works on inside one transaction of one shop. */
export type ShopTx = Prisma.TransactionClient;

export type Db = {
  /** For what is not of one shop (shops, sessions, sweeps) and for single statements. */
  readonly prisma: PrismaClient;
  /** The same pool, for COPY, cursors and LISTEN. */
  readonly pool: pg.Pool;
  /** Runs `work` in one transaction bound to the shop; everything in it lands or nothing does. */
  forShop<T>(shopId: number, work: (tx: ShopTx) => Promise<T>, options?: { timeoutMs?: number }): Promise<T>;
  close(): Promise<void>;
};

/** Opens a pool of at most `poolSize` connections; Prisma and raw pg share it. */
export function openDb(options: { url: string; poolSize: number; applicationName: string }): Db {
  const pool = new pg.Pool({
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
      prisma.$transaction(
        async (tx) => {
          await tx.$executeRaw`SELECT set_config('storebook.shop_id', ${String(shopId)}, true)`;
          return work(tx);
        },
        { timeout: extra?.timeoutMs ?? 60_000, maxWait: 10_000 },
      ),
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
