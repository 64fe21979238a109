import { Prisma } from '../generated/prisma/client.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { exactHashes, openPerson, PATH_DEPTH, pathRanges, type PathField, type PersonKeys } from './person.server.ts';
import { beginsWith, foldEmail, foldPhone, foldText, splits, type Person } from './person.ts';

/** So many customers of each way in are looked at, however common the beginning. */
const MOST = 5_000;
const COLUMNS: Readonly<Record<PathField, Prisma.Sql>> = {
  email: Prisma.sql`email_path`,
  firstName: Prisma.sql`first_name_path`,
  lastName: Prisma.sql`last_name_path`,
};

/** A row of before persons were sealed; its own small index finds it, and is empty once the sweep was there. */
const PLAIN = Prisma.sql`person LIKE '[%'`;

/** "This field begins so", for each key of the ring. */
function begins(persons: PersonKeys, field: PathField, folded: string): Prisma.Sql[] {
  const column = COLUMNS[field];
  return pathRanges(persons, field, folded).map(({ from, to }) =>
    to === null ? Prisma.sql`${column} >= ${from}` : Prisma.sql`${column} >= ${from} AND ${column} < ${to}`,
  );
}

/** "First and last name begin so", both ways round, for each key of the ring. */
function bothBegin(persons: PersonKeys, [a, b]: [string, string]): Prisma.Sql[] {
  const pairs = (first: string, last: string): Prisma.Sql[] => {
    const lasts = begins(persons, 'lastName', last);
    return begins(persons, 'firstName', first).map((range, at) => Prisma.sql`${range} AND ${lasts[at] ?? Prisma.sql`false`}`);
  };
  return [...pairs(a, b), ...pairs(b, a)];
}

/** Every way in which a folded text can be the beginning of a person, each a range of an index. */
function waysIn(persons: PersonKeys, folded: string): Prisma.Sql[] {
  return [
    ...(['lastName', 'firstName', 'email'] as const).flatMap((field) => begins(persons, field, folded)),
    ...splits(folded).flatMap((pair) => bothBegin(persons, pair)),
  ];
}

const union = (shopId: number, columns: Prisma.Sql, ways: readonly Prisma.Sql[]): Prisma.Sql =>
  Prisma.join(
    ways.map((way) => Prisma.sql`(SELECT ${columns} FROM customers WHERE shop_id = ${shopId} AND ${way} LIMIT ${MOST})`),
    ' UNION ',
  );

type Held = { id: bigint; person: string | null };

/** Rows that are still plain, of which nobody has hashes yet. */
async function plainRows(tx: ShopTx, { shopId }: PersonKeys): Promise<Held[]> {
  return tx.$queryRaw<Held[]>`SELECT id, person FROM customers WHERE shop_id = ${shopId} AND ${PLAIN} LIMIT ${MOST}`;
}

/**
 * The condition on `r.customer_id` that a search stands for: those whose first name, last name or e-mail begins with
 * it, or whose first and last name do, whatever the accents and capitals. Empty for an empty search. A text longer than
 * the paths are is compared after opening, and so are rows that are not sealed yet.
 */
export async function matching(tx: ShopTx, persons: PersonKeys, search: string): Promise<Prisma.Sql> {
  const folded = foldText(search);
  if (folded === '') return Prisma.empty;
  const { shopId } = persons;
  const ways = waysIn(persons, folded);
  const opened = ({ id, person }: Held): bigint[] => (beginsWith(openPerson(persons, { id, person }), folded) ? [id] : []);
  const plain = (await plainRows(tx, persons)).flatMap(opened);
  if (Array.from(folded).length <= PATH_DEPTH) {
    return Prisma.sql`AND r.customer_id IN (${union(shopId, Prisma.sql`id`, ways)} UNION SELECT unnest(${plain}::bigint[]))`;
  }
  const held = await tx.$queryRaw<Held[]>`${union(shopId, Prisma.sql`id, person`, ways)}`;
  return Prisma.sql`AND r.customer_id = ANY(${[...held.flatMap(opened), ...plain]}::bigint[])`;
}

export type FoundPerson = { readonly id: bigint } & Person;

/** The customer of an id. */
export async function personById(tx: ShopTx, persons: PersonKeys, id: bigint): Promise<FoundPerson[]> {
  const rows = await tx.$queryRaw<Held[]>`SELECT id, person FROM customers WHERE shop_id = ${persons.shopId} AND id = ${id}`;
  return rows.map((row) => ({ id: row.id, ...openPerson(persons, row) }));
}

/** The customers who have exactly this address (in any case) or this number (however it is written), by their ids. */
export async function personsByContact(
  tx: ShopTx,
  persons: PersonKeys,
  contact: { email: string | null; phone: string | null },
): Promise<FoundPerson[]> {
  const { shopId } = persons;
  const rows = await tx.$queryRaw<Held[]>`
    SELECT id, person FROM customers WHERE shop_id = ${shopId} AND email_hash = ANY(${exactHashes(persons, 'email', contact.email)}::bytea[])
    UNION SELECT id, person FROM customers WHERE shop_id = ${shopId} AND phone_hash = ANY(${exactHashes(persons, 'phone', contact.phone)}::bytea[])
    UNION SELECT id, person FROM customers WHERE shop_id = ${shopId} AND ${PLAIN}`;
  const [email, phone] = [foldEmail(contact.email), foldPhone(contact.phone)];
  return rows
    .map((row) => ({ id: row.id, ...openPerson(persons, row) }))
    .filter((found) => (email !== null && foldEmail(found.email) === email) || (phone !== null && foldPhone(found.phone) === phone))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
