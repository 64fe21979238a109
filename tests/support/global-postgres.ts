import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../app/platform/migrate.server.ts';
import { startEmbeddedPostgres } from '../../app/platform/embedded-postgres.server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresAdminUrl: string;
  }
}

/** One PostgreSQL for the whole run, with a migrated template database that each test file copies. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-test-pg-'));
  // The server may run as another user than the tests; it must be able to reach its own folder.
  fs.chmodSync(folder, 0o755);
  const server = await startEmbeddedPostgres({ folder: path.join(folder, 'data'), durable: false });
  try {
    await migrate(await server.database('storebook_template'));
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide('postgresAdminUrl', server.adminUrl);
  return async () => {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  };
}
