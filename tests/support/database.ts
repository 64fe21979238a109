import crypto from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { openOwnerDb, type OwnerDb } from './owner-db.ts';

export type TestDatabase = { readonly db: OwnerDb; readonly url: string; close(): Promise<void> };

/** A private database, copied from the migrated template; close() drops it. */
export async function testDatabase(options: { poolSize?: number } = {}): Promise<TestDatabase> {
  const adminUrl = inject('postgresAdminUrl');
  const name = `test_${crypto.randomBytes(8).toString('hex')}`;
  await asAdmin(adminUrl, `CREATE DATABASE ${name} TEMPLATE storebook_template`);
  const url = adminUrl.replace(/\/postgres$/, `/${name}`);
  const db = openOwnerDb({ url, poolSize: options.poolSize ?? 5, applicationName: name });
  return {
    db,
    url,
    async close() {
      await db.close();
      await asAdmin(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** A database with nothing in it, for what is tested on the way of migrations; close() drops it. */
export async function emptyDatabase(): Promise<Pick<TestDatabase, 'url' | 'close'>> {
  const adminUrl = inject('postgresAdminUrl');
  const name = `test_${crypto.randomBytes(8).toString('hex')}`;
  await asAdmin(adminUrl, `CREATE DATABASE ${name}`);
  return {
    url: adminUrl.replace(/\/postgres$/, `/${name}`),
    close: () => asAdmin(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function asAdmin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
