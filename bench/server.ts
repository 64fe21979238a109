import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../app/platform/embedded-postgres.server.ts';
import { migrate } from '../app/platform/migrate.server.ts';
import { openOwnerDb, type OwnerDb } from '../tests/support/owner-db.ts';

const TEMPLATE = 'bench_template';

export type BenchDatabase = {
  readonly url: string;
  readonly db: OwnerDb;
  /** Ends all connections, as a database must have none while it is copied; `db` is of no use afterwards. */
  leave(): Promise<void>;
  /** Leaves and drops it. */
  close(): Promise<void>;
};

/** A PostgreSQL of the bench's own, as durable as in production, in a temporary folder. */
export type BenchServer = {
  /** A folder that the server's own user can write to; for COPY. */
  readonly folder: string;
  /** A new migrated database, empty or a copy of another one. */
  database(options?: { like?: BenchDatabase; poolSize?: number }): Promise<BenchDatabase>;
  /** Writes out what earlier work left in memory, so that the next measurement does not pay for it. */
  settle(): Promise<void>;
  close(): Promise<void>;
};

export async function startBenchServer(): Promise<BenchServer> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-bench-'));
  // The server may run as another user; it must be able to reach its own folder.
  fs.chmodSync(root, 0o755);
  const folder = path.join(root, 'data');
  const remove = (): void => fs.rmSync(root, { recursive: true, force: true });
  const postgres = await startEmbeddedPostgres({ folder, durable: true }).catch((error: unknown) => {
    remove();
    throw error;
  });
  const close = async (): Promise<void> => {
    await postgres.stop();
    remove();
  };
  try {
    await migrate(await postgres.database(TEMPLATE));
  } catch (error) {
    await close();
    throw error;
  }
  const asAdmin = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: postgres.adminUrl });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  let made = 0;
  return {
    folder,
    close,
    settle: () => asAdmin('CHECKPOINT'),
    async database({ like, poolSize } = {}) {
      const name = `bench_${(made += 1)}`;
      await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${like ? new URL(like.url).pathname.slice(1) : TEMPLATE}`);
      const url = postgres.adminUrl.replace(/\/postgres$/, `/${name}`);
      const db = openOwnerDb({ url, poolSize: poolSize ?? 5, applicationName: name });
      let left: Promise<void> | null = null;
      const leave = (): Promise<void> => (left ??= db.close());
      return {
        url,
        db,
        leave,
        async close() {
          await leave();
          await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
        },
      };
    },
  };
}
