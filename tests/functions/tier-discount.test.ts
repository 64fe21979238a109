import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { customerLoyalty, LOYALTY_METAFIELD } from '../../contracts/customer-loyalty.ts';
import { MOST_EXCLUDED, TIER_DISCOUNT_FUNCTION, TIER_DISCOUNT_METAFIELD, tierDiscountConfig } from '../../contracts/tier-discount.ts';
import { cartDeliveryOptionsDiscountsGenerateRun } from '../../extensions/tier-discount/src/cart-delivery.ts';
import { cartLinesDiscountsGenerateRun } from '../../extensions/tier-discount/src/cart-lines.ts';
import { boundCode } from '../../contracts/bound-code.ts';
import type { TierDeliveryQuery, TierLinesQuery } from '../../extensions/tier-discount/generated/api';
import { bareRuntime, bundleOf, type BareRuntime } from './function-sandbox.ts';
import { costOf, functionSchema, inputAsRead, outputProblems, queryAt } from './function-schema.ts';

const FOLDER = 'extensions/tier-discount';
const TARGETS = {
  'cart.lines.discounts.generate.run': { run: 'cartLinesDiscountsGenerateRun', result: 'CartLinesDiscountsGenerateRunResult' },
  'cart.delivery-options.discounts.generate.run': {
    run: 'cartDeliveryOptionsDiscountsGenerateRun',
    result: 'CartDeliveryOptionsDiscountsGenerateRunResult',
  },
} as const;
type Target = keyof typeof TARGETS;
const names = Object.keys(TARGETS) as Target[];
const queryFile = (target: Target): string => `src/${target.replaceAll(/[.-]/g, '_')}.graphql`;
const queryOf = (target: Target) => queryAt(path.join(FOLDER, queryFile(target)));
const VARIABLES = { tags: ['sale'], collections: ['gid://shopify/Collection/7'] };

const fixture = z.object({
  payload: z.object({ export: z.string(), target: z.enum(names), input: z.unknown(), output: z.unknown() }),
});
const fixtures = fs
  .readdirSync(path.join(FOLDER, 'fixtures'))
  .map((name) => ({ name, ...fixture.parse(JSON.parse(fs.readFileSync(path.join(FOLDER, 'fixtures', name), 'utf8'))).payload }));

let bundle: string;
let bare: BareRuntime;
beforeAll(async () => {
  bundle = await bundleOf(path.resolve(FOLDER, 'src/index.ts'));
  bare = await bareRuntime(bundle);
});
afterAll(() => bare.close());

describe('the configuration for Shopify’s CLI', () => {
  const text = fs.readFileSync(path.join(FOLDER, 'shopify.extension.toml'), 'utf8');
  const all = (key: string): string[] => [...text.matchAll(new RegExp(`^${key} = "([^"]*)"`, 'gm'))].map((match) => match[1] ?? '');

  it('names what is there: handle, targets, queries, exports, the metafield of the variables', () => {
    expect([all('handle'), all('type'), all('api_version')]).toEqual([[TIER_DISCOUNT_FUNCTION], ['function'], ['2026-07']]);
    expect(all('target')).toEqual(names);
    expect(all('input_query')).toEqual(names.map(queryFile));
    expect(all('export')).toEqual(names.map((target) => target.replaceAll('.', '-')));
    expect([all('namespace'), all('key')]).toEqual([[TIER_DISCOUNT_METAFIELD.namespace], [TIER_DISCOUNT_METAFIELD.key]]);
  });

  it('the queries read the metafields that the app writes', () => {
    const lines = fs.readFileSync(path.join(FOLDER, queryFile(names[0] ?? 'cart.lines.discounts.generate.run')), 'utf8');
    for (const { namespace, key } of [LOYALTY_METAFIELD, TIER_DISCOUNT_METAFIELD])
      expect(lines).toContain(`metafield(namespace: "${namespace}", key: "${key}")`);
    // Variables are the metafield's own keys.
    expect(Object.keys(tierDiscountConfig.shape)).toEqual(expect.arrayContaining(Object.keys(VARIABLES)));
  });
});

describe.each(names)('%s', (target) => {
  it('has a query that is valid, costs at most 30 and has at most 3,000 letters', () => {
    expect(validate(functionSchema, queryOf(target))).toEqual([]);
    // Of 30; what a change costs is to be seen.
    expect(costOf(queryOf(target))).toBe(target === 'cart.lines.discounts.generate.run' ? 21 : 5);
    expect(fs.readFileSync(path.join(FOLDER, queryFile(target)), 'utf8').length).toBeLessThanOrEqual(3_000);
  });

  const own = fixtures.filter((one) => one.target === target);
  it.each(own.map((one) => [one.name, one] as const))(
    '%s: input and output fit Shopify’s schema, and the bundle gives it in QuickJS',
    (_name, one) => {
      expect(one.export).toBe(target.replaceAll('.', '-'));
      expect(inputAsRead(queryOf(target), one.input, VARIABLES)).toEqual(one.input);
      expect(outputProblems(one.output, TARGETS[target].result)).toEqual([]);
      expect(bare.run(TARGETS[target].run, one.input)).toEqual(one.output);
    },
  );
});

it('the checks of the fixtures see what does not fit', () => {
  const query = queryOf('cart.delivery-options.discounts.generate.run');
  const good = { cart: { buyerIdentity: null, deliveryGroups: [{ id: '1' }] }, discount: { discountClasses: ['ORDER'] } };
  expect(inputAsRead(query, good, {})).toEqual(good);
  expect(() => inputAsRead(query, { ...good, discount: { discountClasses: ['GOODS'] } }, {})).toThrow('GOODS');
  expect(inputAsRead(query, { ...good, more: 1 }, {})).not.toEqual({ ...good, more: 1 });
  expect(outputProblems({ operations: [{ orderDiscountsAdd: { candidates: [] } }] }, 'CartLinesDiscountsGenerateRunResult')).toHaveLength(
    1,
  );
  expect(costOf(query)).toBe(5);
});

const KEY = 'ab'.repeat(32);
const loyaltyOf = (perks: unknown): unknown => ({ version: 1, tier: 'Gold', since: null, spend: '1', currency: 'GBP', next: null, perks });
const lineOf = (index: number, marks: { gift?: boolean; tag?: boolean; collection?: boolean; product?: number } = {}) => ({
  id: `gid://shopify/CartLine/${index}`,
  merchandise: {
    __typename: 'ProductVariant' as const,
    product: {
      id: `gid://shopify/Product/${marks.product ?? index}`,
      isGiftCard: marks.gift ?? false,
      hasExcludedTag: marks.tag ?? false,
      inExcludedCollection: marks.collection ?? false,
    },
  },
});
type Lines = TierLinesQuery['cart']['lines'];
const inputOf = (lines: Lines, perks: unknown, more: Partial<TierLinesQuery> = {}): TierLinesQuery => ({
  cart: { buyerIdentity: { customer: { id: 'gid://shopify/Customer/7', loyalty: { jsonValue: loyaltyOf(perks) } } }, lines },
  discount: {
    discountClasses: ['ORDER', 'SHIPPING'],
    config: {
      jsonValue: { version: 1, tags: ['sale'], collections: [], products: ['gid://shopify/Product/3'], codeKey: KEY },
    },
  },
  enteredDiscountCodes: [],
  localization: { language: { isoCode: 'EN' } },
  ...more,
});
const marks = fc.record({ gift: fc.boolean(), tag: fc.boolean(), collection: fc.boolean(), product: fc.integer({ min: 1, max: 5 }) });
const cart = fc.array(marks, { maxLength: 8 }).map((all) => all.map((mark, index) => lineOf(index, mark)));

describe('whatever the cart and the metafields hold', () => {
  const anything = fc.oneof(fc.double(), fc.integer(), fc.string(), fc.constant(null), fc.constant(undefined));

  it('at most what was promised is taken off, never below 0 nor above 100 %, in a form that Shopify takes', () => {
    fc.assert(
      fc.property(cart, anything, (lines, percent) => {
        const output = cartLinesDiscountsGenerateRun(inputOf(lines, { discountPercent: percent, freeShipping: false }));
        expect(outputProblems(output, 'CartLinesDiscountsGenerateRunResult')).toEqual([]);
        for (const { orderDiscountsAdd } of output.operations)
          for (const { value } of orderDiscountsAdd?.candidates ?? []) {
            const text = String(value.percentage?.value);
            expect(text).toMatch(/^\d{1,3}(\.\d{1,2})?$/);
            expect(Number(text)).toBeGreaterThan(0);
            expect(Number(text)).toBeLessThanOrEqual(Math.min(100, Number(percent) + 1e-6));
          }
      }),
    );
  });

  it('just the lines that are left out are named, and with none left there is no discount', () => {
    fc.assert(
      fc.property(cart, (lines) => {
        const { operations } = cartLinesDiscountsGenerateRun(inputOf(lines, { discountPercent: 10, freeShipping: false }));
        const out = lines.filter(
          ({ merchandise: { product } }) =>
            product.isGiftCard || product.hasExcludedTag || product.inExcludedCollection || product.id.endsWith('/3'),
        );
        const named = operations.flatMap(({ orderDiscountsAdd }) =>
          (orderDiscountsAdd?.candidates ?? []).flatMap(({ targets }) =>
            targets.map(({ orderSubtotal }) => orderSubtotal?.excludedCartLineIds),
          ),
        );
        expect(named).toEqual(out.length === lines.length ? [] : [out.map(({ id }) => id)]);
      }),
    );
  });

  it('a metafield of no known shape gives nothing, and never an error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (loyalty, config) => {
        const input = inputOf([lineOf(1)], null);
        const customer = { id: 'gid://shopify/Customer/7', loyalty: { jsonValue: loyalty } };
        const lines = {
          ...input,
          cart: { ...input.cart, buyerIdentity: { customer } },
          discount: { ...input.discount, config: { jsonValue: config } },
        };
        expect(cartLinesDiscountsGenerateRun(lines).operations).toEqual([]);
        const delivery: TierDeliveryQuery = {
          cart: { buyerIdentity: { customer }, deliveryGroups: [{ id: '1' }] },
          discount: input.discount,
        };
        expect(cartDeliveryOptionsDiscountsGenerateRun(delivery).operations).toEqual([]);
      }),
    );
  });

  it.each([
    [12.35, '12.35'],
    [0.29, '0.29'],
    [33.333, '33.33'],
    [0.004, null],
    [100, '100'],
    [100.01, null],
    [-5, null],
    [Number.NaN, null],
    ['10', null],
  ])('%j percent is %j', (percent, text) => {
    const [operation] = cartLinesDiscountsGenerateRun(inputOf([lineOf(1)], { discountPercent: percent, freeShipping: true })).operations;
    expect(operation?.orderDiscountsAdd?.candidates[0]?.value.percentage?.value ?? null).toBe(text);
  });

  it('the perks that the contract lets through are the perks that are read', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (discountPercent) => {
        const loyalty = customerLoyalty.parse(loyaltyOf({ discountPercent, freeShipping: true }));
        expect(cartLinesDiscountsGenerateRun(inputOf([lineOf(1)], loyalty.perks)).operations).toHaveLength(1);
      }),
    );
  });
});

describe('a cart of 200 lines with the largest configuration', () => {
  const most = (type: string) => Array.from({ length: MOST_EXCLUDED }, (_unused, at) => `gid://shopify/${type}/${9_000_000_000_000 + at}`);
  const config = tierDiscountConfig.parse({
    version: 1,
    tags: Array.from({ length: MOST_EXCLUDED }, (_unused, at) => `tag-${at}`),
    collections: most('Collection'),
    products: most('Product'),
    codeKey: KEY,
  });
  const lines = Array.from({ length: 200 }, (_unused, at) => lineOf(at, { tag: at % 3 === 0, product: 9_000_000_000_000 + at }));
  const codes = Array.from({ length: 5 }, (_unused, at) => ({
    code: boundCode(`234567${'89ABC'[at] ?? ''}`, { customerId: '8', key: KEY }),
    rejectable: true,
  }));
  const input = inputOf(
    lines,
    { discountPercent: 10, freeShipping: true },
    {
      enteredDiscountCodes: codes,
      discount: { discountClasses: ['ORDER', 'SHIPPING'], config: { jsonValue: config } },
    },
  );

  it('stays within Shopify’s bounds of bytes', () => {
    expect(JSON.stringify(config).length).toBeLessThanOrEqual(10_000);
    expect(JSON.stringify(input).length).toBeLessThanOrEqual(128_000);
    expect(JSON.stringify(cartLinesDiscountsGenerateRun(input)).length).toBeLessThanOrEqual(20_000);
    expect(bundle.length).toBeLessThan(256_000);
    // As it stands; the runtime of the interpreter is shared and not part of what is uploaded.
    expect(bundle.length).toBeLessThan(8_000);
  });

  it('takes few calls and turns of loops in QuickJS, which has nothing of a browser', () => {
    expect(bare.globals()).toEqual([]);
    expect(bare.run('cartLinesDiscountsGenerateRun', input)).toEqual(cartLinesDiscountsGenerateRun(input));
    const whole = bare.countOf('cartLinesDiscountsGenerateRun', input, 100);
    const without = bare.countOf('cartLinesDiscountsGenerateRun', { ...input, enteredDiscountCodes: [] }, 100);
    // Counts, not time: 200 lines, and five codes of somebody else with four hashes each.
    if (process.env['FIGURES'])
      process.stdout.write(
        `bundle ${bundle.length} bytes, input ${JSON.stringify(input).length} bytes, counts ${without}, with codes ${whole}\n`,
      );
    expect(without).toBeGreaterThan(100);
    expect(without).toBeLessThan(5_000);
    expect(whole).toBeLessThan(120_000);
  });
});
