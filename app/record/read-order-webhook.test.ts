import fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { outcomeOf, spoiled } from '../../tests/support/spoiled.ts';
import { parseLossless } from '../core/lossless-json.ts';
import { plain, quickly } from '../core/payload.ts';
import { quickOrder } from './read-order-webhook.ts';
import { order } from './webhook-schemas.ts';

const read = (name: string): object =>
  z.looseObject({}).parse(parseLossless(fs.readFileSync(`tests/fixtures/webhook-samples/${name}.json`, 'utf8')));
const paid = z.looseObject({ line_items: z.array(z.looseObject({})) }).parse(read('orders-paid.2024-10'));
const refund = read('refunds-create');
/** All that hangs on an order, so that there is something of everything to spoil. */
const SAMPLES = [
  paid,
  read('orders-create.2020-04'),
  {
    ...paid,
    refunds: [refund],
    transactions: [read('order_transactions-create')],
    fulfillments: [read('fulfillments-create')],
    discount_codes: [{ code: 'TEN', amount: '1.00', type: 'percentage' }],
    discount_applications: [{ type: 'discount_code', code: 'TEN', value: '10.0', value_type: 'percentage' }],
    line_items: paid.line_items.map((line) => ({
      ...line,
      tax_lines: [{ price: '1.00' }],
      discount_allocations: [{ amount: '1.00', discount_application_index: 0 }],
    })),
  },
];

describe('the quick reader of orders', () => {
  it('gives what the schema gives, and says what the schema says', () => {
    fc.assert(
      fc.property(spoiled(SAMPLES), (payload) => {
        expect(outcomeOf(quickOrder, payload)).toEqual(outcomeOf((value) => order.parse(value), payload));
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes the samples without asking the schema', () => {
    const asked = vi.spyOn(order, 'parse');
    for (const sample of SAMPLES) quickOrder(sample);
    expect(asked).not.toHaveBeenCalled();
    expect(() => quickOrder({})).toThrow(z.ZodError);
    expect(asked).toHaveBeenCalledOnce();
    asked.mockRestore();
  });

  it('hands on an error that is not a misfit', () => {
    const broken = quickly(() => {
      throw new Error('a fault of the reader');
    }, z.unknown());
    expect(() => broken({})).toThrow('a fault of the reader');
    expect(quickly(plain.text, z.any())(5)).toBe(5);
  });
});
