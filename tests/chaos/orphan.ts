import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from './disturb.ts';
import type { Stack } from './stack.ts';

/**
 * A delivery whose web process died between the commit and the job, or whose job was in a Redis that was emptied: it
 * stands in the inbox, and nobody was told. The sweeper must find it after all that the run has done to the schedules.
 * @returns whether it was applied within `ms`.
 */
export async function orphanApplied(stack: Pick<Stack, 'databaseUrl'>, ms: number): Promise<boolean> {
  const client = await connect(stack.databaseUrl);
  try {
    const body = JSON.stringify({ id: 7_999_999_999_999, tags: 'orphan', updated_at: '2020-01-01T00:00:00Z' });
    const { rows } = await client.query<{ shop: number; id: string }>(
      `INSERT INTO inbox_events (shop_id, topic, webhook_id, body) SELECT min(id), 'customers/update', 'orphan', $1 FROM shops
       RETURNING shop_id AS shop, id`,
      [body],
    );
    for (const until = Date.now() + ms; Date.now() < until; await sleep(1_000)) {
      const held = await client.query("SELECT 1 FROM inbox_events WHERE shop_id = $1 AND id = $2 AND status = 'applied'", [
        rows[0]?.shop,
        rows[0]?.id,
      ]);
      if (held.rowCount === 1) return true;
    }
    return false;
  } finally {
    await client.end();
  }
}
