import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countSegment, segmentMembers } from '../../app/audience/index.server.ts';
import { ATTRIBUTE_NAMES, attributeOf, OPERATORS, type ParameterType } from '../../app/audience/segment/attributes.ts';
import { matches, type HappenedEvent, type Profile } from '../../app/audience/segment/evaluate.ts';
import { parseQuery } from '../../app/audience/segment/parse.ts';
import { groupOf, SCORES } from '../../app/audience/rfm.ts';
import { addDays, dateToDay, dayOf, parseDay } from '../../app/core/calendar.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestScope } from '../support/platform.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const TODAY = parseDay('2026-11-20');
const TAGS = ['vip', 'Tea', 'wholesale'];
const CITIES = ['London', 'leeds', null];
const VENDORS = ['Kettle & Co', 'Leaf', null];
const CHANNELS = ['web', 'pos'];
const PRODUCTS = [100n, 101n, 102n];
const day = (before: number) => addDays(TODAY, -before);
/** Around midnight of London and Auckland, so that the zone decides. */
const HOURS = [0, 6, 11, 12, 13, 23];

const purchase = fc.record({
  before: fc.nat({ max: 400 }),
  hour: fc.constantFrom(...HOURS),
  product: fc.constantFrom(...PRODUCTS, null),
  channel: fc.constantFrom(...CHANNELS),
  fate: fc.constantFrom('kept', 'kept', 'kept', 'test', 'deleted', 'cancelled'),
});
const view = fc.record({
  before: fc.nat({ max: 400 }),
  hour: fc.constantFrom(...HOURS),
  product: fc.constantFrom(...PRODUCTS),
  name: fc.constantFrom('product_viewed', 'product_viewed', 'product_added_to_cart'),
});
const checkout = fc.record({
  before: fc.nat({ max: 400 }),
  hour: fc.constantFrom(...HOURS),
  total: fc.nat({ max: 30_000 }),
  fate: fc.constantFrom('left', 'left', 'finished', 'in another currency'),
});
const inCampaign = fc.record({
  before: fc.nat({ max: 400 }),
  hour: fc.constantFrom(...HOURS),
  campaign: fc.constantFrom(1, 2),
  arm: fc.nat({ max: 2 }),
});
const CAMPAIGNS = new Map([
  [1, 'Leaf'],
  [2, 'Tea'],
]);
const customer = fc.record({
  tags: fc.subarray(TAGS),
  city: fc.constantFrom(...CITIES),
  country: fc.constantFrom('GB', 'NZ', null),
  locale: fc.constantFrom('en', 'de', null),
  state: fc.constantFrom('enabled', 'disabled', null),
  emailConsent: fc.constantFrom('subscribed', 'unsubscribed', null),
  added: fc.option(fc.nat({ max: 400 })),
  deleted: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
  tier: fc.constantFrom(1, 2, null),
  points: fc.option(fc.integer({ min: -20, max: 300 })),
  rollup: fc.option(
    fc.record({
      orders: fc.nat({ max: 5 }),
      net: fc.integer({ min: -500, max: 30_000 }),
      gross: fc.nat({ max: 300 }),
      discounts: fc.nat({ max: 300 }),
      returned: fc.nat({ max: 300 }),
      first: fc.option(fc.nat({ max: 400 })),
      last: fc.option(fc.nat({ max: 400 })),
      hour: fc.constantFrom(...HOURS),
    }),
    { freq: 6 },
  ),
  scores: fc.option(fc.record({ r: fc.constantFrom(...SCORES), f: fc.constantFrom(...SCORES), m: fc.constantFrom(...SCORES) }), {
    freq: 3,
  }),
  value: fc.option(
    fc.record({
      // Sixteenths are exact in either form.
      alive: fc.nat({ max: 16 }),
      spend: fc.option(fc.nat({ max: 30_000 })),
      next: fc.option(fc.integer({ min: -400, max: 400 })),
    }),
    { freq: 3 },
  ),
  purchases: fc.array(purchase, { maxLength: 4 }),
  views: fc.array(view, { maxLength: 3 }),
  checkouts: fc.array(checkout, { maxLength: 2 }),
  campaigns: fc.uniqueArray(inCampaign, { selector: ({ campaign }) => campaign, maxLength: 2 }),
});
type Made = typeof customer extends fc.Arbitrary<infer One> ? One : never;
const TIERS = new Map([
  [1, 'Gold'],
  [2, 'Silver'],
]);
const COLLECTIONS = new Map([
  [1n, 'Tea'],
  [102n, 'Leaf'],
]);
const product = fc.record({
  tags: fc.subarray(TAGS),
  vendor: fc.constantFrom(...VENDORS),
  collections: fc.subarray([...COLLECTIONS.keys()]),
});
type Product = typeof product extends fc.Arbitrary<infer One> ? One : never;
const instant = (before: number, hour: number): Date => new Date(`${day(before)}T${String(hour).padStart(2, '0')}:30:00Z`);

async function write(scope: TestScope, customers: readonly Made[], products: readonly Product[]): Promise<void> {
  const { prisma } = scope.db;
  const shopId = scope.shop.id;
  const at = new Date('2026-01-01');
  await prisma.loyaltyTier.createMany({ data: [...TIERS].map(([id, name]) => ({ shopId, id, name, threshold: BigInt(id * 1_000) })) });
  await prisma.product.createMany({
    data: products.map(({ tags, vendor }, index) => ({
      shopId,
      id: PRODUCTS[index] ?? 0n,
      title: 'Thing',
      status: 'active',
      updatedAt: at,
      tags,
      vendor,
    })),
  });
  await prisma.collection.createMany({ data: [...COLLECTIONS].map(([id, title]) => ({ shopId, id, title, updatedAt: at })) });
  await prisma.collectionProduct.createMany({
    data: products.flatMap(({ collections }, index) =>
      collections.map((collectionId) => ({ shopId, collectionId, productId: PRODUCTS[index] ?? 0n })),
    ),
  });
  await prisma.customer.createMany({
    data: customers.map(({ added, deleted, tags, city, country, locale, state, emailConsent }, index) => ({
      shopId,
      id: BigInt(index + 1),
      tags,
      city,
      country,
      locale,
      state,
      emailConsent,
      updatedAt: at,
      createdAt: added === null ? null : instant(added, 12),
      deletedAt: deleted ? at : null,
    })),
  });
  await prisma.customerRollup.createMany({
    data: customers.flatMap(({ rollup }, index) =>
      rollup === null
        ? []
        : [
            {
              shopId,
              customerId: BigInt(index + 1),
              orders: rollup.orders,
              net: BigInt(rollup.net),
              gross: BigInt(rollup.gross),
              discounts: BigInt(rollup.discounts),
              returned: BigInt(rollup.returned),
              firstOrderAt: rollup.first === null ? null : instant(rollup.first, rollup.hour),
              lastOrderAt: rollup.last === null ? null : instant(rollup.last, rollup.hour),
            },
          ],
    ),
  });
  await prisma.loyaltyMember.createMany({
    data: customers.flatMap(({ tier }, index) =>
      tier === null ? [] : [{ shopId, customerId: BigInt(index + 1), tierId: tier, spend: 0n, reviewedAt: at }],
    ),
  });
  await prisma.pointsBalance.createMany({
    data: customers.flatMap(({ points }, index) =>
      points === null ? [] : [{ shopId, customerId: BigInt(index + 1), available: BigInt(points) }],
    ),
  });
  await prisma.customerRfm.createMany({
    data: customers.flatMap(({ scores }, index) =>
      scores === null
        ? []
        : [{ shopId, customerId: BigInt(index + 1), ...scores, grp: groupOf(scores.r, scores.f, scores.m), sinceDay: new Date(TODAY) }],
    ),
  });
  await prisma.customerValue.createMany({
    data: customers.flatMap(({ value }, index) =>
      value === null
        ? []
        : [
            {
              shopId,
              customerId: BigInt(index + 1),
              untilDay: new Date(TODAY),
              alive: value.alive / 16,
              orders52w: 1,
              spend52w: value.spend === null ? null : BigInt(value.spend),
              nextOrderOn: value.next === null ? null : new Date(day(value.next)),
            },
          ],
    ),
  });
  await writeEvents(scope, customers);
  let id = 0n;
  for (const [index, { purchases }] of customers.entries()) {
    for (const { before, hour, product: productId, channel, fate } of purchases) {
      id += 1n;
      const processedAt = instant(before, hour);
      await prisma.order.create({
        data: {
          shopId,
          id,
          name: `#${id}`,
          customerId: BigInt(index + 1),
          createdAt: processedAt,
          processedAt,
          updatedAt: processedAt,
          day: processedAt,
          channel,
          tags: [],
          currency: 'GBP',
          presentmentCurrency: 'GBP',
          presentmentTotal: 0n,
          total: 0n,
          shipping: 0n,
          tax: 0n,
          gross: 0n,
          discounts: 0n,
          returned: 0n,
          cancelled: 0n,
          net: 0n,
          units: 1,
          test: fate === 'test',
          deletedAt: fate === 'deleted' ? at : null,
          cancelledAt: fate === 'cancelled' ? at : null,
        },
      });
      await prisma.orderLine.create({
        data: {
          shopId,
          orderId: id,
          id,
          position: 0,
          productId,
          title: 'Thing',
          quantity: 1,
          currentQuantity: 1,
          unitPrice: 0n,
          presentmentUnitPrice: 0n,
          discount: 0n,
          tax: 0n,
        },
      });
    }
  }
}

/** Each customer's browser has been at one finished checkout of theirs. */
async function writeEvents(scope: TestScope, customers: readonly Made[]): Promise<void> {
  const { prisma } = scope.db;
  const shopId = scope.shop.id;
  const at = new Date('2026-01-01');
  const row = { shopId, currency: 'GBP', units: 1, lines: [] };
  await prisma.variant.createMany({
    data: PRODUCTS.map((id) => ({ shopId, id: id * 10n, productId: id, title: '', price: 0n, position: 1, updatedAt: at })),
  });
  await prisma.campaign.createMany({
    data: [...CAMPAIGNS].map(([id, name]) => ({
      shopId,
      id,
      name,
      status: 'active',
      audience: [],
      startsAt: at,
      seed: new Uint8Array(32),
      beforeDays: 28,
      createdAt: at,
      updatedAt: at,
    })),
  });
  for (const [index, { views, checkouts, campaigns }] of customers.entries()) {
    const customerId = BigInt(index + 1);
    const own = { ...row, customerId, createdAt: at, updatedAt: at };
    await prisma.checkout.create({ data: { ...own, token: `own-${index}`, total: 0n, completedAt: at } });
    const seen = { shopId, clientId: `client-${index}` };
    await prisma.pixelEvent.create({
      data: { ...seen, eventId: `own-${index}`, variantId: 0n, name: 'checkout_started', checkoutToken: `own-${index}`, at },
    });
    await prisma.pixelEvent.createMany({
      data: views.map(({ before, hour, name, product: id }, place) => ({
        ...seen,
        eventId: `view-${index}-${place}`,
        variantId: id * 10n,
        name,
        at: instant(before, hour),
      })),
    });
    await prisma.checkout.createMany({
      data: checkouts.map(({ before, hour, total, fate }, place) => ({
        ...own,
        token: `left-${index}-${place}`,
        updatedAt: instant(before, hour),
        total: BigInt(total),
        completedAt: fate === 'finished' ? at : null,
        currency: fate === 'in another currency' ? 'EUR' : 'GBP',
      })),
    });
    await prisma.campaignAssignment.createMany({
      data: campaigns.map(({ before, hour, campaign, arm }) => ({
        shopId,
        campaignId: campaign,
        customerId,
        arm,
        propensity: 1,
        before: 0n,
        at: instant(before, hour),
      })),
    });
  }
}

function profileOf(one: Made, products: readonly Product[], timezone: string): Profile {
  const { rollup } = one;
  const whole = (value: number) => ({ over: BigInt(value), under: 1n });
  const known = (value: number | null | undefined) => (value === null || value === undefined ? null : whole(value));
  const share = (over: number, under: number) => {
    const [top, bottom] = under < 0 ? [-over, -under] : [over, under];
    return under === 0 ? null : { over: BigInt(top), under: BigInt(bottom) };
  };
  const dayAt = (before: number | null | undefined, hour: number) =>
    before === null || before === undefined ? null : dayOf(instant(before, hour), timezone);
  const productEvent = (before: number, hour: number, id: bigint): HappenedEvent => {
    const held = products[PRODUCTS.indexOf(id)];
    return {
      day: dayOf(instant(before, hour), timezone),
      words: {
        id: [String(id)],
        tag: held?.tags ?? [],
        vendor: held?.vendor ? [held.vendor] : [],
        collection_id: held?.collections.map(String) ?? [],
        collection: held?.collections.flatMap((of) => COLLECTIONS.get(of) ?? []) ?? [],
      },
    };
  };
  const alive = one.purchases.filter(({ fate }) => fate === 'kept' || fate === 'cancelled');
  return {
    numbers: {
      number_of_orders: whole(rollup?.orders ?? 0),
      amount_spent: whole(rollup?.net ?? 0),
      discount_share: rollup ? share(rollup.discounts, rollup.gross) : null,
      return_rate: rollup ? share(rollup.returned, rollup.gross - rollup.discounts) : null,
      recency: one.scores && whole(one.scores.r),
      frequency: one.scores && whole(one.scores.f),
      monetary: one.scores && whole(one.scores.m),
      predicted_spend_12m: known(one.value?.spend),
      probability_alive: one.value && { over: BigInt(one.value.alive), under: 16n },
      points_balance: one.points === null ? null : whole(one.points),
    },
    dates: {
      last_order_date: rollup ? dayAt(rollup.last, rollup.hour) : null,
      first_order_date: rollup ? dayAt(rollup.first, rollup.hour) : null,
      customer_added_date: dayAt(one.added, 12),
      expected_next_order: one.value?.next === undefined || one.value.next === null ? null : day(one.value.next),
    },
    texts: {
      customer_language: one.locale,
      customer_account_status: one.state,
      email_subscription_status: one.emailConsent,
      sms_subscription_status: null,
      loyalty_tier: one.tier === null ? null : (TIERS.get(one.tier) ?? null),
      rfm_group: one.scores ? groupOf(one.scores.r, one.scores.f, one.scores.m) : (rollup?.orders ?? 0) === 0 ? 'PROSPECTS' : null,
    },
    lists: {
      customer_tags: one.tags,
      customer_countries: one.country === null ? [] : [one.country],
      customer_regions: [],
      customer_cities: one.city === null ? [] : [one.city],
      channel: alive.map(({ channel }) => channel),
    },
    events: {
      products_purchased: alive.flatMap(({ before, hour, product: productId, fate }) =>
        fate === 'kept' && productId !== null ? [productEvent(before, hour, productId)] : [],
      ),
      viewed_product: one.views.flatMap(({ before, hour, name, product: productId }) =>
        name === 'product_viewed' ? [productEvent(before, hour, productId)] : [],
      ),
      abandoned_checkout: one.checkouts.flatMap(({ before, hour, total, fate }) =>
        fate === 'left' ? [{ day: dayOf(instant(before, hour), timezone), words: {}, amount: whole(total) }] : [],
      ),
      campaign: one.campaigns.map(({ before, hour, campaign, arm }) => ({
        day: dayOf(instant(before, hour), timezone),
        words: { id: [String(campaign)], name: [CAMPAIGNS.get(campaign) ?? ''], arm: [['HELD_OUT', 'A', 'B'][arm] ?? ''] },
      })),
    },
  };
}

const date = fc.oneof(
  fc.nat({ max: 400 }).map((before) => day(before)),
  fc.tuple(fc.integer({ min: -60, max: 2 }), fc.constantFrom('d', 'w', 'm')).map(([count, unit]) => `${count}${unit}`),
  fc.constant('today'),
);
const number = fc.oneof(
  fc.integer({ min: -3, max: 300 }).map(String),
  fc.integer({ min: 0, max: 6 }).map(String),
  fc.constantFrom('0.5', '12.50', '0.333333', '100.005'),
);
const WORDS = fc
  .constantFrom('VIP', 'tea', 'London', 'LEEDS', 'gb', 'en', 'Gold', 'silver', 'web', 'pos', 'Lea', '', "o'clock", 'leaf', 'Kettle & Co')
  .map((word) => `'${word.replaceAll("'", String.raw`\'`)}'`);
/** What can stand for a parameter of a type. */
const PARAMETER: Readonly<Record<ParameterType, fc.Arbitrary<string>>> = {
  id: fc.constantFrom('100', '(101, 102)', '9', '1', '(1, 2)'),
  text: WORDS,
  number: fc.oneof(
    number.filter((text) => !text.startsWith('-')),
    fc.tuple(fc.nat({ max: 150 }), fc.nat({ max: 300 })).map(([from, to]) => `BETWEEN ${from} AND ${to}`),
  ),
  date: fc.oneof(
    date,
    fc.tuple(date, date).map(([from, to]) => `BETWEEN ${from} AND ${to}`),
  ),
};
/** Parameters whose words are few. */
const NAMED: Readonly<Record<string, fc.Arbitrary<string>>> = {
  arm: fc.constantFrom("'A'", "'b'", "'HELD_OUT'", "('B', 'x')"),
  name: fc.constantFrom("'leaf'", "'Tea'", "('x', 'TEA')", "'x'"),
};
const parameterOf = (known: Readonly<Record<string, ParameterType>>) =>
  fc.oneof(...Object.entries(known).map(([name, type]) => (NAMED[name] ?? PARAMETER[type]).map((value) => [name, value] as const)));
const condition: fc.Arbitrary<string> = fc.constantFrom(...ATTRIBUTE_NAMES).chain((name) => {
  const attribute = attributeOf(name);
  if (!attribute) throw new Error(name);
  const { type, words } = attribute;
  const one =
    type === 'number'
      ? number
      : type === 'date'
        ? date
        : type === 'event'
          ? fc.constantFrom('true', 'false')
          : words
            ? fc.constantFrom(...words).map((word) => `'${word}'`)
            : WORDS;
  const asked =
    type === 'event'
      ? fc
          .uniqueArray(parameterOf(attribute.parameters ?? {}), { selector: ([key]) => key, maxLength: 3 })
          .map((all) => `${name}(${all.map(([key, value]) => `${key}: ${value}`).join(', ')})`.replace('()', ''))
      : fc.constant(name);
  return fc.tuple(asked, fc.constantFrom(...OPERATORS[type]), one, one).map(([left, operator, first, second]) => {
    if (operator.startsWith('IS')) return `${left} ${operator}`;
    if (operator.endsWith('BETWEEN')) return `${left} ${operator} ${first} AND ${second}`;
    return operator.endsWith('IN') ? `${left} ${operator} (${first}, ${second})` : `${left} ${operator} ${first}`;
  });
});
const { query } = fc.letrec<{ query: string }>((tie) => ({
  query: fc.oneof(
    { depthSize: 'small' },
    { weight: 3, arbitrary: condition },
    { weight: 1, arbitrary: tie('query').map((one) => `NOT (${one})`) },
    {
      weight: 2,
      arbitrary: fc.tuple(tie('query'), fc.constantFrom('AND', 'OR'), tie('query')).map(([a, word, b]) => `(${a}) ${word} (${b})`),
    },
  ),
}));

describe('segments', () => {
  it('hold those customers whom the language says, in random stores and random zones', async () => {
    let shops = 0;
    let members = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(customer, { minLength: 3, maxLength: 8 }),
        fc.tuple(product, product, product),
        fc.constantFrom('Europe/London', 'Pacific/Auckland', 'America/Los_Angeles'),
        fc.array(query, { minLength: 12, maxLength: 12 }),
        async (customers, products, timezone, queries) => {
          const scope = await testShop(testPlatform(database), { domain: `segments-${(shops += 1)}.myshopify.com`, timezone });
          await write(scope, customers, products);
          const context = { today: dayOf(scope.clock.now(), timezone), currency: 'GBP' };
          for (const text of queries) {
            const parsed = parseQuery(text);
            if ('problem' in parsed) throw new Error(`${text}: ${JSON.stringify(parsed.problem)}`);
            const wanted = customers.flatMap((one, index) =>
              !one.deleted && matches(parsed.query, profileOf(one, products, timezone), context) ? [BigInt(index + 1)] : [],
            );
            members += wanted.length;
            expect({ text, told: await segmentMembers(scope, text, { after: 0n, limit: 100 }) }).toEqual({
              text,
              told: { kind: 'members', ids: wanted },
            });
            expect(await countSegment(scope, text)).toEqual({ kind: 'count', count: wanted.length });
          }
        },
      ),
      { numRuns: 40 },
    );
    // They do find somebody, or this would prove little.
    expect(members).toBeGreaterThan(100);
  });

  it('come in pages', async () => {
    const scope = await testShop(testPlatform(database), { domain: 'segments-pages.myshopify.com' });
    await database.db.prisma.customer.createMany({
      data: [1n, 2n, 3n].map((id) => ({ shopId: scope.shop.id, id, tags: [], updatedAt: new Date() })),
    });
    const page = (after: bigint) => segmentMembers(scope, 'number_of_orders = 0', { after, limit: 2 });
    expect([await page(0n), await page(2n)]).toEqual([
      { kind: 'members', ids: [1n, 2n] },
      { kind: 'members', ids: [3n] },
    ]);
  });

  it('say what is wrong with them', async () => {
    const scope = await testShop(testPlatform(database), { domain: 'segments-wrong.myshopify.com' });
    expect(await countSegment(scope, 'number_of_order > 1')).toMatchObject({
      kind: 'problem',
      problem: { from: 0, to: 15, suggestion: 'number_of_orders' },
    });
    expect(await countSegment(scope, "customer_tags CONTAINS '\\'; DROP TABLE customers; --'")).toEqual({ kind: 'count', count: 0 });
    expect(dateToDay(new Date('2026-11-20'))).toBe(TODAY);
  });
});
