import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDb, type Db, type ShopTx } from '../../app/platform/db.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform } from '../support/platform.ts';
import { rowsOf, shopTables, twoShops, type TwoShops } from '../support/two-shops.ts';

const LOGIN = 'tenants_test_login';
const UNDO = new Error('undo');
const WALL = /row-level security|permission denied/;
/** What the app may add to, by itself or by a function, and never change. */
const UNCHANGED = new Set(['audit_log', 'points_entries', 'points_balances', 'points_days']);

let database: TestDatabase;
let shops: TwoShops;
let tables: Awaited<ReturnType<typeof shopTables>>;
/** Logs in as a role that is a member of the app's role and nothing else. */
let direct: Db;
let directUrl: string;

beforeAll(async () => {
  database = await testDatabase();
  shops = await twoShops(database, testPlatform(database));
  tables = await shopTables(database);
  await database.db.pool.query(`CREATE ROLE ${LOGIN} LOGIN PASSWORD 'storebook' IN ROLE storebook_app`);
  directUrl = database.url.replace('postgres:storebook@', `${LOGIN}:storebook@`);
  direct = openDb({ url: directUrl, poolSize: 2, applicationName: LOGIN });
});
afterAll(async () => {
  await direct.close();
  await database.db.pool.query(`DROP ROLE ${LOGIN}`);
  await database.close();
});

/** Runs one statement bound to Ada's shop, and takes it back. @returns the rows that it gave or touched. */
async function inAdas(sql: string, values: readonly unknown[] = []): Promise<number> {
  return undone((work) => database.db.forShop(shops.ada.scope.shop.id, work), sql, values);
}
async function undone(
  open: (work: (tx: ShopTx) => Promise<void>) => Promise<void>,
  sql: string,
  values: readonly unknown[],
): Promise<number> {
  let touched = -1;
  await open(async (tx) => {
    touched = await tx.sql.run({ text: sql }, values);
    throw UNDO;
  }).catch((error: unknown) => {
    if (error !== UNDO) throw error;
  });
  return touched;
}

/** Why something was refused. */
const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it was let through',
    (error: unknown) => String(error),
  );

describe('every table', () => {
  it('holds rows of both shops in this test', async () => {
    expect(tables.length).toBeGreaterThan(35);
    for (const tenant of [shops.ada, shops.bob]) {
      const empty = Object.entries(await rowsOf(database, tenant)).filter(([, rows]) => rows.length === 0);
      expect(empty).toEqual([]);
    }
  });

  it('has row-level security, forced, with the shop’s policy for the app and nothing that adds to it', async () => {
    const { rows } = await database.db.pool.query<{ name: string; forced: boolean; policies: string[] }>(
      `SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
         ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid AND p.polroles <> ARRAY['storebook_system'::regrole::oid]) AS policies
       FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> '_prisma_migrations'`,
    );
    expect(rows.filter(({ forced, policies }) => !forced || policies.join() !== 'of_the_shop')).toEqual([]);
  });

  it('shows the bound shop’s rows and no others, without a filter and with one that names the other shop', async () => {
    const { ada, bob } = shops;
    const own = await rowsOf(database, ada);
    for (const { table, by } of tables) {
      const seen = await database.db.forShop(ada.scope.shop.id, (tx) =>
        tx.sql.rows<{ row: string }>({ text: `SELECT to_jsonb(t)::text AS row FROM "${table}" t ORDER BY 1` }),
      );
      expect([table, ...seen.map(({ row }) => row)]).toEqual([table, ...(own[table] ?? [])]);
      const theirs = by === 'shop_domain' ? bob.scope.shop.domain : bob.scope.shop.id;
      expect([table, await inAdas(`SELECT 1 FROM "${table}" WHERE "${by}" = $1`, [theirs])]).toEqual([table, 0]);
      const ours = by === 'shop_domain' ? ada.scope.shop.domain : ada.scope.shop.id;
      expect([table, await inAdas(`SELECT 1 FROM "${table}" WHERE "${by}" <> $1`, [ours])]).toEqual([table, 0]);
    }
  });

  it('lets no row of another shop be changed, taken away or written', async () => {
    const { ada, bob } = shops;
    const [own, before] = [await rowsOf(database, ada), await rowsOf(database, bob)];
    for (const { table, by, columns } of tables) {
      const theirs = by === 'shop_domain' ? bob.scope.shop.domain : bob.scope.shop.id;
      // What may be written at all: the log and the books are append-only, and who a shop is is not the app's to say.
      const column = table === 'shops' ? 'name' : (columns.at(-1)?.name ?? '');
      const update = `UPDATE "${table}" SET "${column}" = "${column}"`;
      if (UNCHANGED.has(table)) await expect(inAdas(update)).rejects.toThrow(WALL);
      else {
        expect([table, await inAdas(update)]).toEqual([table, own[table]?.length]);
        expect([table, await inAdas(`${update} WHERE "${by}" = $1`, [theirs])]).toEqual([table, 0]);
      }
      if (UNCHANGED.has(table) || table === 'audit_heads') await expect(inAdas(`DELETE FROM "${table}"`)).rejects.toThrow(WALL);
      else {
        expect([table, await inAdas(`DELETE FROM "${table}"`)]).toEqual([table, own[table]?.length]);
        expect([table, await inAdas(`DELETE FROM "${table}" WHERE "${by}" = $1`, [theirs])]).toEqual([table, 0]);
      }
      expect([table, await refusal(inAdas(`UPDATE "${table}" SET "${by}" = $1`, [theirs]))]).toEqual([table, expect.stringMatching(WALL)]);
      const names = columns.map(({ name }) => `"${name}"`).join(', ');
      const insert = `INSERT INTO "${table}" (${names}) SELECT ${names} FROM jsonb_populate_record(NULL::"${table}", $1::jsonb)`;
      expect([table, await refusal(inAdas(insert, [before[table]?.[0]]))]).toEqual([table, expect.stringMatching(WALL)]);
    }
    expect(await rowsOf(database, bob)).toEqual(before);
    expect(await rowsOf(database, ada)).toEqual(own);
  });

  it('shows and takes nothing where no shop is set', async () => {
    for (const { table, by, columns } of tables) {
      const run = (sql: string, values: readonly unknown[] = []) => database.db.across.run({ text: sql }, values);
      expect([table, await run(`SELECT 1 FROM "${table}"`)]).toEqual([table, 0]);
      if (!UNCHANGED.has(table)) {
        const column = table === 'shops' ? 'name' : (columns.at(-1)?.name ?? by);
        expect([table, await run(`UPDATE "${table}" SET "${column}" = "${column}"`)]).toEqual([table, 0]);
      }
      if (!UNCHANGED.has(table) && table !== 'audit_heads') expect([table, await run(`DELETE FROM "${table}"`)]).toEqual([table, 0]);
      const names = columns.map(({ name }) => `"${name}"`).join(', ');
      const row = (await rowsOf(database, shops.bob))[table]?.[0];
      const written = run(`INSERT INTO "${table}" (${names}) SELECT ${names} FROM jsonb_populate_record(NULL::"${table}", $1::jsonb)`, [
        row,
      ]);
      expect([table, await refusal(written)]).toEqual([table, expect.stringMatching(WALL)]);
    }
  });

  it('shows nothing to a function that looks at each row before the policy is asked', async () => {
    await database.db.forShop(shops.ada.scope.shop.id, async (tx) => {
      await tx.sql.run({
        text: `CREATE OR REPLACE FUNCTION pg_temp.peek(seen text, word text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS
          $f$ BEGIN IF seen LIKE '%' || word || '%' THEN RAISE EXCEPTION 'seen: %', seen; END IF; RETURN true; END $f$`,
      });
      for (const { table } of tables) {
        const found = await tx.sql.run({ text: `SELECT 1 FROM "${table}" t WHERE pg_temp.peek(t::text, $1)` }, [shops.bob.word]);
        expect([table, found > 0]).toEqual([table, true]);
      }
      await tx.sql.run({ text: 'DROP FUNCTION pg_temp.peek' });
    });
  });

  it('bound to a domain shows that domain’s sessions alone, also before the shop has a row', async () => {
    const sessions = (domain: string) => database.db.forDomain(domain, (tx) => tx.session.findMany({ select: { shopDomain: true } }));
    expect(await sessions(shops.ada.scope.shop.domain)).toEqual([
      { shopDomain: 'adas-shop.myshopify.com' },
      { shopDomain: 'adas-shop.myshopify.com' },
    ]);
    await database.db.forDomain('new.myshopify.com', async (tx) => {
      await tx.session.create({ data: { shopDomain: 'new.myshopify.com', id: 'offline_new.myshopify.com', state: '', isOnline: false } });
      expect(await tx.session.count()).toBe(1);
      expect(await tx.shop.count()).toBe(0);
    });
    const stranger = { shopDomain: shops.bob.scope.shop.domain, id: 'stolen', state: '', isOnline: false };
    await expect(database.db.forDomain('new.myshopify.com', (tx) => tx.session.create({ data: stranger }))).rejects.toThrow(WALL);
    expect(await sessions('new.myshopify.com')).toEqual([{ shopDomain: 'new.myshopify.com' }]);
  });
});

describe('the app’s role', () => {
  const REFUSED = [
    'TRUNCATE customers',
    'DROP TABLE customers',
    'ALTER TABLE customers ADD COLUMN x int',
    'ALTER TABLE customers DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE customers NO FORCE ROW LEVEL SECURITY',
    'ALTER TABLE audit_log DISABLE TRIGGER ALL',
    'CREATE POLICY more ON customers USING (true)',
    'ALTER POLICY of_the_shop ON customers USING (true)',
    'DROP POLICY of_the_shop ON customers',
    'CREATE TABLE public.mine (id int)',
    'CREATE VIEW public.mine AS SELECT * FROM customers',
    'CREATE FUNCTION public.mine() RETURNS int SECURITY DEFINER LANGUAGE sql AS $$ SELECT 1 $$',
    'CREATE OR REPLACE FUNCTION storebook_shop_of(wanted text) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'ALTER FUNCTION storebook_shop_of(text) OWNER TO storebook_app',
    'SELECT storebook_protect_tables()',
    'SELECT * FROM _prisma_migrations',
    'GRANT storebook_system TO storebook_app',
    'ALTER ROLE storebook_app BYPASSRLS',
    'CREATE ROLE mine',
    'SET ROLE storebook_system',
    'SET ROLE postgres',
    'SET SESSION AUTHORIZATION postgres',
    `COPY customers TO PROGRAM 'cat'`,
    `SELECT pg_read_file('postgresql.conf')`,
  ];

  it('may define, own and become nothing, where the login is its member and no more', async () => {
    for (const sql of REFUSED) {
      const tried = undone((work) => direct.forShop(shops.ada.scope.shop.id, work), sql, []);
      expect([sql, await refusal(tried)]).toEqual([
        sql,
        expect.stringMatching(/permission denied|must be owner|must be able to SET ROLE|not supported|superuser|Only roles with/i),
      ]);
    }
    expect(await undone((work) => direct.forShop(shops.ada.scope.shop.id, work), 'SELECT 1 FROM customers', [])).toBe(2);
  });

  it('gets an error and no rows where it asks to go round the policies', async () => {
    const open = (work: (tx: ShopTx) => Promise<void>) =>
      direct.forShop(shops.ada.scope.shop.id, async (tx) => {
        await tx.sql.run({ text: 'SET LOCAL row_security = off' });
        await work(tx);
      });
    await expect(undone(open, 'SELECT 1 FROM customers', [])).rejects.toThrow('row-level security');
  });

  it('owns nothing and has no power of its own', async () => {
    const { rows: roles } = await database.db.pool.query(
      `SELECT rolname FROM pg_roles WHERE rolname IN ('storebook_app', 'storebook_system')
         AND NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin OR rolreplication) ORDER BY 1`,
    );
    expect(roles).toEqual([{ rolname: 'storebook_app' }, { rolname: 'storebook_system' }]);
    const { rows: owned } = await database.db.pool.query(
      `SELECT relname::text AS name FROM pg_class WHERE relowner IN ('storebook_app'::regrole, 'storebook_system'::regrole)
       UNION ALL SELECT proname::text FROM pg_proc WHERE proowner = 'storebook_app'::regrole`,
    );
    expect(owned).toEqual([]);
  });

  it('is left by a session that logged in as the owner and says so: only a login of its own is a wall against a stranger’s SQL', async () => {
    const [row] = await database.db.forShop(shops.ada.scope.shop.id, async (tx) => {
      await tx.sql.run({ text: 'SET LOCAL ROLE NONE' });
      return tx.sql.rows<{ role: string }>({ text: 'SELECT current_user::text AS role' });
    });
    expect(row).toEqual({ role: 'postgres' });
    const [same] = await direct.forShop(shops.ada.scope.shop.id, async (tx) => {
      await tx.sql.run({ text: 'SET LOCAL ROLE NONE' });
      return tx.sql.rows<{ role: string; rows: bigint }>({ text: 'SELECT current_user::text AS role, count(*) AS rows FROM customers' });
    });
    expect(same).toEqual({ role: LOGIN, rows: 2n });
  });

  it('survives RESET and DISCARD, and a connection without it is refused', async () => {
    // As behind a pooler that drops the start options.
    const db = openDb({ url: database.url, poolSize: 1, applicationName: LOGIN });
    try {
      for (const text of ['RESET ALL', 'RESET ROLE', 'DISCARD ALL']) await db.across.run({ text });
      expect(await db.across.rows({ text: 'SELECT current_user::text AS role' })).toEqual([{ role: 'storebook_app' }]);
      await db.across.run({ text: 'SET ROLE NONE' });
      await expect(db.forShop(shops.ada.scope.shop.id, (tx) => tx.customer.count())).rejects.toThrow('not in the role storebook_app');
      await expect(db.forDomain(shops.ada.scope.shop.domain, (tx) => tx.session.count())).rejects.toThrow('not in the role');
    } finally {
      await db.close();
    }
  });

  it('keeps the start options that the connection string has', async () => {
    const url = new URL(directUrl);
    url.searchParams.set('options', '-c statement_timeout=4321');
    const db = openDb({ url: url.href, poolSize: 1, applicationName: LOGIN });
    try {
      const [row] = await db.across.rows({ text: `SELECT current_setting('statement_timeout') AS timeout, current_user::text AS role` });
      expect(row).toEqual({ timeout: '4321ms', role: 'storebook_app' });
    } finally {
      await db.close();
    }
  });
});

describe('the functions that cross shops', () => {
  /** What each gives: ids, counts and yes or no, never a text. */
  const KNOWN = [
    'storebook_backlog',
    'storebook_erase_audit',
    'storebook_erase_points',
    'storebook_find',
    'storebook_insert_deliveries',
    'storebook_installed_shops',
    'storebook_known_shops',
    'storebook_post_points',
    'storebook_save_installation',
    'storebook_shop_of',
    'storebook_shops_with_backfill',
    'storebook_shops_with_creating',
    'storebook_shops_with_dirty',
    'storebook_shops_with_due_outbox',
    'storebook_shops_with_mail',
    'storebook_shops_with_next_timezone',
    'storebook_shops_with_offers',
    'storebook_shops_with_pending',
    'storebook_shops_with_points_due',
    'storebook_shops_with_points_imports',
    'storebook_shops_with_privacy_work',
    'storebook_shops_with_replacements',
    'storebook_shops_with_revoking',
    'storebook_shops_with_standing',
    'storebook_shops_with_tiers_due',
    'storebook_shops_with_waves',
    'storebook_shops_without_scores',
  ];

  it('are these, belong to the system role, have a fixed search path, and give no text', async () => {
    const { rows } = await database.db.pool.query<{ name: string; owner: string; path: string; types: string[]; public: boolean }>(
      `SELECT p.proname::text AS name, p.proowner::regrole::text AS owner, p.proconfig::text AS path,
         has_function_privilege('pg_monitor', p.oid, 'EXECUTE') AS public,
         ARRAY(SELECT format_type(t, NULL) FROM unnest(CASE WHEN p.proallargtypes IS NULL THEN ARRAY[p.prorettype]
           ELSE p.proallargtypes[p.pronargs + 1:] END) AS t) AS types
       FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(KNOWN);
    for (const row of rows)
      expect(row).toMatchObject({ owner: 'storebook_system', path: '{"search_path=public, pg_temp"}', public: false });
    expect([...new Set(rows.flatMap(({ types }) => types))].toSorted()).toEqual([
      'bigint',
      'boolean',
      'double precision',
      'integer',
      'integer[]',
    ]);
  });

  it('find by a text in the bound shop alone', async () => {
    const find = { text: `SELECT storebook_find($1, $2, 10) AS id` };
    for (const kind of ['orders', 'variants']) {
      for (const [pattern, count] of [
        [`${shops.bob.word}%`, 0],
        [`${shops.ada.word}%`, 2],
        ['%', 2],
      ] as const) {
        const found = await database.db.forShop(shops.ada.scope.shop.id, (tx) => tx.sql.rows(find, [kind, pattern]));
        expect([kind, pattern, found.length]).toEqual([kind, pattern, count]);
      }
      expect(await database.db.across.rows(find, [kind, '%'])).toEqual([]);
    }
  });

  it('save the installation of the bound domain alone', async () => {
    const save = { text: `SELECT * FROM storebook_save_installation('new', 'GBP', 'UTC', NULL, NULL, '', false, now())` };
    const before = await rowsOf(database, shops.bob);
    await expect(database.db.across.rows(save)).rejects.toThrow('no shop domain is set');
    await expect(database.db.forShop(shops.ada.scope.shop.id, (tx) => tx.sql.rows(save))).rejects.toThrow('no shop domain is set');
    const [saved] = await database.db.forDomain('third.myshopify.com', (tx) => tx.sql.rows<{ shop_id: number; fresh: boolean }>(save));
    expect(saved?.fresh).toBe(true);
    const [again] = await database.db.forDomain('third.myshopify.com', (tx) => tx.sql.rows(save));
    expect(again).toEqual({ shop_id: saved?.shop_id, fresh: false });
    expect(await rowsOf(database, shops.bob)).toEqual(before);
  });

  it('take nothing from the audit log of a shop that is there, whatever else is said', async () => {
    const erase = { text: `SELECT storebook_erase_audit($1, 100)` };
    for (const part of ['audit_log', 'audit_heads']) {
      await expect(database.db.across.rows(erase, [part])).rejects.toThrow('goes with its shop');
      const erasing = database.db.forShop(shops.ada.scope.shop.id, async (tx) => {
        await tx.sql.run({ text: `SELECT set_config('storebook.erasing_shop', $1, true)` }, [String(shops.ada.scope.shop.id)]);
        await tx.sql.run({ text: `UPDATE privacy_requests SET kind = 'shop_redact'` });
        await tx.sql.rows(erase, [part]);
      });
      await expect(erasing).rejects.toThrow('goes with its shop');
    }
  });

  it('book points of the bound shop alone, and take none of a shop that is there', async () => {
    const post = {
      text: `SELECT storebook_post_points($1::bigint[], ARRAY['x'], ARRAY[1], ARRAY[3]::smallint[], ARRAY[1]::smallint[], ARRAY[5], ARRAY[now()], ARRAY['x'], ARRAY[1], now(), '2026-11-28')`,
    };
    await expect(database.db.across.rows(post, ['{1}'])).rejects.toThrow('booked for a shop');
    const [own, before] = [await rowsOf(database, shops.ada), await rowsOf(database, shops.bob)];
    await database.db
      .forShop(shops.ada.scope.shop.id, async (tx) => {
        await tx.sql.rows(post, ['{77}']);
        throw new Error('back');
      })
      .catch((error: Error) => expect(error.message).toBe('back'));
    await database.db.forShop(shops.ada.scope.shop.id, (tx) => tx.sql.rows(post, ['{77}']));
    expect(await rowsOf(database, shops.bob)).toEqual(before);
    expect((await rowsOf(database, shops.ada))['points_entries']).toHaveLength((own['points_entries']?.length ?? 0) + 1);
    for (const part of ['points_entries', 'points_balances', 'points_days']) {
      const erase = database.db.forShop(shops.ada.scope.shop.id, (tx) =>
        tx.sql.rows({ text: `SELECT storebook_erase_points($1, 100)` }, [part]),
      );
      await expect(erase).rejects.toThrow('goes with its shop');
    }
  });

  it('write deliveries of many shops at once, tell whose each is, and pass over the ones they have', async () => {
    const insert = { name: 'tenants-insert', text: 'SELECT storebook_insert_deliveries($1, $2, $3, $4, $5, $6, $7) AS ids' };
    const domains = [shops.bob.scope.shop.domain, 'nobody.myshopify.com', shops.ada.scope.shop.domain, shops.bob.scope.shop.domain];
    const values = [
      domains,
      domains.map(() => 'orders/create'),
      ['w1', 'w2', 'w3', 'w4'],
      domains.map(() => null),
      domains.map(() => null),
      domains.map(() => new Date()),
      domains.map((_, at) => `{"n":${at}}`),
    ];
    const count = async () =>
      (
        await database.db.pool.query<{ id: number; body: string }>(
          `SELECT shop_id AS id, body FROM inbox_events e WHERE webhook_id ~ '^w[0-9]$' ORDER BY e.id`,
        )
      ).rows;
    const [a, b] = [shops.ada.scope.shop.id, shops.bob.scope.shop.id];
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await database.db.across.rows(insert, values)).toEqual([{ ids: [b, null, a, b] }]);
      expect(await count()).toEqual([
        { id: b, body: '{"n":0}' },
        { id: a, body: '{"n":2}' },
        { id: b, body: '{"n":3}' },
      ]);
    }
  });
});
