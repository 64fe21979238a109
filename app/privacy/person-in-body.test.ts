import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { coarsePattern, figuresOnly, namesPerson, type Traces } from './person-in-body.ts';

const LONG = '820982911946154508';
const traces: Traces = { customers: new Set(['50', LONG]), orders: new Set(['7']), texts: ['ada@example.com', '+44 20'] };
const names = (topic: string, body: unknown): boolean =>
  namesPerson({ topic, body: typeof body === 'string' ? body : JSON.stringify(body) }, traces);

describe('a delivery is about the person', () => {
  it.each<[string, string, unknown]>([
    ['the customer itself', 'customers/update', { id: 50 }],
    ['the customer by its gid alone', 'customers/update', { admin_graphql_api_id: 'gid://shopify/Customer/50' }],
    ['an order of the customer', 'orders/create', { id: 1, customer: { id: 50 } }],
    ['the order itself', 'orders/updated', { id: 7 }],
    ['a child of the order', 'refunds/create', { id: 1, order_id: 7 }],
    ['an edit of the order', 'orders/edited', { order_edit: { id: 1, order_id: 7 } }],
    ['a consent', 'customers_email_marketing_consent/update', { customer_id: 50 }],
    ['a checkout', 'checkouts/update', { id: 1, customer: { id: '50' } }],
    ['a list of a privacy request', 'customers/redact', { customer: {}, orders_to_redact: [6, 7] }],
    ['an id past 2^53, wherever it stands', 'orders/create', `{"id":1,"strange":{"key":${LONG}}}`],
    ['the address in other letters', 'orders/create', { id: 1, contact_email: 'ADA@Example.com' }],
    ['no JSON, with the number in it', 'orders/create', '{"customer":50'],
  ])('%s', (_name, topic, body) => expect(names(topic, body)).toBe(true));

  it.each<[string, string, unknown]>([
    ['the same number as another kind of id', 'products/update', { id: 50, variants: [{ id: 7 }] }],
    ['the same number as a quantity', 'orders/create', { id: 1, customer: { id: 51 }, line_items: [{ id: 50, quantity: 7 }] }],
    ['a customer of a longer number', 'customers/update', { id: 505 }],
    ['how many orders there are', 'customers/update', { id: 51, orders_count: 7 }],
    ['nobody', 'shop/update', { name: 'Tea' }],
  ])('but not: %s', (_name, topic, body) => expect(names(topic, body)).toBe(false));
});

describe('the coarse pattern', () => {
  it('holds every trace, its signs taken as they are', () => {
    const pattern = new RegExp((coarsePattern(traces) ?? '').replaceAll('\\@', '@'), 'i');
    expect(['x 50 y', 'Ada@example.com', '+44 20'].map((text) => pattern.test(text))).toEqual([true, true, true]);
    expect(['adaXexample.com', 'ada@exampleXcom', '444 20'].map((text) => pattern.test(text))).toEqual([false, false, false]);
  });

  it('is given up when there are too many', () => {
    expect(coarsePattern({ ...traces, orders: new Set(Array.from({ length: 500 }, (_, n) => String(n))) })).toBeNull();
  });
});

describe('the figures of a delivery', () => {
  const schema = z.object({
    id: z.union([z.bigint(), z.int()]).transform(BigInt),
    tags: z.array(z.string()),
    uses: z.array(z.object({ type: z.string(), title: z.string().nullable() })),
    refunds: z.array(z.object({ note: z.string().nullable(), at: z.iso.datetime().transform((text) => new Date(text)) })),
  });
  const body = `{"id":${LONG},"email":"ada@example.com","tags":["Ada"],"uses":[{"type":"manual","title":"Ada"},{"type":"code","title":"Ten"}],
    "refunds":[{"note":"Ada","at":"2026-01-02T03:04:05Z","by":"Ada"}]}`;

  it('are all that stays, every digit of an id among them, and read like the whole', () => {
    const kept = figuresOnly({ topic: 'orders/create', body }, schema) ?? '';
    expect(kept).toBe(
      `{"id":${LONG},"tags":[],"uses":[{"type":"manual","title":null},{"type":"code","title":"Ten"}],"refunds":[{"note":null,"at":"2026-01-02T03:04:05.000Z"}]}`,
    );
    expect(figuresOnly({ topic: 'orders/create', body: kept }, schema)).toBe(kept);
  });

  it.each([
    ['customers/update', body],
    ['orders/create', '{"id":"none"}'],
    ['orders/create', 'no json'],
  ])('are none of %s with %s', (topic, text) => expect(figuresOnly({ topic, body: text }, schema)).toBeNull());
});
