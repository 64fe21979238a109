import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../app/platform/embedded-postgres.server.ts';
import { migrate } from '../../app/platform/migrate.server.ts';
import type { ChaosOptions } from './options.ts';
import { CODES, codeOf, shopDomain } from './plan-load.ts';
import { connect } from './disturb.ts';
import { supervise, type Supervised } from './supervise.ts';
import { plantWitness } from './witness.ts';

const DATABASE = 'storebook';
/** A process comes up in two seconds; on a machine with forty others at work it takes minutes. */
const UP_MS = 300_000;
export const SECRET = 'the-secret-of-the-chaos-run';

/** The whole program as real processes on free ports, all of it in a temporary folder. */
export type Stack = {
  readonly databaseUrl: string;
  /** The server's maintenance database. */
  readonly adminUrl: string;
  readonly database: string;
  readonly redisUrl: string | null;
  readonly webPorts: readonly number[];
  readonly logFolder: string;
  /** The environment of the web processes, the workers and the operator's command. */
  readonly env: Readonly<Record<string, string>>;
  programs(kind: 'web' | 'worker' | 'postgres' | 'redis'): readonly Supervised[];
  all(): readonly Supervised[];
  /** Resolves when every process serves. */
  allUp(): Promise<void>;
  /** Ends all; `keepLogs` leaves the folder with the logs. */
  stop(options: { keepLogs: boolean }): Promise<void>;
};

const file = (name: string): string => path.join(import.meta.dirname, 'programs', `${name}.ts`);

export async function startStack(
  options: Pick<ChaosOptions, 'engine' | 'web' | 'workers' | 'shops'>,
  tell: (line: object) => void,
): Promise<Stack> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-chaos-'));
  // The server may run as another user; it must be able to reach its own folder.
  fs.chmodSync(root, 0o755);
  const logFolder = path.join(root, 'logs');
  fs.mkdirSync(logFolder);
  const groups = { web: [] as Supervised[], worker: [] as Supervised[], postgres: [] as Supervised[], redis: [] as Supervised[] };
  const all = (): Supervised[] => [...groups.postgres, ...groups.redis, ...groups.web, ...groups.worker];
  const stop = async ({ keepLogs }: { keepLogs: boolean }): Promise<void> => {
    await Promise.all([...groups.web, ...groups.worker].map((program) => program.stop()));
    await Promise.all([...groups.redis, ...groups.postgres].map((program) => program.stop()));
    if (keepLogs) fs.rmSync(path.join(root, 'postgres'), { recursive: true, force: true });
    else fs.rmSync(root, { recursive: true, force: true });
  };
  try {
    const port = await freePort();
    const url = (name: string): string => `postgresql://postgres:storebook@127.0.0.1:${port}/${name}`;
    const task = { folder: path.join(root, 'postgres'), port, database: DATABASE };
    groups.postgres.push(supervise({ name: 'postgres', file: file('postgres'), task, env: {}, logFolder, tell }));
    const redisPort = options.engine === 'bull' ? await freePort() : null;
    if (redisPort !== null)
      groups.redis.push(
        supervise({ name: 'redis', file: file('redis'), task: { folder: root, port: redisPort }, env: {}, logFolder, tell }),
      );
    await Promise.all(all().map((program) => program.ready(UP_MS)));
    await migrate(url(DATABASE));
    await plant(url(DATABASE), options.shops);

    const env = {
      // As in production, with the sandbox's leave to serve this machine alone. Nobody answers at the store's address:
      // what a webhook brings is applied without a question to the store.
      NODE_ENV: 'production',
      STOREBOOK_SANDBOX: 'true',
      SANDBOX_URL: `http://127.0.0.1:${await freePort()}`,
      SHOPIFY_API_SECRET: SECRET,
      DATABASE_URL: url(DATABASE),
      REDIS_URL: redisPort === null ? '' : `redis://127.0.0.1:${redisPort}`,
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
    };
    const webPorts: number[] = [];
    for (let index = 1; index <= options.web; index += 1) {
      const webPort = await freePort();
      webPorts.push(webPort);
      groups.web.push(supervise({ name: `web-${index}`, file: file('web'), env: { ...env, PORT: String(webPort) }, logFolder, tell }));
    }
    for (let index = 1; index <= options.workers; index += 1)
      groups.worker.push(supervise({ name: `worker-${index}`, file: file('worker'), env, logFolder, tell }));
    const allUp = async (): Promise<void> => void (await Promise.all(all().map((program) => program.ready(UP_MS))));
    await allUp();
    return {
      databaseUrl: url(DATABASE),
      adminUrl: url('postgres'),
      database: DATABASE,
      redisUrl: env.REDIS_URL || null,
      webPorts,
      logFolder,
      env,
      programs: (kind) => groups[kind],
      all,
      allUp,
      stop,
    };
  } catch (error) {
    await stop({ keepLogs: true });
    throw new Error(`the programs did not come up; their logs are in ${logFolder}`, { cause: error });
  }
}

/** Installed shops with tiers and a campaign, so that members and redemptions have something to follow; and the witness. */
async function plant(url: string, shops: number): Promise<void> {
  const client = await connect(url);
  try {
    await client.query('BEGIN');
    for (let index = 0; index < shops; index += 1) {
      const { rows } = await client.query<{ id: number }>(
        `INSERT INTO shops (domain, name, currency, timezone, installed_at) VALUES ($1, $2, 'GBP', 'Europe/London', now()) RETURNING id`,
        [shopDomain(index), `Chaos ${index + 1}`],
      );
      const shop = rows[0]?.id;
      await client.query(
        `INSERT INTO loyalty_tiers (shop_id, id, name, threshold) VALUES ($1, 1, 'Silver', 20000), ($1, 2, 'Gold', 80000)`,
        [shop],
      );
      await client.query(
        `INSERT INTO campaigns (shop_id, id, name, status, audience, starts_at, seed, before_days, created_at, updated_at)
         VALUES ($1, 1, 'Chaos', 'active', '[]', now() - interval '1 year', '\\x00', 28, now(), now())`,
        [shop],
      );
      await client.query(
        `INSERT INTO campaign_codes (shop_id, code, campaign_id, arm, customer_id, status)
         SELECT $1, code, 1, 1, position, 'added' FROM unnest($2::text[]) WITH ORDINALITY AS c(code, position)`,
        [shop, Array.from({ length: CODES }, (_, number) => codeOf(index, number + 1))],
      );
    }
    await plantWitness(client);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
