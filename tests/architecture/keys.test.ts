import { afterAll, beforeAll, expect, it } from 'vitest';
import { distribute } from '../../app/cli/distribute.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

/** Tables whose keys begin with something else, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  shops: 'the list of shops: by its own id, which is the shop, and by domain; a reference table in a cluster',
  sessions: 'begin with the shop’s domain, since a token comes before its shop has a row; distributed by it',
  _prisma_migrations: 'Prisma’s own list of what was applied; stays on the coordinator',
};

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

type Key = { table: string; name: string; columns: string[]; refers: string[] | null };

/** Every primary, unique and foreign key, unique indexes among them, with its columns in order. */
async function keys(): Promise<Key[]> {
  const names = (relation: string, numbers: string): string =>
    `ARRAY(SELECT a.attname::text FROM unnest(${numbers}) WITH ORDINALITY AS k(number, place)
       JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.number ORDER BY k.place)`;
  const { rows } = await database.db.pool.query<Key>(
    `SELECT c.relname::text AS table, i.relname::text AS name, ${names('x.indrelid', 'x.indkey::int[]')} AS columns, NULL AS refers
     FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
     WHERE x.indisunique AND c.relnamespace = 'public'::regnamespace
     UNION ALL
     SELECT c.relname::text, f.conname::text, ${names('f.conrelid', 'f.conkey')}, ${names('f.confrelid', 'f.confkey')}
     FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
     WHERE f.contype = 'f' AND c.relnamespace = 'public'::regnamespace ORDER BY 1, 2`,
  );
  return rows;
}

const strays = (all: readonly Key[]): Key[] =>
  all.filter(
    ({ table, columns, refers }) => !(table in EXCEPTIONS) && (columns[0] !== 'shop_id' || (refers !== null && refers[0] !== 'shop_id')),
  );

it('every primary, unique and foreign key begins with the shop', async () => {
  const all = await keys();
  expect(all.length).toBeGreaterThan(40);
  expect(strays(all)).toEqual([]);
});

it('every table has a primary key, and the exceptions are tables that are there', async () => {
  const { rows } = await database.db.pool.query<{ table: string; keyed: boolean }>(
    `SELECT c.relname::text AS table, EXISTS (SELECT 1 FROM pg_index x WHERE x.indrelid = c.oid AND x.indisprimary) AS keyed
     FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')`,
  );
  expect(rows.filter(({ keyed }) => !keyed)).toEqual([]);
  expect(rows.map(({ table }) => table)).toEqual(expect.arrayContaining(Object.keys(EXCEPTIONS)));
});

it('a key that begins with something else is found', async () => {
  await database.db.pool.query(`CREATE TABLE stray (shop_id int, id int, parent int, PRIMARY KEY (id), UNIQUE (shop_id, id));
    ALTER TABLE stray ADD FOREIGN KEY (parent) REFERENCES stray (id); CREATE UNIQUE INDEX stray_by_parent ON stray (parent, shop_id)`);
  expect(strays(await keys()).map(({ name }) => name)).toEqual(['stray_by_parent', 'stray_parent_fkey', 'stray_pkey']);
  await database.db.pool.query('DROP TABLE stray');
});

it('distributing says what is missing, with a status of its own, and changes nothing; the plan names every table', async () => {
  const said: string[] = [];
  expect(await distribute(database.url, { onlyPlan: false }, (line) => said.push(line))).toBe(3);
  expect(said.join()).toContain('does not have the extension "citus"');
  const plan: string[] = [];
  expect(await distribute(database.url, { onlyPlan: true }, (line) => plan.push(line))).toBe(0);
  expect(plan.filter((line) => line.includes(`'shop_id'`)).length).toBeGreaterThan(35);
  expect(plan).toContain(`SELECT create_reference_table('shops');`);
});
