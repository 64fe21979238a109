import type { Cursor } from '../core/cursor.ts';
import { Prisma } from '../generated/prisma/client.ts';

/** How a list is sorted; an index on (shop, column, id) must stand behind it. */
export type KeysetSort = {
  readonly column: Prisma.Sql;
  /** The column's type, for the cursor's value. */
  readonly cast: Prisma.Sql;
  readonly id: Prisma.Sql;
  readonly first: 'least' | 'greatest';
  /** Rows without a value stand behind all others, whichever way the list is sorted. */
  readonly nullable: boolean;
};

export type KeysetCursor = { readonly at: Cursor; readonly way: 'after' | 'before' } | null;

type Stretch = { readonly where: Prisma.Sql; readonly order: Prisma.Sql };

/**
 * The stretches of the sorted list that a page may take rows from, nearest first. Rows without a value are a stretch of
 * their own: "beyond the cursor OR without a value" is no range of the index, and PostgreSQL would read all before it.
 */
function stretches(sort: KeysetSort, cursor: KeysetCursor): Stretch[] {
  const { column, id } = sort;
  const up = cursor?.way === 'before';
  const rising = (sort.first === 'least') !== up;
  const [turn, step] = rising ? [Prisma.sql`ASC`, Prisma.sql`>`] : [Prisma.sql`DESC`, Prisma.sql`<`];
  const order = Prisma.sql`${column} ${turn}, ${id} ${turn}`;
  const value = cursor?.at.value ?? null;
  const from =
    cursor && value !== null ? Prisma.sql`AND (${column}, ${id}) ${step} (${value}::${sort.cast}, ${BigInt(cursor.at.id)})` : Prisma.empty;
  if (!sort.nullable) return [{ where: from, order }];
  const inBare = cursor !== null && value === null;
  const bareFrom = inBare ? Prisma.sql`AND ${id} ${step} ${BigInt(cursor.at.id)}` : Prisma.empty;
  const valued = { where: Prisma.sql`AND ${column} IS NOT NULL ${from}`, order };
  const bare = { where: Prisma.sql`AND ${column} IS NULL ${bareFrom}`, order };
  const all = up ? [bare, valued] : [valued, bare];
  return up === inBare ? all : all.slice(1);
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
  for (const stretch of stretches(page.sort, page.cursor)) {
    if (rows.length >= page.limit) break;
    rows.push(...(await read({ ...stretch, limit: page.limit - rows.length })));
  }
  return page.cursor?.way === 'before' ? rows.toReversed() : rows;
}
