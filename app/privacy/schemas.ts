import { z } from 'zod';

/**
 * What Shopify's three privacy topics say. Any id may be null (a guest has no customer), and bare numbers past 2^53 come
 * from parseLossless as bigint.
 */
const id = z.union([z.bigint(), z.int(), z.string().regex(/^\d+$/)]).transform((value) => BigInt(value));
const optionalId = id.nullish().transform((value) => value ?? null);
const text = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || null);
const ids = z
  .array(id.nullable())
  .nullish()
  .transform((list) => (list ?? []).filter((entry) => entry !== null));
const person = z
  .object({ id: optionalId, email: text, phone: text })
  .nullish()
  .transform((value) => value ?? { id: null, email: null, phone: null });

export type Person = z.output<typeof person>;
export const dataRequest = z.object({ customer: person, orders_requested: ids });
export const customerRedact = z.object({ customer: person, orders_to_redact: ids });
export const shopRedact = z.object({ shop_domain: text });

/** What Shopify demands of every app, and of every shop it ever was in. */
export const PRIVACY_TOPICS: ReadonlySet<string> = new Set(['customers/data_request', 'customers/redact', 'shop/redact']);
