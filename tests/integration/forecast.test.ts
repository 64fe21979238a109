import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  allInventory,
  endPlan,
  listInventory,
  overstock,
  planDemand,
  refreshAll,
  refreshDirty,
  saveLeadTime,
  saveVariantLeadTime,
  shopLeadTime,
  stockStatus,
  variantPage,
  type InventorySort,
} from '../../app/forecast/index.server.ts';
import { addDays, dayToDate, parseDay } from '../../app/core/calendar.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { applyInventoryItems, applyInventoryLevels, applyLocations, applyOrders, applyProducts } from '../../app/record/index.server.ts';
import type { ProductFacts } from '../../app/record/facts.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { lineOf, orderOf } from '../support/order-facts.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';
import { measuringTx, type QueryCost } from '../support/query-cost.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const TODAY = parseDay('2026-11-20');
const VARIANT = 1_000n;
const ITEM = 5_000n;
const PLACE = 70n;

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let shops = 0;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = testPlatform(database, { now: NOW });
  scope = await testShop(platform, { domain: `stock-${(shops += 1)}.myshopify.com` });
});

const product = (): ProductFacts => ({
  id: 100n,
  title: 'Tea',
  handle: 'tea',
  vendor: 'Leaf',
  productType: null,
  status: 'active',
  tags: [],
  imageUrl: null,
  createdAt: NOW,
  updatedAt: NOW,
  triggeredAt: null,
  variants: [
    {
      id: VARIANT,
      productId: 100n,
      title: 'Default Title',
      sku: 'TEA-1',
      barcode: null,
      price: 500n,
      compareAtPrice: null,
      inventoryItemId: ITEM,
      position: 1,
    },
  ],
});

/** Tea that sells two a day for `days` days, with `available` left. */
async function tea(days: number, available: number): Promise<void> {
  await scope.db.forShop(scope.shop.id, async (tx) => {
    await applyProducts(tx, scope.shop.id, [product()]);
    await applyLocations(tx, scope.shop.id, [{ id: PLACE, name: 'Shelf', country: null, city: null, active: true, updatedAt: NOW }]);
    await applyInventoryItems(tx, scope.shop.id, [
      { id: ITEM, sku: 'TEA-1', tracked: true, unitCost: 200n, unitCostCurrency: 'GBP', updatedAt: NOW },
    ]);
    await applyOrders(
      tx,
      scope.shop,
      Array.from({ length: days }, (_, index) => saleOn(addDays(TODAY, -1 - index), 2, BigInt(index + 1))),
    );
  });
  await stockNow(available, '2026-11-19T20:00:00Z');
}
const stockNow = (available: number, at: string) =>
  scope.db.forShop(scope.shop.id, (tx) =>
    applyInventoryLevels(tx, scope.shop.id, {
      levels: [{ inventoryItemId: ITEM, locationId: PLACE, available, updatedAt: new Date(at) }],
      source: 'webhook',
    }),
  );
function saleOn(day: string, quantity: number, id: bigint) {
  const at = new Date(`${day}T09:00:00Z`);
  return orderOf({
    id,
    name: `#${id}`,
    processedAt: at,
    updatedAt: at,
    lines: [lineOf({ id: id * 10n, variantId: VARIANT, quantity, currentQuantity: quantity })],
  });
}
const forecast = () =>
  scope.db.prisma.variantForecast.findUniqueOrThrow({ where: { shopId_variantId: { shopId: scope.shop.id, variantId: VARIANT } } });

describe('a refresh', () => {
  it('turns sales and stock into four weeks of demand, cover and a date to order by', async () => {
    await tea(70, 41);
    expect(await refreshDirty(platform, scope.shop)).toBe(1);
    const row = await forecast();
    expect(row).toMatchObject({
      model: 'weekly-smoothing',
      fromDay: dayToDate(TODAY),
      historyDays: 70,
      outOfStockDays: 0,
      sold28: 54,
      available: 41,
      onHandValue: 8_200n,
      leadTimeDays: 14,
      stockoutOn: dayToDate(addDays(TODAY, 20)),
      reorderBy: dayToDate(addDays(TODAY, 6)),
      status: 'soon',
    });
    expect(row.daily).toHaveLength(28);
    expect([row.next28, row.daysOfCover]).toEqual([expect.closeTo(56, 6), expect.closeTo(20.5, 6)]);
    expect(await refreshDirty(platform, scope.shop)).toBe(0);
  });

  it('sees the campaigns that are planned, and learns nothing from those that were', async () => {
    await tea(70, 41);
    const plan = (source: string, from: number, to: number | null, factor: number) =>
      scope.db.forShop(scope.shop.id, (tx) =>
        planDemand(tx, scope.shop.id, {
          source,
          label: source,
          factor,
          from: addDays(TODAY, from),
          to: to === null ? null : addDays(TODAY, to),
          productIds: source === 'campaign/1' ? null : [100n],
        }),
      );
    await refreshDirty(platform, scope.shop);
    await plan('campaign/1', 7, 13, 1.5);
    // Planned anew, it takes the place of what was planned.
    await plan('campaign/1', 7, 13, 2);
    expect(await refreshDirty(platform, scope.shop)).toBe(1);
    const row = await forecast();
    expect(row.next28).toBeCloseTo(56 + 14, 6);
    expect(row.daily[7]).toBeCloseTo(2 * (row.daily[0] ?? 0), 6);
    // 41 last six days at 2, then seven at 4: out on the thirteenth and a bit.
    expect(row.stockoutOn).toEqual(dayToDate(addDays(TODAY, 13)));
    const page = await variantPage(scope, VARIANT);
    expect(page?.plans).toMatchObject([{ source: 'campaign/1', factor: 2, from: addDays(TODAY, 7), to: addDays(TODAY, 13) }]);

    // It ends early: the days that it has had stay.
    await scope.db.forShop(scope.shop.id, (tx) => endPlan(tx, scope.shop.id, { source: 'campaign/1', on: addDays(TODAY, 8) }));
    expect(await refreshDirty(platform, scope.shop)).toBe(1);
    expect((await forecast()).next28).toBeCloseTo(56 + 4, 6);
    // It never comes to be.
    await scope.db.forShop(scope.shop.id, (tx) => endPlan(tx, scope.shop.id, { source: 'campaign/1', on: addDays(TODAY, 6) }));
    await refreshDirty(platform, scope.shop);
    expect((await forecast()).next28).toBeCloseTo(56, 6);

    // All the past year was a campaign that doubled demand: without it one a day is sold.
    await plan('campaign/2', -400, -1, 2);
    await refreshDirty(platform, scope.shop);
    expect((await forecast()).next28).toBeCloseTo(28, 6);
  });

  it('tells what lies too long, the most money first', async () => {
    await tea(70, 41);
    await refreshDirty(platform, scope.shop);
    const long = (coverDays: number) => overstock(scope, { coverDays, limit: 5 });
    expect(await long(20)).toEqual([{ productId: '100', title: 'Tea', available: 41, value: 8_200n, coverDays: expect.closeTo(20.5, 6) }]);
    expect(await long(21)).toEqual([]);
    // Of what has not been sold for a year next to nothing is expected; dividing by that would pass any number.
    await scope.db.prisma.variantForecast.updateMany({ where: { shopId: scope.shop.id }, data: { next28: 2.8e-319 } });
    expect(await long(183)).toMatchObject([{ productId: '100', coverDays: null }]);
  });

  it('moves forecast and date when an order and its stock arrive', async () => {
    await tea(70, 41);
    await refreshDirty(platform, scope.shop);
    const before = await forecast();
    await scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [saleOn(TODAY, 20, 900n)]));
    await stockNow(21, '2026-11-20T09:00:01Z');
    await refreshDirty(platform, scope.shop);
    const after = await forecast();
    expect(after.next28).toBeGreaterThan(before.next28);
    expect(after.sold28).toBe(before.sold28 + 20);
    expect(Number(after.reorderBy)).toBeLessThan(Number(before.reorderBy));
    expect(after.status).toBe('late');
  });

  it('leaves days with an empty shelf out instead of taking them for days without a buyer', async () => {
    await tea(70, 0);
    platform.clock.set(new Date('2026-12-10T12:00:00Z'));
    await refreshAll(platform, scope.shop);
    expect(await forecast()).toMatchObject({ outOfStockDays: 20, status: 'out', next28: expect.closeTo(56, 6) });
  });

  it('counts days in the zone of the shop', async () => {
    const auckland = await testShop(platform, { domain: `nz-${shops}.myshopify.com`, timezone: 'Pacific/Auckland' });
    scope = auckland;
    await tea(30, 10);
    await refreshAll(platform, scope.shop);
    expect(await forecast()).toMatchObject({ fromDay: new Date('2026-11-21T00:00:00Z') });
  });

  it('forgets variants that are gone', async () => {
    await tea(5, 5);
    await refreshDirty(platform, scope.shop);
    await scope.db.prisma.variant.updateMany({ where: { shopId: scope.shop.id }, data: { deletedAt: NOW } });
    await scope.db.prisma.dirtyEntity.create({ data: { shopId: scope.shop.id, feed: 'forecast', entityId: VARIANT } });
    await refreshDirty(platform, scope.shop);
    expect(await stockStatus(scope)).toEqual({});
  });

  it('loses no mark when it fails half-way', async () => {
    await tea(5, 5);
    const broken = {
      ...platform,
      clock: {
        now: () => {
          throw new Error('stopped');
        },
      },
    };
    await expect(refreshDirty(broken, scope.shop)).rejects.toThrow('stopped');
    expect(await refreshDirty(platform, scope.shop)).toBe(1);
  });
});

describe('the lead time', () => {
  it('of a variant moves its date at once, and back to the shop’s', async () => {
    await tea(70, 41);
    await refreshDirty(platform, scope.shop);
    expect(await saveVariantLeadTime(scope, VARIANT, 30)).toMatchObject({ kind: 'ok' });
    expect(await forecast()).toMatchObject({ leadTimeDays: 30, status: 'late', reorderBy: dayToDate(addDays(TODAY, -10)) });
    await saveVariantLeadTime(scope, VARIANT, null);
    expect(await forecast()).toMatchObject({ leadTimeDays: 14, status: 'soon' });
  });
  it('of the shop touches every variant without its own, by a job', async () => {
    await tea(70, 41);
    await refreshDirty(platform, scope.shop);
    await saveLeadTime(scope, 3);
    expect(platform.queue.jobs.map((job) => [job.name, job.payload])).toEqual([['forecast.refresh-all', { shopId: scope.shop.id }]]);
    await refreshAll(platform, scope.shop);
    expect(await forecast()).toMatchObject({ leadTimeDays: 3, status: 'ok' });
    expect(await shopLeadTime(scope)).toBe(3);
  });
  it('of a variant that the record has not is refused and kept nowhere', async () => {
    expect(await saveVariantLeadTime(scope, 9n, 3)).toEqual({ kind: 'invalid', fields: { leadTimeDays: 'inventory.error.unknown' } });
    expect(await scope.db.prisma.variantSupply.count({ where: { shopId: scope.shop.id } })).toBe(0);
  });
  it.each([-1, 366, 1.5, Number.NaN])('is not %s days', async (days) => {
    expect(await saveLeadTime(scope, days)).toMatchObject({ kind: 'invalid', fields: { leadTimeDays: expect.any(String) } });
    expect(await saveVariantLeadTime(scope, VARIANT, days)).toMatchObject({ kind: 'invalid' });
    expect(platform.queue.jobs).toEqual([]);
  });
});

describe('a variant’s page', () => {
  it('shows history, what is expected, and where the stock stands', async () => {
    await tea(70, 41);
    await refreshDirty(platform, scope.shop);
    const page = await variantPage(scope, VARIANT);
    expect(page?.levels).toEqual([{ name: 'Shelf', available: 41 }]);
    expect([page?.product?.title, page?.defaultLeadTime, page?.own]).toEqual(['Tea', 14, null]);
    const expected = page?.days.filter((row) => row.expected !== null) ?? [];
    expect([expected.length, expected[0]?.day]).toEqual([28, TODAY]);
    expect(
      page?.days
        .filter((row) => row.sold !== null)
        .slice(-60)
        .every((row) => row.sold === 2),
    ).toBe(true);
  });
  it('is null for what the record has not, or has for another shop', async () => {
    await tea(5, 5);
    const other = await testShop(platform, { domain: `other-${shops}.myshopify.com` });
    expect([await variantPage(scope, 9n), await variantPage(other, VARIANT)]).toEqual([null, null]);
  });
});

describe('at four thousand variants', () => {
  const COUNT = 4_000;
  const LIMIT = 25;
  let big: TestPlatform & ShopScope;
  let seconds = 0;
  beforeAll(async () => {
    const at = testPlatform(database, { now: NOW });
    big = await testShop(at, { domain: 'four-thousand.myshopify.com' });
    const shopId = big.shop.id;
    const { prisma } = database.db;
    await prisma.$executeRaw`INSERT INTO products (shop_id, id, title, vendor, status, tags, updated_at)
      SELECT ${shopId}, n, 'Product ' || n, 'Maker ' || n % 9, 'active', '{}', now() FROM generate_series(1, ${COUNT}::int) AS n`;
    await prisma.$executeRaw`INSERT INTO variants (shop_id, id, product_id, title, sku, price, inventory_item_id, position, updated_at)
      SELECT ${shopId}, n, n, 'Default Title', 'SKU-' || n, 100, n, 1, now() FROM generate_series(1, ${COUNT}::int) AS n`;
    await prisma.$executeRaw`INSERT INTO inventory_items (shop_id, id, tracked, unit_cost, updated_at)
      SELECT ${shopId}, n, n % 10 <> 0, 50, now() FROM generate_series(1, ${COUNT}::int) AS n`;
    await prisma.$executeRaw`INSERT INTO inventory_levels (shop_id, inventory_item_id, location_id, available, updated_at)
      SELECT ${shopId}, n, 1, (n * 7919) % 600, now() FROM generate_series(1, ${COUNT}::int) AS n`;
    await prisma.$executeRaw`INSERT INTO day_variant_location_rollups (shop_id, variant_id, day, location_id, units)
      SELECT ${shopId}, n, date '2026-11-19' - d, 0, 1 + (n + d) % 4
      FROM generate_series(1, ${COUNT}::int) AS n, generate_series(0, 364) AS d WHERE (n * 31 + d * 17) % 5 = 0 AND n % 20 <> 0`;
    await prisma.$executeRaw`ANALYZE products, variants, inventory_items, inventory_levels, day_variant_location_rollups`;
    const started = performance.now();
    await refreshAll(big, big.shop);
    seconds = (performance.now() - started) / 1000;
    await prisma.$executeRaw`ANALYZE variant_forecasts`;
  });

  it('forecasts a year of each in seconds', async () => {
    expect(Object.values(await stockStatus(big)).reduce((sum, count) => sum + count, 0)).toBe(COUNT);
    expect(seconds).toBeLessThan(15);
  });

  async function costOf(work: (scope: ShopScope) => Promise<unknown>): Promise<QueryCost> {
    const costs: QueryCost[] = [];
    const db = {
      ...big.db,
      forShop: <T>(shopId: number, inTx: Parameters<typeof big.db.forShop<T>>[1]): Promise<T> =>
        big.db.forShop(shopId, (tx) => {
          const measured = measuringTx(tx);
          costs.push(measured.cost);
          return inTx(measured.tx);
        }),
    };
    await work({ ...big, db });
    return {
      seqScans: costs.flatMap((cost) => cost.seqScans),
      rowsTouched: costs.reduce((sum, cost) => sum + cost.rowsTouched, 0),
      queries: costs.length,
    };
  }
  const list = (extra: Partial<Parameters<typeof listInventory>[1]> = {}, on: ShopScope = big) =>
    listInventory(on, { search: '', status: null, sort: 'reorder', cursor: null, limit: LIMIT, ...extra });
  const SORTS: readonly InventorySort[] = ['reorder', 'next28'];

  it.each(SORTS)('lists by %s, each once, down and up again, at the cost of the page', async (sort) => {
    const seen: bigint[] = [];
    let page = await list({ sort });
    for (;;) {
      seen.push(...page.rows.map((row) => row.variantId));
      if (!page.after) break;
      const [before, after] = [page, { at: page.after, way: 'after' as const }];
      page = await list({ sort, cursor: after });
      expect(page.before).not.toBeNull();
      if (seen.length % 500 === 0) {
        const back = await list({ sort, cursor: page.before && { at: page.before, way: 'before' } });
        expect(back.rows).toEqual(before.rows);
        const cost = await costOf((scope) => list({ sort, cursor: after }, scope));
        expect(cost.rowsTouched, `after ${seen.length}`).toBeLessThan(LIMIT * 8);
      }
    }
    expect([seen.length, new Set(seen).size]).toEqual([COUNT, COUNT]);
  });

  it('is exported whole, or as it is filtered', async () => {
    const seen = new Map<bigint, string>();
    for await (const row of allInventory(big, { search: '', status: null, sort: 'reorder' })) seen.set(row.variantId, row.status);
    expect(seen.size).toBe(COUNT);
    const late: string[] = [];
    for await (const row of allInventory(big, { search: '', status: 'late', sort: 'reorder' })) late.push(row.status);
    expect(late).toEqual([...seen.values()].filter((status) => status === 'late'));
  });

  it('filters by status and finds by SKU or title', async () => {
    const late = await list({ status: 'late' });
    expect(new Set(late.rows.map((row) => row.status))).toEqual(new Set(['late']));
    expect((await list({ search: 'sku-3999' })).rows.map((row) => row.variantId)).toEqual([3999n]);
    expect((await list({ search: 'PRODUCT 3998' })).rows.map((row) => row.sku)).toEqual(['SKU-3998']);
    expect((await list({ search: '%' })).rows).toEqual([]);
  });
});
