import type { ShopTx } from '../platform/db.server.ts';
import type { SealedPerson } from './person.server.ts';

/** As it stands in the table, the country by which the address is told. */
export type StandingPerson = { readonly id: bigint; readonly person: string; readonly country: string | null };

/**
 * Customers that are not sealed under a key, after an id, in the order of their ids, locked; those that are plain too, and
 * those from before a mailbox was hashed.
 */
export async function customersNotUnder(
  tx: ShopTx,
  shopId: number,
  page: { keyId: string; after: bigint; limit: number },
): Promise<StandingPerson[]> {
  return tx.$queryRaw<StandingPerson[]>`
    SELECT id, person, country FROM customers
    WHERE shop_id = ${shopId} AND id > ${page.after} AND person IS NOT NULL
      AND (NOT starts_with(person, ${`v1.${page.keyId}.`}) OR email_hash IS NOT NULL AND mailbox_hash IS NULL)
    ORDER BY id LIMIT ${page.limit} FOR UPDATE`;
}

/** Customers that are plain, found by their own small index; locked. */
export async function plainCustomers(tx: ShopTx, shopId: number, page: { after: bigint; limit: number }): Promise<StandingPerson[]> {
  return tx.$queryRaw<StandingPerson[]>`
    SELECT id, person, country FROM customers WHERE shop_id = ${shopId} AND id > ${page.after} AND person LIKE '[%'
    ORDER BY id LIMIT ${page.limit} FOR UPDATE`;
}

/** Puts other sealed texts and hashes in place; nothing else of the rows changes. */
export async function writeSealed(tx: ShopTx, shopId: number, rows: readonly ({ id: bigint } & SealedPerson)[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.sql.run(
    {
      name: 'write-sealed',
      text: `UPDATE customers AS c SET person = r.person, email_hash = r.email_hash, phone_hash = r.phone_hash, email_path = r.email_path,
          first_name_path = r.first_name_path, last_name_path = r.last_name_path, mailbox_hash = r.mailbox_hash, address_hash = r.address_hash
        FROM unnest($2::bigint[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[])
          AS r(id, person, email_hash, phone_hash, email_path, first_name_path, last_name_path, mailbox_hash, address_hash)
        WHERE c.shop_id = $1 AND c.id = r.id`,
    },
    [
      shopId,
      rows.map((row) => row.id),
      rows.map((row) => row.person),
      rows.map((row) => row.emailHash),
      rows.map((row) => row.phoneHash),
      rows.map((row) => row.emailPath),
      rows.map((row) => row.firstNamePath),
      rows.map((row) => row.lastNamePath),
      rows.map((row) => row.mailboxHash),
      rows.map((row) => row.addressHash),
    ],
  );
}

/** How many customers are sealed under each key; "plain" for those that are not. */
export async function customersByKey(tx: ShopTx, shopId: number): Promise<{ key: string; rows: number }[]> {
  return tx.$queryRaw<{ key: string; rows: number }[]>`
    SELECT CASE WHEN person LIKE '[%' THEN 'plain' ELSE split_part(person, '.', 2) END AS key, count(*)::int AS rows
    FROM customers WHERE shop_id = ${shopId} AND person IS NOT NULL GROUP BY 1 ORDER BY 1`;
}
