import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isDeepStrictEqual, stripVTControlCharacters } from 'node:util';
import type pg from 'pg';
import { connect } from './disturb.ts';
import { expectedRecord, type Expected } from './expected.ts';
import type { Delivery } from './plan-load.ts';
import type { Stack } from './stack.ts';

export type Difference = { what: string; [detail: string]: unknown };
export type Checked = {
  /** Rows of the inbox by status. */
  inbox: Record<string, number>;
  /** Deliveries that were applied exactly once. */
  applied: number;
  orders: number;
  /** Exit status of `storebook verify`. */
  verify: number;
  differences: Difference[];
};

const VERIFY_MS = 180_000;
/** So many of one kind are named; all are counted. */
const NAMED = 20;

type InboxRow = { shop: string; topic: string; webhookId: string; status: string; error: string | null; times: number };

async function readInbox(client: pg.Client): Promise<InboxRow[]> {
  const { rows } = await client.query<InboxRow>(
    `SELECT s.domain AS shop, e.topic, e.webhook_id AS "webhookId", e.status, e.error, COALESCE(a.times, 0) AS times
     FROM inbox_events e JOIN shops s ON s.id = e.shop_id
     LEFT JOIN (SELECT shop_id, inbox_id, count(*)::int AS times FROM chaos.applied GROUP BY 1, 2) a ON a.shop_id = e.shop_id AND a.inbox_id = e.id`,
  );
  return rows;
}

const MS = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;
const RECORD: Readonly<Record<Expected['table'], string>> = {
  orders: `SELECT r.id::float8, ${MS('r.updated_at')} AS "updatedAt", r.total::float8, r.financial_status AS status,
      (SELECT COALESCE(sum(l.quantity), 0)::int FROM order_lines l WHERE l.shop_id = r.shop_id AND l.order_id = r.id) AS units,
      ${MS('r.cancelled_at')} AS "cancelledAt", r.deleted_at IS NOT NULL AS deleted,
      (SELECT count(*)::int FROM refunds f WHERE f.shop_id = r.shop_id AND f.order_id = r.id) AS refunds,
      (SELECT COALESCE(sum(f.amount), 0)::float8 FROM refunds f WHERE f.shop_id = r.shop_id AND f.order_id = r.id) AS refunded`,
  customers: `SELECT r.id::float8, ${MS('r.updated_at')} AS "updatedAt", array_to_string(r.tags, ',') AS mark, r.deleted_at IS NOT NULL AS deleted`,
  products: `SELECT r.id::float8, ${MS('r.updated_at')} AS "updatedAt", r.title AS mark, r.deleted_at IS NOT NULL AS deleted`,
  inventory_levels: `SELECT r.inventory_item_id::float8 AS id, ${MS('r.updated_at')} AS "updatedAt", r.available`,
};

/** @returns the rows of a table by "shop/id". */
async function readRecord(client: pg.Client, table: Expected['table']): Promise<Map<string, object>> {
  const { rows } = await client.query<{ shop: string; id: number }>(
    `${RECORD[table]}, s.domain AS shop FROM ${table} r JOIN shops s ON s.id = r.shop_id`,
  );
  return new Map(rows.map(({ shop, id, ...row }) => [`${shop}/${id}`, row]));
}

function inboxDifferences(
  rows: readonly InboxRow[],
  known: { sent: ReadonlyMap<string, Delivery>; acknowledged: ReadonlySet<string> },
): Difference[] {
  const differences: Difference[] = [];
  const times = new Map<string, number>();
  for (const row of rows) {
    const { webhookId, topic } = row;
    times.set(webhookId, (times.get(webhookId) ?? 0) + 1);
    const delivery = known.sent.get(webhookId);
    if (!delivery || delivery.topic !== topic || delivery.shop !== row.shop) differences.push({ what: 'never sent', webhookId, topic });
    else if (row.status === 'failed') differences.push({ what: 'parked', webhookId, topic, error: row.error });
    else if (row.status === 'pending') differences.push({ what: 'not applied', webhookId, topic, error: row.error });
    else if (row.times > 1) differences.push({ what: 'applied more than once', webhookId, topic, times: row.times });
    else if (row.status === 'applied' && row.times === 0) differences.push({ what: 'said to be applied, and was not', webhookId, topic });
  }
  for (const webhookId of known.acknowledged) {
    const found = times.get(webhookId) ?? 0;
    if (found === 0) differences.push({ what: 'acknowledged and lost', webhookId, topic: known.sent.get(webhookId)?.topic });
    if (found > 1) differences.push({ what: 'in the inbox more than once', webhookId, rows: found });
  }
  return differences;
}

async function recordDifferences(client: pg.Client, deliveries: readonly Delivery[]): Promise<Difference[]> {
  const differences: Difference[] = [];
  const expected = expectedRecord(deliveries);
  for (const table of Object.keys(RECORD) as Expected['table'][]) {
    const held = await readRecord(client, table);
    for (const { shop, id, row } of expected.filter((entry) => entry.table === table)) {
      const key = `${shop}/${id}`;
      const live = held.get(key);
      held.delete(key);
      if (!isDeepStrictEqual({ ...live }, { ...row }))
        differences.push({ what: 'another state', table, key, live: live ?? null, expected: row });
    }
    for (const key of held.keys()) differences.push({ what: 'nobody sent it', table, key });
  }
  // Every level that was told must stand in the history, once.
  const told = new Set(deliveries.flatMap(({ shop, says }) => (says.of === 'level' ? [`${shop}/${says.id}/${says.updatedAt}`] : [])));
  const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM inventory_changes');
  if (rows[0]?.count !== told.size)
    differences.push({ what: 'another number of rows', table: 'inventory_changes', live: rows[0]?.count, expected: told.size });
  return differences;
}

/** The operator's own command as a process, so that it is what an operator would see. */
async function runVerify(stack: Stack): Promise<{ status: number; lines: string[] }> {
  const child = spawn(process.execPath, ['--no-warnings', 'scripts/storebook.ts', 'verify'], {
    env: { ...process.env, ...stack.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: VERIFY_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status: status ?? -1, lines: stripVTControlCharacters(output).split('\n').filter(Boolean) };
}

/** Waits until the inbox holds nothing that is to be applied. @returns how many still wait when the time is over. */
export async function untilDrained(stack: Stack, ms: number): Promise<number> {
  for (const until = Date.now() + ms; ; await new Promise((resolve) => setTimeout(resolve, 500))) {
    const client = await connect(stack.databaseUrl);
    try {
      const { rows } = await client.query<{ count: number }>("SELECT count(*)::int AS count FROM inbox_events WHERE status = 'pending'");
      const waiting = rows[0]?.count ?? 0;
      if (waiting === 0 || Date.now() > until) return waiting;
    } finally {
      await client.end();
    }
  }
}

/** Holds inbox and record against what was sent and acknowledged, and has the program verify itself. */
export async function checkAll(
  stack: Stack,
  known: { deliveries: readonly Delivery[]; sent: ReadonlySet<string>; acknowledged: ReadonlySet<string> },
): Promise<Checked> {
  const client = await connect(stack.databaseUrl);
  try {
    const rows = await readInbox(client);
    const sent = new Map(known.deliveries.filter(({ webhookId }) => known.sent.has(webhookId)).map((entry) => [entry.webhookId, entry]));
    // One that was written but whose 200 was lost counts as told; one that was acknowledged counts wherever it went.
    const inInbox = new Set(rows.map((row) => row.webhookId));
    const told = known.deliveries.filter(({ webhookId }) => inInbox.has(webhookId) || known.acknowledged.has(webhookId));
    const differences = [...inboxDifferences(rows, { sent, acknowledged: known.acknowledged }), ...(await recordDifferences(client, told))];
    const verify = await runVerify(stack);
    if (verify.status !== 0) differences.push({ what: 'storebook verify', status: verify.status, lines: verify.lines.slice(-NAMED) });
    const inbox: Record<string, number> = {};
    for (const { status } of rows) inbox[status] = (inbox[status] ?? 0) + 1;
    return {
      inbox,
      applied: rows.filter((row) => row.times === 1).length,
      orders: (await client.query<{ count: number }>('SELECT count(*)::int AS count FROM orders')).rows[0]?.count ?? 0,
      verify: verify.status,
      differences,
    };
  } finally {
    await client.end();
  }
}
