import { webhookCatalogue, webhookTopics } from '../../app/jobs/webhook-catalogue.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { PRIVACY_TOPICS } from '../../app/privacy/index.server.ts';
import { privacyJobs } from '../../app/privacy/jobs.server.ts';
import { drainInbox, webhookDoor } from '../../app/record/index.server.ts';
import type { Db } from '../../app/platform/db.server.ts';
import { stringifyLossless } from '../../app/core/lossless-json.ts';
import type { TestDatabase } from './database.ts';
import type { TestPlatform } from './platform.ts';
import { serveDoor } from './signed-webhook.ts';

const topics = webhookCatalogue();

/** The signed door as the web process mounts it, the drain, and the room's jobs, run by hand. */
export async function privacyBench(platform: TestPlatform) {
  const door = await serveDoor(
    webhookDoor(platform, {
      topics: webhookTopics(),
      fineUnknown: PRIVACY_TOPICS,
      wake: async () => undefined,
      count: () => undefined,
    }),
  );
  const jobs = privacyJobs({ platform, topics });
  const run = (name: string, payload: object): Promise<void> => {
    const job = jobs.find((candidate) => candidate.definition.name === name);
    if (!job) throw new Error(`no job ${name}`);
    return job.run(payload);
  };
  return {
    send: (domain: string, topic: string, body: object, triggeredAt = '2026-11-20T10:00:00.000Z') =>
      door.send({
        topic,
        body: stringifyLossless(body),
        shop: domain,
        secret: platform.env.SHOPIFY_API_SECRET,
        headers: { 'x-shopify-triggered-at': triggeredAt },
      }),
    drain: (scope: ShopScope) => drainInbox(platform, topics, scope.shop),
    redact: (shopId: number, watch = false) => run('privacy.redact', { shopId, watch }),
    /** What a worker does in a minute: the sweep, then every job that it has put in line. */
    async minute() {
      platform.queue.jobs.length = 0;
      await run('privacy.sweep', {});
      for (const job of platform.queue.jobs) await run(job.name, { ...(job.payload as object) });
    },
    close: () => door.close(),
  };
}

/** A database whose transactions fail after so many, as for a process that is killed. */
export function dyingAfter<D extends Db>(db: D, calls: number): D {
  let left = calls;
  return {
    ...db,
    forShop(shopId, work, options) {
      left -= 1;
      return left >= 0 ? db.forShop(shopId, work, options) : Promise.reject(new Error('killed'));
    },
  };
}

/** Every row of every table as text, by table; what is not in here is nowhere in the database. */
export async function dumpDatabase(database: TestDatabase): Promise<Map<string, string[]>> {
  const { rows } = await database.db.pool.query<{ schema: string; name: string }>(
    `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`,
  );
  const dump = new Map<string, string[]>();
  for (const { schema, name } of rows) {
    const table = await database.db.pool.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM "${schema}"."${name}" t ORDER BY 1`);
    dump.set(
      name,
      table.rows.map(({ row }) => row),
    );
  }
  return dump;
}

/** The tables in which a word stands, whatever its case. */
export function tablesWith(dump: ReadonlyMap<string, readonly string[]>, word: string): string[] {
  const lower = word.toLowerCase();
  return [...dump].filter(([, rows]) => rows.some((row) => row.toLowerCase().includes(lower))).map(([name]) => name);
}
