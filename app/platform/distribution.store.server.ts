import pg from 'pg';
import type { PlacedTable } from './distribution.ts';

/** `unknown`: the server does not have the extension; `available`: it has, and this database does not; `ready`: both. */
export type ClusterState = 'unknown' | 'available' | 'ready';

export type OwnerConnection = {
  clusterState(): Promise<ClusterState>;
  tables(state: ClusterState): Promise<PlacedTable[]>;
  run(statement: string): Promise<void>;
  close(): Promise<void>;
};

/** A connection in the login's own role, which owns the tables: the app's role may not place them. */
export async function connectAsOwner(url: string): Promise<OwnerConnection> {
  const client = new pg.Client({ connectionString: url, application_name: 'storebook-distribute' });
  await client.connect();
  return {
    async clusterState() {
      const { rows } = await client.query<{ installed: boolean }>(
        `SELECT installed_version IS NOT NULL AS installed FROM pg_available_extensions WHERE name = 'citus'`,
      );
      return rows[0] ? (rows[0].installed ? 'ready' : 'available') : 'unknown';
    },
    async tables(state) {
      const placed = state === 'ready' ? `EXISTS (SELECT 1 FROM pg_dist_partition d WHERE d.logicalrelid = c.oid)` : 'false';
      const { rows } = await client.query<{ name: string; columns: string[]; already: boolean }>(
        `SELECT c.relname::text AS name, ${placed} AS already,
           ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
         FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname`,
      );
      return rows;
    },
    run: async (statement) => void (await client.query(statement)),
    close: () => client.end(),
  };
}
