import type { Cursor } from '../core/cursor.ts';
import { Prisma } from '../generated/prisma/client.ts';

/** What a cursor may hold for a column of a type; anything else comes from an address that somebody changed. */
const TYPES = {
  int: { cast: Prisma.sql`int`, pattern: /^-?\d{1,9}$/ },
  bigint: { cast: Prisma.sql`bigint`, pattern: /^-?\d{1,18}$/ },
  float8: { cast: Prisma.sql`float8`, pattern: /^-?\d{1,30}(\.\d{1,30})?(e[+-]?\d{1,2})?$/ },
  date: { cast: Prisma.sql`date`, pattern: /^\d{4}-\d\d-\d\d$/ },
  timestamptz: { cast: Prisma.sql`timestamptz`, pattern: /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/ },
} as const;

/** How a list is sorted; an index on (shop, column, id) must stand behind it. */
export type KeysetSort = {
  readonly column: Prisma.Sql;
  readonly type: keyof typeof TYPES;
  readonly id: Prisma.Sql;
  readonly first: 'least' | 'greatest';
  /** Rows without a value stand behind all others, whichever way the list is sorted. */
  readonly nullable: boolean;
};

export type KeysetCursor = { readonly at: Cursor; readonly way: 'after' | 'before' } | null;

const MAX_ID = 2n ** 63n - 1n;

type Stretch = { readonly where: Prisma.Sql; readonly order: Prisma.Sql };

/**
 * The stretches of the sorted list that a page may take rows from, nearest first. Rows without a value are a stretch of
 * their own: "beyond the cursor OR without a value" is no range of the index, and PostgreSQL would read all before it.
 */
function stretches(sort: KeysetSort, cursor: KeysetCursor): Stretch[] {
  const { column, id } = sort;
  const { cast } = TYPES[sort.type];
  const up = cursor?.way === 'before';
  const rising = (sort.first === 'least') !== up;
  const [turn, step] = rising ? [Prisma.sql`ASC`, Prisma.sql`>`] : [Prisma.sql`DESC`, Prisma.sql`<`];
  const order = Prisma.sql`${column} ${turn}, ${id} ${turn}`;
  const value = cursor?.at.value ?? null;
  const from =
    cursor && value !== null ? Prisma.sql`AND (${column}, ${id}) ${step} (${value}::${cast}, ${BigInt(cursor.at.id)})` : Prisma.empty;
  if (!sort.nullable) return [{ where: from, order }];
  const inBare = cursor !== null && value === null;
  const bareFrom = inBare ? Prisma.sql`AND ${id} ${step} ${BigInt(cursor.at.id)}` : Prisma.empty;
  const valued = { where: Prisma.sql`AND ${column} IS NOT NULL ${from}`, order };
  const bare = { where: Prisma.sql`AND ${column} IS NULL ${bareFrom}`, order };
  const all = up ? [bare, valued] : [valued, bare];
  return up === inBare ? all : all.slice(1);
}

/** The cursor, or null (the first page) when its value or id is none of this list: PostgreSQL would refuse it. */
function checked(sort: KeysetSort, cursor: KeysetCursor): KeysetCursor {
  if (!cursor || BigInt(cursor.at.id) > MAX_ID) return null;
  const { value } = cursor.at;
  if (value === null) return sort.nullable ? cursor : null;
  if (!TYPES[sort.type].pattern.test(value)) return null;
  const isTime = sort.type === 'date' || sort.type === 'timestamptz';
  // "2026-02-31" has the shape of a date and is none.
  return isTime && !new Date(value).toJSON()?.startsWith(value.slice(0, 10)) ? null : cursor;
}

/**
 * Reads one page of a sorted list, at the cost of its own rows wherever it stands.
 * @param read reads rows of one stretch: `where` begins with AND or is empty.
 * @returns at most `limit` rows in the list's order.
 */
export async function readKeyset<Row>(
  page: { sort: KeysetSort; cursor: KeysetCursor; limit: number },
  read: (stretch: Stretch & { limit: number }) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  const cursor = checked(page.sort, page.cursor);
  for (const stretch of stretches(page.sort, cursor)) {
    if (rows.length >= page.limit) break;
    rows.push(...(await read({ ...stretch, limit: page.limit - rows.length })));
  }
  return cursor?.way === 'before' ? rows.toReversed() : rows;
}
