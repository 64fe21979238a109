import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { PROGRAM_OF, type Disturbance } from './plan-disturbances.ts';
import type { Stack } from './stack.ts';

/** Moments of performance.now() between which no connection to the database was possible. */
export type Refusal = { from: number; to: number | null };

const TRY_MS = 120_000;
const MOST_CONNECTIONS = 400;

/** A connection of an operator, to the maintenance database; that it is lost is part of the game. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000, application_name: 'chaos' });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}

/** Tries until it works: the server may be down, or full, by another disturbance. @throws the last error after `ms`. */
async function insist<T>(ms: number, work: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + ms; ; await sleep(300)) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}

async function asOperator<T>(stack: Stack, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(stack.adminUrl);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** @returns how many connections to the program's database were ended. */
async function endConnections(client: pg.Client, database: string): Promise<number> {
  const { rowCount } = await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [database]);
  return rowCount ?? 0;
}

async function refuse(stack: Stack, options: { forMs: number; refusals: Refusal[] }): Promise<void> {
  const name = stack.database;
  await insist(TRY_MS, () => asOperator(stack, (client) => client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)));
  try {
    // One that was on its way in may come through; after a second round none is left.
    for (let round = 0; round < 2; round += 1) {
      await insist(TRY_MS, () => asOperator(stack, (client) => endConnections(client, name)));
      await sleep(200);
    }
    const refusal: Refusal = { from: performance.now(), to: null };
    options.refusals.push(refusal);
    await sleep(options.forMs);
    refusal.to = performance.now();
  } finally {
    await insist(TRY_MS, () => asOperator(stack, (client) => client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)));
  }
}

async function fillConnections(stack: Stack, forMs: number): Promise<number> {
  const held: pg.Client[] = [];
  const fill = async (): Promise<void> => {
    while (held.length < MOST_CONNECTIONS) held.push(await connect(stack.adminUrl));
  };
  const operator = await insist(10_000, () => connect(stack.adminUrl));
  try {
    const until = Date.now() + forMs;
    do {
      // Runs into "too many clients"; the program's own connections are ended, and their places taken.
      await fill().catch(() => undefined);
      await endConnections(operator, stack.database).catch(() => undefined);
      await fill().catch(() => undefined);
      await sleep(500);
    } while (Date.now() < until);
    return held.length;
  } finally {
    await Promise.all([operator, ...held].map((client) => client.end().catch(() => undefined)));
  }
}

async function lockInbox(stack: Stack, forMs: number): Promise<void> {
  const client = await insist(10_000, () => connect(stack.databaseUrl));
  try {
    await client.query('BEGIN');
    await client.query("SET LOCAL lock_timeout = '10s'");
    await client.query('LOCK TABLE inbox_events IN ACCESS EXCLUSIVE MODE');
    await sleep(forMs);
    await client.query('ROLLBACK');
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function emptyRedis(url: string): Promise<void> {
  const client = new Redis(url, { maxRetriesPerRequest: 1, connectTimeout: 3_000, commandTimeout: 5_000, lazyConnect: true });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.flushall();
  } finally {
    client.disconnect();
  }
}

/** Does one thing to the program, and takes it back when its time is over. @returns what to say about it. */
export async function disturb(stack: Stack, disturbance: Disturbance, refusals: Refusal[]): Promise<object> {
  const { kind, forMs } = disturbance;
  const program = PROGRAM_OF[kind];
  if (program) {
    const target = stack.programs(program)[disturbance.index];
    if (!target) throw new Error(`there is no ${program} ${disturbance.index}`);
    if (forMs === 0) return { target: target.name, was: target.signal('SIGKILL') ? 'up' : 'down already' };
    const stopped = target.signal('SIGSTOP');
    await sleep(forMs);
    target.signal('SIGCONT');
    return { target: target.name, was: stopped ? 'up' : 'down already' };
  }
  switch (kind) {
    case 'refuse':
      await refuse(stack, { forMs, refusals });
      return {};
    case 'fill-connections':
      return { connections: await fillConnections(stack, forMs) };
    case 'lock-inbox':
      await lockInbox(stack, forMs);
      return {};
    case 'end-connections':
      return { connections: await asOperator(stack, (client) => endConnections(client, stack.database)) };
    case 'empty-redis':
      await emptyRedis(stack.redisUrl ?? '');
      return {};
    default:
      throw new Error(`nobody knows how to ${kind}`);
  }
}
