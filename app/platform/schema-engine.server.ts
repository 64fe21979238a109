import fs from 'node:fs';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';

const FILTERS = { externalTables: [], externalEnums: [] };

/**
 * The adapter cuts a script at every semicolon, also inside a function's body or a comment; PostgreSQL takes it whole,
 * and all of it or nothing (a statement that allows no transaction stands alone in its migration).
 */
function wholeScripts(factory: PrismaPg, pool: pg.Pool): PrismaPg {
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const connection = await connect();
    connection.executeScript = async (script: string) => void (await pool.query(script));
    return connection;
  };
  return factory;
}

async function engineFor(schema: { path: string; content: string }, pool: pg.Pool) {
  // The wasm build of Prisma's schema engine reports its panics through this registry.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message: (message: string) => {
        throw new Error(`Prisma's schema engine failed: ${message}`);
      },
    },
  });
  const { SchemaEngine } = await import('@prisma/schema-engine-wasm');
  const adapter = bindMigrationAwareSqlAdapterFactory(wholeScripts(new PrismaPg(pool), pool));
  return SchemaEngine.new({ datamodels: [[schema.path, schema.content]] }, () => undefined, adapter);
}

/** A pool of its own, ended with the work, so that nothing of the engine stays connected. */
async function withPool<T>(connectionString: string, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString, max: 2, idleTimeoutMillis: 200, allowExitOnIdle: true });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** Reads prisma/migrations in the order in which they apply. */
function readMigrations(folder: string) {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted()
    .map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: fs.readFileSync(path.join(folder, name, 'migration.sql'), 'utf8') },
      },
    }));
}

/**
 * Applies what is missing of prisma/migrations with Prisma's own schema engine (its wasm build), in the same
 * `_prisma_migrations` table as `prisma migrate deploy`. Applying twice changes nothing.
 * @returns the names of the migrations applied now.
 */
export async function applyMigrations(connectionString: string, root: string): Promise<string[]> {
  const schema = { path: 'schema.prisma', content: fs.readFileSync(path.join(root, 'prisma/schema.prisma'), 'utf8') };
  const folder = path.join(root, 'prisma/migrations');
  return withPool(connectionString, async (pool) => {
    const engine = await engineFor(schema, pool);
    const result = await engine.applyMigrations({
      filters: FILTERS,
      migrationsList: {
        baseDir: folder,
        lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
        shadowDbInitScript: '',
        migrationDirectories: readMigrations(folder),
      },
    });
    return result.appliedMigrationNames;
  });
}

/** The SQL that leads from one schema text to another; the draft of a new migration, to be checked by hand. */
export async function draftMigration(from: string | null, to: string, connectionString: string): Promise<string> {
  return withPool(connectionString, async (pool) => {
    const engine = await engineFor({ path: 'schema.prisma', content: to }, pool);
    const result = await engine.diff({
      from: from === null ? { tag: 'empty' } : { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: from }] },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: to }] },
      script: true,
      exitCode: null,
      filters: FILTERS,
    });
    return result.stdout ?? '';
  });
}
