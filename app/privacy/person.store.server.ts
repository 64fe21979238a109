import type { Prisma } from '../generated/prisma/client.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { personById, personsByContact, type FoundPerson, type PersonKeys } from '../record/index.server.ts';
import type { Counts } from './requests.store.server.ts';

/** Customers of an id, or where Shopify gives none, of an e-mail address or a phone number, however they are written. */
export async function findCustomers(
  tx: ShopTx,
  persons: PersonKeys,
  person: { id: bigint | null; email: string | null; phone: string | null },
): Promise<FoundPerson[]> {
  return person.id === null ? personsByContact(tx, persons, person) : personById(tx, persons, person.id);
}

/** The customers' orders, and those named by themselves (a guest's). */
export async function ordersOf(tx: ShopTx, shopId: number, who: { customerIds: bigint[]; orderIds: bigint[] }): Promise<bigint[]> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM orders WHERE shop_id = ${shopId} AND customer_id = ANY(${who.customerIds}::bigint[])
    UNION SELECT id FROM unnest(${who.orderIds}::bigint[]) AS named(id)`;
  return rows.map((row) => row.id);
}

/**
 * Closes the door behind a customer: the row stays (lists and counts go on), marked so that no version of the customer is
 * taken any more. A customer whom the record has not yet gets a row that counts nowhere.
 */
export async function markRedacted(tx: ShopTx, shopId: number, redaction: { customerIds: readonly bigint[]; at: Date }): Promise<void> {
  for (const id of redaction.customerIds) {
    await tx.$executeRaw`
      INSERT INTO customers AS c (shop_id, id, tags, updated_at, deleted_at, redacted_at)
      VALUES (${shopId}, ${id}, '{}', 'epoch', ${redaction.at}, ${redaction.at})
      ON CONFLICT (shop_id, id) DO UPDATE SET redacted_at = excluded.redacted_at WHERE c.redacted_at IS NULL`;
  }
}

/**
 * Empties every column that tells who somebody is or holds free text, of redacted customers and their orders; what the
 * figures are made of stays. May run any number of times, since a later version of an order can bring its tags again.
 */
export async function emptyColumns(tx: ShopTx, shopId: number, who: { customerIds: bigint[]; orderIds: bigint[] }): Promise<Counts> {
  const { customerIds } = who;
  const orderIds = await ordersOf(tx, shopId, who);
  // A consent that is older than the redaction finds a newer one here and is passed over.
  const customers = await tx.$executeRaw`
    UPDATE customers SET person = NULL, email_hash = NULL, phone_hash = NULL, email_path = NULL, first_name_path = NULL, last_name_path = NULL,
      mailbox_hash = NULL, address_hash = NULL,
      state = NULL, locale = NULL, tags = '{}',
      country = NULL, province = NULL, city = NULL, created_at = NULL, birth_day = NULL, email_consent = 'redacted', sms_consent = 'redacted',
      email_consent_at = GREATEST(email_consent_at, redacted_at), sms_consent_at = GREATEST(sms_consent_at, redacted_at)
    WHERE shop_id = ${shopId} AND id = ANY(${customerIds}::bigint[]) AND redacted_at IS NOT NULL AND (
      num_nonnulls(person, email_hash, phone_hash, email_path, first_name_path, last_name_path, mailbox_hash, address_hash, state, locale, country, province, city, created_at, birth_day) > 0 OR cardinality(tags) > 0
      OR email_consent IS DISTINCT FROM 'redacted' OR sms_consent IS DISTINCT FROM 'redacted')`;
  const orders = await tx.$executeRaw`
    UPDATE orders SET tags = '{}' WHERE shop_id = ${shopId} AND id = ANY(${orderIds}::bigint[]) AND cardinality(tags) > 0`;
  const cards = await tx.$executeRaw`
    UPDATE order_transactions SET card = NULL WHERE shop_id = ${shopId} AND order_id = ANY(${orderIds}::bigint[]) AND card IS NOT NULL`;
  const refunds = await tx.$executeRaw`
    UPDATE refunds SET note = NULL WHERE shop_id = ${shopId} AND order_id = ANY(${orderIds}::bigint[]) AND note IS NOT NULL`;
  // A manual discount's title is what a member of staff typed.
  const discounts = await tx.$executeRaw`
    UPDATE discount_uses SET title = NULL
    WHERE shop_id = ${shopId} AND order_id = ANY(${orderIds}::bigint[]) AND kind = 'manual' AND title IS NOT NULL`;
  // While the checkouts still say whose they are: all that the browsers did in which the person went to a checkout.
  const browsing = await tx.pixelEvent.deleteMany({ where: { shopId, clientId: { in: await browsersOf(tx, shopId, customerIds) } } });
  const checkouts = await tx.checkout.deleteMany({ where: { shopId, customerId: { in: customerIds } } });
  // The ledger holds numbers alone; what staff wrote of them goes, and nothing becomes due any more.
  const points = await tx.$executeRaw`
    UPDATE points_adjustments SET reason = NULL WHERE shop_id = ${shopId} AND customer_id = ANY(${customerIds}::bigint[]) AND reason IS NOT NULL`;
  await tx.pointsMember.updateMany({
    where: { shopId, customerId: { in: customerIds } },
    data: { dueAt: null, lapseAt: null, lapsePoints: null },
  });
  const { count: told } = await tx.customerEvent.deleteMany({ where: { shopId, customerId: { in: customerIds } } });
  const { count: openings } = await tx.pointsImportRow.deleteMany({ where: { shopId, customerId: { in: customerIds } } });
  const { count: scores } = await tx.customerRfm.deleteMany({ where: { shopId, customerId: { in: customerIds } } });
  const { count: values } = await tx.customerValue.deleteMany({ where: { shopId, customerId: { in: customerIds } } });
  const { count: supplies } = await tx.customerSupply.deleteMany({ where: { shopId, customerId: { in: customerIds } } });
  const { count: marks } = await tx.segmentMark.deleteMany({ where: { shopId, customerId: { in: customerIds } } });
  // What is not sent yet never is; of what was, its code and its offer go.
  const { count: mails } = await tx.mailMessage.updateMany({
    where: { shopId, customerId: { in: customerIds }, NOT: { variables: { equals: {} } } },
    data: { variables: {} },
  });
  await tx.mailMessage.updateMany({
    where: { shopId, customerId: { in: customerIds }, status: 'queued' },
    data: { status: 'skipped', reason: 'gone' },
  });
  const { count: offers } = await tx.offerMark.deleteMany({ where: { shopId, customerId: { in: customerIds } } });
  const outbox = await tx.outboxMessage.deleteMany({ where: { shopId, OR: toldOf(customerIds) } });
  return {
    customers,
    orders,
    refunds,
    cards,
    discount_uses: discounts,
    checkouts: checkouts.count,
    pixel_events: browsing.count,
    outbox_messages: outbox.count,
    customer_rfm: scores,
    customer_values: values,
    customer_supplies: supplies,
    segment_marks: marks,
    mail_messages: mails,
    points_adjustments: points,
    points_import_rows: openings,
    offer_marks: offers,
    customer_events: told,
  };
}

/** Which messages to the store are about these customers: all of them, or one of their codes. */
export const toldOf = (customerIds: readonly bigint[]): Prisma.OutboxMessageWhereInput[] =>
  customerIds.flatMap((id) => [{ entity: `customer/${id}` }, { entity: { startsWith: `customer/${id}/` } }]);

/** Shopify's ids of the browsers in which these customers went to a checkout. */
export async function browsersOf(tx: ShopTx, shopId: number, customerIds: bigint[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ clientId: string }[]>`
    SELECT DISTINCT e.client_id AS "clientId" FROM checkouts c
    JOIN pixel_events e ON e.shop_id = c.shop_id AND e.checkout_token = c.token
    WHERE c.shop_id = ${shopId} AND c.customer_id = ANY(${customerIds}::bigint[])`;
  return rows.map((row) => row.clientId);
}
