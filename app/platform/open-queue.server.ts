import type { Env } from './env.server.ts';
import type { Logger } from './logger.server.ts';
import type { JobQueue } from './queue.server.ts';
import { openBullQueue } from './queue-bull.server.ts';
import { openPgBossQueue } from './queue-pg-boss.server.ts';

/** Bull where there is a Redis, pg-boss on the database where there is none. */
export async function openQueue(env: Pick<Env, 'REDIS_URL' | 'DATABASE_URL'>, log: Logger): Promise<JobQueue> {
  return env.REDIS_URL ? openBullQueue({ url: env.REDIS_URL, log }) : openPgBossQueue({ url: env.DATABASE_URL, log });
}
