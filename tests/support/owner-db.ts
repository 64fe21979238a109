import pg from 'pg';
import { PrismaPg } from '@prisma/adapter-pg';
import { openDb, type Db } from '../../app/platform/db.server.ts';
import { PrismaClient } from '../../app/generated/prisma/client.ts';

/**
 * The app's database, bound to a shop a transaction as ever, and beside it what the app does not have: `prisma` and
 * `pool` work as the owner and see every shop, to put rows in and to look at what came of it.
 */
export type OwnerDb = Db & { readonly prisma: PrismaClient; readonly pool: pg.Pool };

export function openOwnerDb(options: { url: string; poolSize: number; applicationName: string }): OwnerDb {
  const db = openDb(options);
  const pool = new pg.Pool({ connectionString: options.url, max: 4, application_name: `${options.applicationName}-owner` });
  pool.on('error', () => undefined);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) });
  return {
    ...db,
    prisma,
    pool,
    async close() {
      await prisma.$disconnect();
      await Promise.all([pool.end(), db.close()]);
    },
  };
}
