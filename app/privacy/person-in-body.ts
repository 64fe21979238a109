import type { z } from 'zod';
import { parseLossless, stringifyLossless } from '../core/lossless-json.ts';

/** By what a person is known in a delivery's body: ids as decimal texts, e-mail addresses and phone numbers in lower case. */
export type Traces = { readonly customers: ReadonlySet<string>; readonly orders: ReadonlySet<string>; readonly texts: readonly string[] };

/** From this length on a number is taken for an id wherever it stands; a shorter one could be a quantity or a price. */
const SURE_DIGITS = 12;
/** Past this many alternatives a regular expression costs the database more than it spares. */
const MOST_ALTERNATIVES = 200;
const GID = /^gid:\/\/shopify\/(Customer|Order)\/(\d+)/;

/** A regular expression (any case) that every body naming the person matches; null when there are too many traces for one. */
export function coarsePattern({ customers, orders, texts }: Traces): string | null {
  const words = [...customers, ...orders, ...texts];
  return words.length > MOST_ALTERNATIVES ? null : words.map((word) => word.replaceAll(/[^\p{L}\p{N}]/gu, String.raw`\$&`)).join('|');
}

/** Whether a delivery is about the person or one of the person's orders. */
export function namesPerson(delivery: { topic: string; body: string }, traces: Traces): boolean {
  const lower = delivery.body.toLowerCase();
  if (traces.texts.some((text) => lower.includes(text))) return true;
  const numbers = [...delivery.body.matchAll(/\d+/g)].map(([digits]) => digits);
  const known = numbers.filter((digits) => traces.customers.has(digits) || traces.orders.has(digits));
  if (known.length === 0) return false;
  return known.some((digits) => digits.length >= SURE_DIGITS) || refersTo(delivery, traces);
}

type Reference = { to: 'customers' | 'orders'; id: string };

function refersTo({ topic, body }: { topic: string; body: string }, traces: Traces): boolean {
  try {
    return references(parseLossless(body), { key: topic.split('/')[0] ?? '' }).some(({ to, id }) => traces[to].has(id));
  } catch {
    // The door lets only JSON in; a body that is none and holds such a number is better stripped than kept.
    return true;
  }
}

/** What a key calls its number or the object under it: "customer_id", "customer", "orders_to_redact", or the topic itself at the root. */
const HOLDERS: readonly [RegExp, Reference['to']][] = [
  [/^customers?(?:_id)?$/, 'customers'],
  [/^orders?(?:_id|_requested|_to_redact)?$/, 'orders'],
];

/** Every customer and order that a JSON value refers to; `key` is what it is called. */
function references(value: unknown, at: { key: string }): Reference[] {
  if (Array.isArray(value)) return value.flatMap((entry) => references(entry, at));
  if (typeof value !== 'object' || value === null) return referenceOf(value, at.key);
  // "id" alone is the id of what the object is called.
  return Object.entries(value).flatMap(([key, inner]) => references(inner, { key: key === 'id' ? at.key : key }));
}

function referenceOf(value: unknown, key: string): Reference[] {
  const text = typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
  const [, type, number] = GID.exec(text) ?? [];
  if (type && number) return [{ to: type === 'Customer' ? 'customers' : 'orders', id: number }];
  const holder = HOLDERS.find(([pattern]) => pattern.test(key))?.[1];
  return holder && /^\d+$/.test(text) ? [{ to: holder, id: text }] : [];
}

/** Deliveries that move figures; what they say of the person is not needed for that. */
const FIGURES = /^(?:orders|refunds|order_transactions|fulfillments)\//;

/**
 * The body of a delivery that is not applied yet, cut down to what the record reads of it, without free text: applied
 * later, it moves the same figures. null: nothing of it is needed, or it does not fit its schema.
 */
export function figuresOnly(delivery: { topic: string; body: string }, schema: z.ZodType | null): string | null {
  if (!schema || !FIGURES.test(delivery.topic)) return null;
  try {
    return stringifyLossless(withoutWords(schema.parse(parseLossless(delivery.body))));
  } catch {
    return null;
  }
}

function withoutWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const manual = 'type' in value && value.type === 'manual';
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => {
      if (key === 'note' || key === 'payment_details' || (manual && key === 'title')) return [key, null];
      return [key, key === 'tags' ? [] : withoutWords(inner)];
    }),
  );
}
