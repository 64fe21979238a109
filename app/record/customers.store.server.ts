import type { ShopTx } from '../platform/db.server.ts';
import { markDirty } from './dirty.store.server.ts';
import type { ConsentFacts, CustomerFacts } from './facts.ts';
import { toJsonRows } from './order.store.server.ts';
import { sealPersons, type PersonKeys, type SealedPerson } from './person.server.ts';

/** A sealed person for JSON: PostgreSQL reads bytes as hexadecimal. */
const inHex = (sealed: SealedPerson | undefined): Record<string, string | null> =>
  Object.fromEntries(
    Object.entries(sealed ?? {}).map(([key, value]) => [key, Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value]),
  );

type Versioned = CustomerFacts & { triggeredAt?: Date | null };

/**
 * Writes customers, sealed, whose version is newer than the one that stands; consents have a version of their own and are
 * taken where theirs is newer. A redacted customer stays redacted. Tags that are not told (null) stay as they are.
 * @returns how many rows changed.
 */
export async function applyCustomers(tx: ShopTx, persons: PersonKeys, customers: readonly Versioned[]): Promise<number> {
  return writeCustomers(tx, persons, { customers, isRead: false });
}

/**
 * As applyCustomers, for what was read from the store: it knows more than a webhook of the same version (tags, consents), and
 * alone knows birthdays.
 */
export async function applyReadCustomers(tx: ShopTx, persons: PersonKeys, customers: readonly Versioned[]): Promise<number> {
  const changed = await writeCustomers(tx, persons, { customers, isRead: true });
  await writeBirthDays(tx, persons.shopId, customers);
  return changed;
}

/** A webhook of a later version knows none: where none is held, that of an earlier one is taken. */
async function writeBirthDays(tx: ShopTx, shopId: number, customers: readonly Versioned[]): Promise<void> {
  const rows = newestOf(customers).map(({ id, birthDay, updatedAt }) => ({ id, birthDay: birthDay ?? null, updatedAt }));
  if (rows.length === 0) return;
  await tx.$executeRaw`
    UPDATE customers c SET birth_day = r."birthDay"
    FROM jsonb_to_recordset(${toJsonRows(rows)}::jsonb) AS r(id bigint, "birthDay" smallint, "updatedAt" timestamptz)
    WHERE c.shop_id = ${shopId} AND c.id = r.id AND c.redacted_at IS NULL AND c.birth_day IS DISTINCT FROM r."birthDay"
      AND (c.updated_at <= r."updatedAt" OR c.birth_day IS NULL)`;
}

/** One row an id, by id: the newest of the batch, or PostgreSQL would refuse to touch a row twice. */
function newestOf(customers: readonly Versioned[]): Versioned[] {
  const newest = new Map<bigint, Versioned>();
  for (const customer of customers) {
    const held = newest.get(customer.id);
    if (!held || isNewer(customer, held)) newest.set(customer.id, customer);
  }
  return [...newest.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function writeCustomers(tx: ShopTx, persons: PersonKeys, of: { customers: readonly Versioned[]; isRead: boolean }): Promise<number> {
  const { customers, isRead } = of;
  if (customers.length === 0) return 0;
  const { shopId } = persons;
  const sorted = newestOf(customers);
  const sealed = sealPersons(persons, sorted);
  const rows = sorted.map(
    ({ email: _email, phone: _phone, firstName: _first, lastName: _last, address: _address, birthDay: _birth, ...row }, at) => ({
      triggeredAt: null,
      ...row,
      ...inHex(sealed[at]),
    }),
  );
  const changed = await tx.$executeRaw`
    INSERT INTO customers AS c (shop_id, id, person, email_hash, phone_hash, email_path, first_name_path, last_name_path, mailbox_hash, address_hash,
      state, locale, tags, country, province, city, email_consent, email_consent_at, sms_consent, sms_consent_at, created_at, updated_at, triggered_at)
    SELECT ${shopId}, r.id, r.person, r."emailHash", r."phoneHash", r."emailPath", r."firstNamePath", r."lastNamePath", r."mailboxHash", r."addressHash",
      r.state, r.locale,
      COALESCE(r.tags, (SELECT held.tags FROM customers held WHERE held.shop_id = ${shopId} AND held.id = r.id), '{}'), r.country, r.province, r.city, r."emailConsent", r."emailConsentAt", r."smsConsent", r."smsConsentAt", r."createdAt", r."updatedAt", r."triggeredAt"
    FROM jsonb_to_recordset(${toJsonRows(rows)}::jsonb) AS r(id bigint, person text, "emailHash" bytea, "phoneHash" bytea,
      "emailPath" bytea, "firstNamePath" bytea, "lastNamePath" bytea, "mailboxHash" bytea, "addressHash" bytea, state text, locale text, tags text[], country text, province text, city text, "emailConsent" text, "emailConsentAt" timestamptz,
      "smsConsent" text, "smsConsentAt" timestamptz, "createdAt" timestamptz, "updatedAt" timestamptz, "triggeredAt" timestamptz)
    ON CONFLICT (shop_id, id) DO UPDATE SET
      person = excluded.person, email_hash = excluded.email_hash, phone_hash = excluded.phone_hash,
      email_path = excluded.email_path, first_name_path = excluded.first_name_path, last_name_path = excluded.last_name_path,
      mailbox_hash = excluded.mailbox_hash, address_hash = excluded.address_hash,
      state = excluded.state, locale = COALESCE(excluded.locale, c.locale), tags = excluded.tags,
      country = excluded.country, province = excluded.province, city = excluded.city,
      email_consent = CASE WHEN COALESCE(excluded.email_consent_at, '-infinity') >= COALESCE(c.email_consent_at, '-infinity')
        THEN COALESCE(excluded.email_consent, c.email_consent) ELSE c.email_consent END,
      email_consent_at = GREATEST(excluded.email_consent_at, c.email_consent_at),
      sms_consent = CASE WHEN COALESCE(excluded.sms_consent_at, '-infinity') >= COALESCE(c.sms_consent_at, '-infinity')
        THEN COALESCE(excluded.sms_consent, c.sms_consent) ELSE c.sms_consent END,
      sms_consent_at = GREATEST(excluded.sms_consent_at, c.sms_consent_at),
      created_at = COALESCE(excluded.created_at, c.created_at), updated_at = excluded.updated_at,
      triggered_at = COALESCE(excluded.triggered_at, c.triggered_at)
    WHERE c.redacted_at IS NULL
      AND ((c.updated_at, COALESCE(c.triggered_at, 'epoch')) < (excluded.updated_at, COALESCE(excluded.triggered_at, 'epoch'))
        OR ${isRead}::boolean AND c.updated_at = excluded.updated_at
          AND (c.tags, c.email_consent, c.sms_consent) IS DISTINCT FROM (excluded.tags,
            COALESCE(excluded.email_consent, c.email_consent), COALESCE(excluded.sms_consent, c.sms_consent)))`;
  await ensureRollupRows(
    tx,
    shopId,
    sorted.map(({ id }) => id),
  );
  return changed;
}

function isNewer(a: { updatedAt: Date; triggeredAt?: Date | null }, b: { updatedAt: Date; triggeredAt?: Date | null }): boolean {
  const byVersion = a.updatedAt.getTime() - b.updatedAt.getTime();
  return byVersion !== 0 ? byVersion > 0 : (a.triggeredAt?.getTime() ?? 0) > (b.triggeredAt?.getTime() ?? 0);
}

/** Every customer has a rollup row, so that lists sorted by a rollup hold those without orders too. */
async function ensureRollupRows(tx: ShopTx, shopId: number, ids: bigint[]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO customer_rollups (shop_id, customer_id) SELECT ${shopId}, id FROM unnest(${ids.toSorted((a, b) => (a < b ? -1 : 1))}::bigint[]) AS r(id)
    ON CONFLICT DO NOTHING`;
}

/** As ensureRollupRows, for all customers that the shop has. */
export async function ensureAllRollupRows(tx: ShopTx, shopId: number): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO customer_rollups (shop_id, customer_id) SELECT shop_id, id FROM customers WHERE shop_id = ${shopId} ORDER BY id
    ON CONFLICT DO NOTHING`;
}

/** A consent by its own topic; a customer not known yet gets a row that any version of the customer replaces. */
export async function applyConsents(tx: ShopTx, shopId: number, consents: readonly ConsentFacts[]): Promise<number> {
  let changed = 0;
  for (const { customerId, channel, state, at } of consents) {
    const [value, version] = channel === 'email' ? ['email_consent', 'email_consent_at'] : ['sms_consent', 'sms_consent_at'];
    changed += await tx.$executeRawUnsafe(
      `INSERT INTO customers AS c (shop_id, id, tags, updated_at, ${value}, ${version}) VALUES ($1, $2::bigint, '{}', 'epoch', $3, $4::timestamptz)
       ON CONFLICT (shop_id, id) DO UPDATE SET ${value} = excluded.${value}, ${version} = excluded.${version}
       WHERE COALESCE(c.${version}, '-infinity') < excluded.${version}`,
      shopId,
      customerId,
      state,
      at,
    );
  }
  await ensureRollupRows(tx, shopId, [...new Set(consents.map((consent) => consent.customerId))]);
  return changed;
}

/** Shopify deleted the customer; the orders stay, and so do their sums. */
export async function markCustomersDeleted(tx: ShopTx, shopId: number, deletions: readonly { id: bigint; at: Date }[]): Promise<number> {
  let changed = 0;
  for (const { id, at } of deletions) {
    changed += await tx.$executeRaw`
      INSERT INTO customers AS c (shop_id, id, tags, updated_at, deleted_at) VALUES (${shopId}, ${id}, '{}', 'epoch', ${at})
      ON CONFLICT (shop_id, id) DO UPDATE SET deleted_at = excluded.deleted_at WHERE c.deleted_at IS NULL`;
  }
  await markDirty(tx, shopId, { feed: 'loyalty', ids: deletions.map((deletion) => deletion.id) });
  return changed;
}
