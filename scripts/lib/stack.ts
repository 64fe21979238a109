import fs from 'node:fs';
import path from 'node:path';
import { freePort } from '../../app/platform/embedded-postgres.server.ts';
import { migrate } from '../../app/platform/migrate.server.ts';
import { buildAdmin } from './build-admin.ts';
import { startChild, type Child } from './child.ts';
import { openLocalDatabase } from './local-database.ts';

export type StackOptions = {
  /** Where everything that lasts is kept: database, sandbox state, logs. */
  dataFolder: string;
  /** Store folders in the sandbox's JSONL shape. */
  stores: string[];
  adminPort: number;
  appPort: number;
  ordersPerMinute: number;
  /** A database of one's own instead of the embedded one. */
  databaseUrl?: string;
  redisUrl?: string;
  /** Vite in the web process, with reload, instead of the built admin. */
  dev?: boolean;
  logLevel?: string;
  log: (line: string) => void;
};

export type Stack = {
  /** Where the sandbox's admin answers: the one address for the browser. */
  readonly adminUrl: string;
  readonly appUrl: string;
  readonly databaseUrl: string;
  readonly shops: readonly string[];
  /** Resolves when one of the processes ends without having been asked. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
};

/** The asked port, or a free one when something else listens there. */
async function portOr(asked: number): Promise<number> {
  if (asked === 0) return freePort();
  const net = await import('node:net');
  const free = await new Promise<boolean>((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(asked, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
  return free ? asked : freePort();
}

/** Brings up database, sandbox, web and worker, in that order; stop() ends them in the other. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    return await bringUp(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(options: StackOptions, stops: (() => Promise<void>)[], stop: () => Promise<void>): Promise<Stack> {
  const logFolder = path.join(options.dataFolder, 'logs');
  fs.mkdirSync(logFolder, { recursive: true });
  const [adminPort, appPort] = [await portOr(options.adminPort), await portOr(options.appPort)];
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const appUrl = `http://127.0.0.1:${appPort}`;
  const children: Child[] = [];
  const start = (name: string, args: string[], env: Record<string, string> = {}): Child => {
    const child = startChild({ name, args, env, logFolder });
    children.push(child);
    stops.push(() => child.stop());
    return child;
  };

  const database = options.databaseUrl
    ? { url: options.databaseUrl, stop: async () => undefined }
    : await openLocalDatabase(options.dataFolder);
  stops.push(() => database.stop());
  await migrate(database.url);
  const env = {
    DATABASE_URL: database.url,
    SANDBOX_URL: adminUrl,
    PORT: String(appPort),
    APP_URL: appUrl,
    // React as it is served to real stores; that the sandbox is meant is said.
    ...(options.dev ? {} : { NODE_ENV: 'production', STOREBOOK_SANDBOX: 'true' }),
    LOG_LEVEL: options.logLevel ?? 'info',
    ...(options.redisUrl ? { REDIS_URL: options.redisUrl } : {}),
  };
  const sandbox = start('sandbox', [
    'sandbox/main.ts',
    '--port',
    String(adminPort),
    '--app-url',
    appUrl,
    '--data',
    path.join(options.dataFolder, 'sandbox'),
    '--orders-per-minute',
    String(options.ordersPerMinute),
    ...options.stores.flatMap((store) => ['--store', store]),
  ]);
  const [shops] = await Promise.all([sandbox.ready('shops'), options.dev ? undefined : buildAdmin({ log: options.log })]);
  const web = start('web', ['scripts/web.ts', ...(options.dev ? ['--dev'] : [])], env);
  const worker = start('worker', ['scripts/worker.ts'], env);
  await Promise.all([web.ready('web'), worker.ready('worker')]);

  let stopping = false;
  const failed = Promise.race(
    children.map(
      (child) =>
        new Promise<string>((resolve) => {
          child.process.once('close', (code, signal) => {
            if (!stopping)
              resolve(`${child.name} ended (${signal ?? `exit ${code}`}); its log is ${path.join(logFolder, `${child.name}.log`)}`);
          });
        }),
    ),
  );
  return {
    adminUrl,
    appUrl,
    databaseUrl: database.url,
    shops: Array.isArray(shops) ? shops.map(String) : [],
    failed,
    async stop() {
      stopping = true;
      await stop();
    },
  };
}
