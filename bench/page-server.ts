/** The two servers of the pages' bench: the web process with the built admin, and the bare limit. */
import { once } from 'node:events';
import http from 'node:http';
import { Session } from '@shopify/shopify-api';
import pg from 'pg';
import { z } from 'zod';
import { builtPages, startWeb } from '../app/entry/web.server.ts';
import { openDb } from '../app/platform/db.server.ts';
import { SCOPES } from '../app/shopify/scopes.ts';
import { sessionStorage } from '../app/shopify/session.store.server.ts';
import { productionEnv, serveAsChild, startChild, type ChildServer } from './child.ts';

const task = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ours'), port: z.int(), databaseUrl: z.string(), shop: z.string() }),
  /** Answers every path of `answers` with as many bytes, after `SELECT 1` and the statement with its values. */
  z.object({
    kind: z.literal('limit'),
    port: z.int(),
    databaseUrl: z.string(),
    answers: z.record(z.string(), z.object({ sql: z.string(), values: z.array(z.int()), bytes: z.int() })),
  }),
]);
type Task = z.infer<typeof task>;
type Unserved = Task extends infer One ? (One extends Task ? Omit<One, 'port'> : never) : never;

export const startPageServer = (options: Unserved): Promise<ChildServer> => startChild(import.meta.filename, options);

async function serveOurs({ port, databaseUrl, shop }: Extract<Task, { kind: 'ours' }>): Promise<void> {
  const env = productionEnv({ PORT: String(port), DATABASE_URL: databaseUrl });
  const db = openDb({ url: databaseUrl, poolSize: 2, applicationName: 'bench-session' });
  const token = { id: `offline_${shop}`, shop, state: '', isOnline: false, accessToken: 'token', scope: SCOPES.join(',') };
  await sessionStorage({ db, env }).storeSession(new Session(token));
  await db.close();
  await startWeb(env, () => builtPages());
}

async function serveLimit({ port, databaseUrl, answers }: Extract<Task, { kind: 'limit' }>): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  const answer = async (path: string): Promise<string | null> => {
    const found = answers[path];
    if (!found) return null;
    await pool.query({ name: 'one', text: 'SELECT 1' });
    await pool.query({ name: path, text: found.sql, values: found.values });
    return 'x'.repeat(found.bytes);
  };
  const server = http.createServer((request, response) => {
    void answer(request.url ?? '').then((text) => response.writeHead(text === null ? 404 : 200).end(text ?? ''));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

await serveAsChild(import.meta.filename, async (given) => {
  const parsed = task.parse(given);
  await (parsed.kind === 'limit' ? serveLimit(parsed) : serveOurs(parsed));
});
