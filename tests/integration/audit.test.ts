import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allAudit, listAudit, noteAudit, verifyAudit, writeAudit } from '../../app/audit/index.server.ts';
import { saveLeadTime } from '../../app/forecast/index.server.ts';
import { saveTiers } from '../../app/loyalty/index.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { chainText } from '../../app/audit/entry.ts';
import { keyedHash, parseKeyRing, seal } from '../../app/platform/crypto.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let shops = 0;

beforeAll(async () => {
  database = await testDatabase();
  platform = testPlatform(database);
});
afterAll(() => database.close());
beforeEach(async () => {
  const shop = await testShop(platform, { domain: `shop-${(shops += 1)}.myshopify.com` });
  scope = { ...shop, actor: { kind: 'staff', id: '7001' } };
});

/** As somebody with the database's own rights would: past the trigger. */
async function tamper(sql: string): Promise<void> {
  await database.db.pool.query('ALTER TABLE audit_log DISABLE TRIGGER ALL');
  try {
    await database.db.pool.query(sql.replaceAll('$shop', String(scope.shop.id)));
  } finally {
    await database.db.pool.query('ALTER TABLE audit_log ENABLE TRIGGER ALL');
  }
}
const write = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index += 1) await noteAudit(scope, { action: 'list.exported', subject: `list/${index}` });
};

describe('the audit log', () => {
  it('holds who, what, before and after, in the transaction of the change', async () => {
    await saveLeadTime(scope, 21);
    await saveTiers(scope, [{ name: 'Friends', threshold: 5_000n }]);
    const { rows, next } = await listAudit(scope, { before: null, actions: null, limit: 10 });
    expect(next).toBeNull();
    expect(rows).toMatchObject([
      {
        seq: 2n,
        actorKind: 'staff',
        actorId: '7001',
        action: 'loyalty.tiers.saved',
        before: expect.stringContaining('"tiers":[]'),
        after: expect.stringMatching(/"name":"Friends".*"threshold":"5000"/),
      },
      { seq: 1n, action: 'forecast.lead-time.saved', before: '14', after: '21' },
    ]);
    expect(await verifyAudit(scope)).toEqual([]);
  });

  it('loses its entry with a change that fails', async () => {
    const failing = scope.db.forShop(scope.shop.id, async (tx) => {
      await writeAudit(tx, scope, { action: 'loyalty.tiers.saved' });
      throw new Error('after all not');
    });
    await expect(failing).rejects.toThrow('after all not');
    expect((await listAudit(scope, { before: null, actions: null, limit: 10 })).rows).toEqual([]);
    expect(await verifyAudit(scope)).toEqual([]);
  });

  it('keeps its numbers without a gap when many write at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => noteAudit(scope, { action: 'list.exported', subject: `list/${index}` })));
    const seqs: bigint[] = [];
    for await (const row of allAudit(scope)) seqs.push(row.seq);
    expect(seqs).toEqual(Array.from({ length: 20 }, (_, index) => BigInt(20 - index)));
    expect(await verifyAudit(scope)).toEqual([]);
  });

  it('writes a view once an hour, a person and a thing', async () => {
    const see = (subject: string, id: string) =>
      noteAudit({ ...scope, actor: { kind: 'staff', id } }, { action: 'customer.viewed', subject });
    await see('customer/1', '7001');
    await see('customer/1', '7001');
    await see('customer/2', '7001');
    await see('customer/1', '7002');
    expect((await listAudit(scope, { before: null, actions: null, limit: 10 })).rows.map((row) => [row.subject, row.actorId])).toEqual([
      ['customer/1', '7002'],
      ['customer/2', '7001'],
      ['customer/1', '7001'],
    ]);
  });

  it.each([
    ["UPDATE audit_log SET after = '1' WHERE shop_id = $shop"],
    ['DELETE FROM audit_log WHERE shop_id = $shop'],
    ['TRUNCATE audit_log'],
  ])('refuses to be changed: %s', async (sql) => {
    await write(1);
    await expect(database.db.pool.query(sql.replace('$shop', String(scope.shop.id)))).rejects.toThrow('append-only');
    expect(await verifyAudit(scope)).toEqual([]);
  });

  it.each([
    ['a changed row', "UPDATE audit_log SET subject = 'list/9' WHERE shop_id = $shop AND seq = 3", [{ seq: 3n, problem: 'changed' }]],
    [
      'a changed time',
      "UPDATE audit_log SET at = at + interval '1 second' WHERE shop_id = $shop AND seq = 1",
      [{ seq: 1n, problem: 'changed' }],
    ],
    ['another actor', "UPDATE audit_log SET actor_id = '7002' WHERE shop_id = $shop AND seq = 5", [{ seq: 5n, problem: 'changed' }]],
    ['a row taken away', 'DELETE FROM audit_log WHERE shop_id = $shop AND seq = 3', [{ seq: 4n, problem: 'missing' }]],
    ['the first row taken away', 'DELETE FROM audit_log WHERE shop_id = $shop AND seq = 1', [{ seq: 2n, problem: 'missing' }]],
    ['the last row taken away', 'DELETE FROM audit_log WHERE shop_id = $shop AND seq = 5', [{ seq: 4n, problem: 'end' }]],
    ['all rows taken away', 'DELETE FROM audit_log WHERE shop_id = $shop', [{ seq: 0n, problem: 'end' }]],
  ])('shows %s', async (_name, sql, expected) => {
    await write(5);
    await tamper(sql);
    expect(await verifyAudit(scope)).toEqual(expected.map((difference) => ({ table: 'audit_log', ...difference })));
  });

  it('shows a row taken away whose successors were numbered anew', async () => {
    await write(5);
    await tamper('DELETE FROM audit_log WHERE shop_id = $shop AND seq = 3');
    await tamper('UPDATE audit_log SET seq = seq - 1 WHERE shop_id = $shop AND seq > 3');
    const problems = (await verifyAudit(scope)).map(({ problem }) => problem);
    expect(problems).toContain('changed');
    expect(problems).toContain('end');
  });

  it('shows a row that was changed and the whole chain after it hashed anew, by somebody without the key', async () => {
    await write(5);
    await tamper("UPDATE audit_log SET subject = 'list/9' WHERE shop_id = $shop AND seq = 3");
    // The same way of hashing, under a key that the writer of the database made up.
    const forger = parseKeyRing(`sandbox:${'66'.repeat(32)}`);
    const rows = await scope.db.prisma.auditEntry.findMany({ where: { shopId: scope.shop.id }, orderBy: { seq: 'asc' } });
    let last: Uint8Array = rows[1]?.hash ?? new Uint8Array();
    for (const { keyId: _key, hash: _hash, ...row } of rows.slice(2)) {
      last = keyedHash(forger, { purpose: 'audit-log', parts: [last, chainText(row)] }).hash;
      await tamper(
        `UPDATE audit_log SET hash = decode('${Buffer.from(last).toString('hex')}', 'hex') WHERE shop_id = $shop AND seq = ${row.seq}`,
      );
    }
    await tamper(`UPDATE audit_heads SET hash = decode('${Buffer.from(last).toString('hex')}', 'hex') WHERE shop_id = $shop`);
    expect((await verifyAudit(scope)).map(({ seq, problem }) => [seq, problem])).toEqual([
      [3n, 'changed'],
      [4n, 'changed'],
      [5n, 'changed'],
    ]);
  });

  it('does not let a key be planted for its old rows', async () => {
    await write(2);
    const fresh = parseKeyRing(`fresh:${'ab'.repeat(32)}`);
    await scope.db.prisma.auditKey.create({
      data: { shopId: scope.shop.id, keyId: 'sandbox', sealed: seal('66'.repeat(32), parseKeyRing(`fresh:${'cd'.repeat(32)}`), 'x') },
    });
    await expect(verifyAudit({ ...scope, env: { ...scope.env, keys: fresh } })).rejects.toThrow(/./);
  });

  it('can be followed after a rotation of keys, and says when a key is gone', async () => {
    await write(2);
    const fresh = parseKeyRing(`fresh:${'ab'.repeat(32)}`);
    const rotated = { ...scope, env: { ...scope.env, keys: [...fresh, ...scope.env.keys] } };
    await noteAudit(rotated, { action: 'list.exported' });
    expect(await verifyAudit(rotated)).toEqual([]);
    expect((await verifyAudit({ ...rotated, env: { ...rotated.env, keys: fresh } })).map(({ problem }) => problem)).toEqual([
      'key-unknown',
      'key-unknown',
    ]);
  });
});
