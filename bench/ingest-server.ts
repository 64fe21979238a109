/** The servers of the bench `ingest`, each in a process of its own, as in production. */
import { once } from 'node:events';
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import pg from 'pg';
import { z } from 'zod';
import { startWeb } from '../app/entry/web.server.ts';
import { arrayLiteral } from '../app/platform/columns.server.ts';
import { isSignedBy } from '../app/platform/crypto.server.ts';
import { productionEnv, serveAsChild, startChild, type ChildServer } from './child.ts';
import { serveTemplate } from './template-server.ts';

const task = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ours'), port: z.int(), databaseUrl: z.string(), secret: z.string() }),
  /** Writes one row a statement until it is told another number. */
  z.object({ kind: z.literal('limit'), port: z.int(), databaseUrl: z.string(), secret: z.string() }),
  z.object({ kind: z.literal('template'), port: z.int(), databaseUrl: z.string(), secret: z.string() }),
]);
type Task = z.infer<typeof task>;
type Unserved = Task extends infer One ? (One extends Task ? Omit<One, 'port'> : never) : never;

/** Starts one of the servers. */
export const startIngestServer = (options: Unserved): Promise<ChildServer> => startChild(import.meta.filename, options);

/** The web process as it is, but for the admin's pages, which nobody asks for here. */
async function serveOurs({ port, databaseUrl, secret }: Task): Promise<void> {
  const env = productionEnv({ PORT: String(port), DATABASE_URL: databaseUrl, SHOPIFY_API_SECRET: secret });
  const noPages = async (): Promise<never> => {
    throw new Error('the bench serves no pages');
  };
  await startWeb(env, async () => ({ build: noPages, assets: () => undefined }));
}

type Row = { shop: number; topic: string; id: string; event: string; version: string; at: string; body: string };

/**
 * The bare limit: Node's HTTP server, the body's bytes, one HMAC compared with the header, and a multi-row INSERT into
 * the same table with the same indexes; answered with 200 after the commit. No Express, no look at the JSON, no
 * question which shop it is, no metrics, no job.
 */
async function serveLimit({ port, databaseUrl, secret }: Task): Promise<void> {
  let rows = 1;
  process.on('message', (told) => (rows = z.int().min(1).parse(told)));
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  const waiting: { row: Row; answer: () => void }[] = [];
  let writing = 0;
  const flush = async (): Promise<void> => {
    // Waits for a full statement, unless nothing is under way that could fill it.
    if (writing >= 2 || waiting.length === 0 || (waiting.length < rows && writing > 0)) return;
    const group = waiting.splice(0, rows);
    writing += 1;
    await insert(
      pool,
      group.map((entry) => entry.row),
    );
    for (const entry of group) entry.answer();
    writing -= 1;
    await flush();
  };
  const server = http.createServer({ keepAliveTimeout: 65_000 }, (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const header = (name: string): string => String(request.headers[name]);
      if (!isSignedBy(secret, body, header('x-shopify-hmac-sha256'))) return void response.writeHead(401).end();
      const row = {
        shop: 1,
        topic: header('x-shopify-topic'),
        id: header('x-shopify-webhook-id'),
        event: header('x-shopify-event-id'),
        version: header('x-shopify-api-version'),
        at: header('x-shopify-triggered-at'),
        body: body.toString('utf8'),
      };
      waiting.push({ row, answer: () => void response.writeHead(200, { 'content-type': 'text/plain' }).end('accepted') });
      setImmediate(() => void flush());
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

async function insert(pool: pg.Pool, rows: readonly Row[]): Promise<void> {
  await pool.query({
    name: 'insert',
    text: `INSERT INTO inbox_events (shop_id, topic, webhook_id, event_id, api_version, triggered_at, body)
      SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])`,
    values: [
      arrayLiteral(rows, (row) => row.shop, 'int'),
      arrayLiteral(rows, (row) => row.topic, 'text'),
      arrayLiteral(rows, (row) => row.id, 'text'),
      arrayLiteral(rows, (row) => row.event, 'text'),
      arrayLiteral(rows, (row) => row.version, 'text'),
      arrayLiteral(rows, (row) => row.at, 'text'),
      arrayLiteral(rows, (row) => row.body, 'text'),
    ],
  });
}

const SERVE = { ours: serveOurs, limit: serveLimit, template: serveTemplate };

await serveAsChild(import.meta.filename, async (given) => {
  const parsed = task.parse(given);
  await SERVE[parsed.kind](parsed);
});
