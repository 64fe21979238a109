import http from 'node:http';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { buildAdmin } from '../scripts/lib/build-admin.ts';
import { idToken } from '../sandbox/engine/oauth.ts';
import type { BenchRun } from './bench.ts';
import { productionEnv, type ChildServer } from './child.ts';
import { inRounds, median, medianRatio, quantile } from './figures.ts';
import { startPageServer } from './page-server.ts';

/** What the browser asks for when someone walks to a page of the admin, and a word that its rows hold. */
export type PageRequest = { name: string; path: string; word: string; sql: string; values: number[] };

const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

type Answer = { status: number; bytes: number; ms: number; body: string };

/** One request over the agent's kept-alive connection; from the first byte out to the last byte in. */
async function ask(agent: http.Agent, url: string, token: string): Promise<Answer> {
  const started = performance.now();
  const headers = { authorization: `Bearer ${token}`, 'user-agent': USER_AGENT, 'accept-encoding': 'gzip' };
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get(url, { agent, headers }, resolve).on('error', reject);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  const ms = performance.now() - started;
  const raw = Buffer.concat(chunks);
  const body = response.headers['content-encoding'] === 'gzip' ? await unzipped(raw) : raw.toString('utf8');
  return { status: response.statusCode ?? 0, bytes: raw.length, ms, body };
}

function unzipped(raw: Buffer): Promise<string> {
  const gunzip = createGunzip();
  gunzip.end(raw);
  return text(gunzip);
}

/** Asks the web process for whole pages' data, with a session, beside a bare server that answers with as many bytes. */
export async function measureRequests(run: BenchRun, shop: { url: string; domain: string }, pages: readonly PageRequest[]): Promise<void> {
  await buildAdmin({ log: (line) => run.progress(line) });
  const servers: ChildServer[] = [];
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const ours = await startPageServer({ kind: 'ours', databaseUrl: shop.url, shop: shop.domain });
    servers.push(ours);
    const { SHOPIFY_API_KEY: apiKey, SHOPIFY_API_SECRET: apiSecret } = productionEnv({ DATABASE_URL: shop.url });
    const get = async (server: ChildServer, path: string): Promise<Answer> => {
      // A token lives for a minute, as in Shopify's admin.
      const token = idToken({ apiKey, apiSecret }, shop.domain, new Date());
      const answer = await ask(agent, `http://127.0.0.1:${server.port}${path}`, token);
      if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}`);
      return answer;
    };
    const answers: Record<string, { sql: string; values: number[]; bytes: number }> = {};
    for (const { path, word, sql, values } of pages) {
      const { bytes, body } = await get(ours, path);
      if (!body.includes(word)) throw new Error(`${path} does not show ${word}`);
      answers[path] = { sql, values, bytes };
    }
    const limit = await startPageServer({ kind: 'limit', databaseUrl: shop.url, answers });
    servers.push(limit);
    for (const { name, path } of pages) {
      const sides = { ours: async () => (await get(ours, path)).ms, limit: async () => (await get(limit, path)).ms };
      await inRounds(run.quick ? 2 : 20, sides);
      const rounds = await inRounds(run.quick ? 10 : 100, sides);
      run.figure(`${name}-p50`, median(rounds.ours), 'ms');
      run.figure(`${name}-p95`, quantile(rounds.ours, 0.95), 'ms');
      run.figure(`${name}-limit-p50`, median(rounds.limit), 'ms');
      run.figure(`${name}-ratio`, medianRatio(rounds), 'value/limit');
    }
  } finally {
    agent.destroy();
    for (const server of servers) await server.stop();
  }
}
