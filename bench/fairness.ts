import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Session } from '@shopify/shopify-api';
import pg from 'pg';
import { openQueue } from '../app/platform/open-queue.server.ts';
import { KINDS } from '../app/record/backfill.store.server.ts';
import { startBackfill } from '../app/record/index.server.ts';
import { sessionStorage } from '../app/shopify/session.store.server.ts';
import { testPlatform, type TestScope } from '../tests/support/platform.ts';
import { startRedis } from '../tests/support/redis.ts';
import { webhookHeaders } from '../tests/support/signed-webhook.ts';
import type { Bench, BenchRun } from './bench.ts';
import { writeBulkFile } from './bulk-file.ts';
import { startBulkStore, type BulkStore } from './bulk-store.ts';
import { startFairnessWeb } from './fairness-server.ts';
import { inRounds, quantile } from './figures.ts';
import { orderBody } from './order-bodies.ts';

const SECRET = 'the-secret-of-the-bench';
const SMALL = 'small.myshopify.com';
const ENGINES = ['pg-boss', 'bull'] as const;
type Engine = (typeof ENGINES)[number];

/**
 * How long a small shop waits for its webhook to be in the record: from the first byte of the signed request to the
 * commit that wrote the order, while a large shop's history is imported by the same worker, beside the same with nothing
 * else to do. One web and one worker process as in production, in turn in one run.
 */
export const fairness: Bench = {
  about: 'delay of a small shop’s webhook while a large shop imports its history',
  async run(run) {
    const orders = run.quick ? 500 : 3_000;
    const file = path.join(path.dirname(run.server.folder), 'fairness.jsonl');
    const store = await startBulkStore({ file, lines: await writeBulkFile(file, orders) });
    const ratios: number[] = [];
    try {
      for (const engine of ENGINES) {
        if (engine === 'bull' && spawnSync('redis-server', ['--version']).status !== 0) {
          run.progress('no redis-server on this machine: Bull is not measured');
          continue;
        }
        ratios.push(await measure(run, { engine, store }));
      }
      run.figure('p95 ratio to alone', Math.max(...ratios), 'beside/alone');
    } finally {
      await store.stop();
      fs.rmSync(file, { force: true });
    }
  },
};

async function measure(run: BenchRun, { engine, store }: { engine: Engine; store: BulkStore }): Promise<number> {
  const scene = await openScene(run, { engine, store });
  try {
    const samples = run.quick ? 10 : 50;
    // The first of everything is slow on both sides.
    await sampled(scene, run.quick ? 5 : 20);
    await scene.importOne();
    scene.imported.orders = scene.imported.seconds = 0;
    const rounds = await inRounds(run.quick ? 1 : 3, {
      ours: () => beside(scene, samples),
      limit: () => sampled(scene, samples),
    });
    run.progress(`${engine}: ${scene.imported.orders} orders were imported beside it`);
    const [ours, alone] = [rounds.ours.flat(), rounds.limit.flat()];
    for (const [share, name] of [
      [0.5, 'p50'],
      [0.95, 'p95'],
    ] as const) {
      run.figure(`${engine} ${name}`, quantile(ours, share), 'ms');
      run.figure(`${engine} ${name} alone`, quantile(alone, share), 'ms');
      run.figure(`${engine} ${name} ratio to alone`, quantile(ours, share) / quantile(alone, share), 'beside/alone');
    }
    run.figure(`${engine} import beside it`, scene.imported.orders / scene.imported.seconds, 'orders/s');
    return quantile(ours, 0.95) / quantile(alone, 0.95);
  } finally {
    await scene.close();
  }
}

type Scene = {
  /** Sends one order of the small shop. @returns ms from the first byte out to the commit that holds the order. */
  send(): Promise<number>;
  /** Imports a large shop's history from beginning to end. */
  importOne(): Promise<void>;
  /** What was imported while the small shop was measured. */
  readonly imported: { orders: number; seconds: number };
  close(): Promise<void>;
};

async function sampled(scene: Scene, count: number): Promise<number[]> {
  const delays: number[] = [];
  for (let at = 0; at < count; at += 1) {
    delays.push(await scene.send());
    // Not in step with anything of the program's own.
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 80));
  }
  return delays;
}

/** Measures while one large import after the other runs. */
async function beside(scene: Scene, count: number): Promise<number[]> {
  let measuring = true;
  const importing = (async () => {
    while (measuring) await scene.importOne();
  })();
  try {
    return await sampled(scene, count);
  } finally {
    measuring = false;
    await importing;
  }
}

/** The worker as it is started in production. Ends with its parent, whichever way that ends. */
async function startWorkerProcess(env: Record<string, string>): Promise<ChildProcess> {
  const child = fork('scripts/worker.ts', [], {
    execArgv: ['--no-warnings'],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 2, 'ipc'],
  });
  const ended = once(child, 'exit').then(() => false);
  const up = new Promise<boolean>((resolve) =>
    child.stdout?.on('data', (text: Buffer) => String(text).includes('"ready"') && resolve(true)),
  );
  if (!(await Promise.race([up, ended]))) throw new Error('the worker did not start');
  return child;
}

/** Tells of each order of the small shop when its transaction is committed; polling would take time from what is measured. */
const TELL = `
  CREATE FUNCTION bench_tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('bench_applied', NEW.id::text); RETURN NULL; END $$;
  CREATE TRIGGER bench_tell AFTER INSERT ON orders FOR EACH ROW WHEN (NEW.shop_id = 1) EXECUTE FUNCTION bench_tell();`;

async function openScene(run: BenchRun, { engine, store }: { engine: Engine; store: BulkStore }): Promise<Scene> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).toReversed()) await end();
  };
  try {
    const database = await run.server.database();
    closing.push(() => database.close());
    const redis = engine === 'bull' ? await startRedis() : null;
    if (redis) closing.push(() => redis.stop());
    const env = {
      NODE_ENV: 'production',
      STOREBOOK_SANDBOX: 'true',
      SANDBOX_URL: store.url,
      DATABASE_URL: database.url,
      SHOPIFY_API_SECRET: SECRET,
      LOG_LEVEL: 'warn',
      ...(redis ? { REDIS_URL: redis.url } : {}),
    };
    await database.db.prisma.shop.create({
      data: { id: 1, domain: SMALL, name: 'Small', currency: 'PLN', timezone: 'Europe/Warsaw', installedAt: new Date('2026-01-01') },
    });
    await database.db.pool.query(TELL);
    await database.db.pool.query("SELECT setval(pg_get_serial_sequence('shops', 'id'), 10)");
    const listener = new pg.Client({ connectionString: database.url });
    listener.on('error', () => undefined);
    await listener.connect();
    closing.push(() => listener.end());
    await listener.query('LISTEN bench_applied');
    const worker = await startWorkerProcess(env);
    closing.push(async () => {
      const ended = once(worker, 'exit');
      worker.kill('SIGTERM');
      await ended;
    });
    const web = await startFairnessWeb(env);
    closing.push(() => web.stop());
    const platform = testPlatform(database, { env });
    const queue = await openQueue(platform.env, platform.log);
    closing.push(() => queue.close());

    let sent = 0;
    const waiting = new Map<string, () => void>();
    listener.on('notification', ({ payload }) => waiting.get(payload ?? '')?.());
    const imported = { orders: 0, seconds: 0 };
    return {
      close,
      imported,
      async send() {
        const body = orderBody((sent += 1));
        const applied = new Promise<number>((resolve, reject) => {
          const late = setTimeout(() => reject(new Error('a webhook was not applied within a minute')), 60_000);
          waiting.set(String(5_000_000_000_000 + sent), () => {
            clearTimeout(late);
            resolve(performance.now());
          });
        });
        const started = performance.now();
        const response = await fetch(`http://127.0.0.1:${web.port}/webhooks`, {
          method: 'POST',
          headers: webhookHeaders({ topic: 'orders/create', shop: SMALL, secret: SECRET, body }),
          body,
        });
        if (response.status !== 200) throw new Error(`a webhook was answered with ${response.status}`);
        return (await applied) - started;
      },
      async importOne() {
        const started = performance.now();
        const scope = await readyShop({ ...platform, queue });
        await startBackfill(scope, { anew: false });
        let done = false;
        while (!done) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          const step = await platform.db.prisma.backfill.findFirst({ where: { shopId: scope.shop.id, kind: 'orders' } });
          if (step?.status === 'failed') throw new Error(`the import failed: ${step.error}`);
          done = step?.status === 'done';
          if (performance.now() - started > 120_000) throw new Error('an import did not end');
        }
        imported.orders += await platform.db.prisma.order.count({ where: { shopId: scope.shop.id } });
        imported.seconds += (performance.now() - started) / 1_000;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A shop whose token has come and whose orders alone are still to be imported. */
async function readyShop(platform: Omit<TestScope, 'shop'>): Promise<TestScope> {
  const domain = `large-${Math.random().toString(36).slice(2)}.myshopify.com`;
  const row = await platform.db.prisma.shop.create({
    data: { domain, name: 'Large', currency: 'PLN', timezone: 'Europe/Warsaw', installedAt: platform.clock.now() },
  });
  const token = { id: `offline_${domain}`, shop: domain, state: '', isOnline: false, accessToken: 'token', scope: '' };
  await sessionStorage(platform).storeSession(new Session(token));
  await platform.db.prisma.backfill.createMany({
    data: KINDS.map((kind, position) => ({ shopId: row.id, kind, position, status: kind === 'orders' ? 'waiting' : 'done' })),
  });
  return { ...platform, shop: { id: row.id, domain, currency: row.currency, timezone: row.timezone } };
}
