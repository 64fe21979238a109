import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhookCatalogue } from '../../app/jobs/webhook-catalogue.server.ts';
import { listAudit } from '../../app/audit/index.server.ts';
import {
  applyOrderEvents,
  applyOrders,
  drainInbox,
  homePage,
  moveDays,
  syncPage,
  takeDirty,
  verifyRecord,
} from '../../app/record/index.server.ts';
import { insertDeliveries } from '../../app/record/inbox.store.server.ts';
import { moveDaysJob, sweepInboxJob } from '../../app/record/job-definitions.ts';
import { recordJobs } from '../../app/record/jobs.server.ts';
import { DaysMovedError } from '../../app/record/order.store.server.ts';
import { saveInstallation, shopById } from '../../app/shopify/shops.store.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { eventsOf, orderLife, orderOf } from '../support/order-facts.ts';
import { testPlatform, testShop, type TestPlatform, type TestScope } from '../support/platform.ts';
import { recordSnapshot } from '../support/record-snapshot.ts';

const ZONES = ['Europe/London', 'America/St_Johns', 'Pacific/Auckland', 'Asia/Kathmandu', 'Pacific/Honolulu'];

let database: TestDatabase;
let platform: TestPlatform;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

let count = 0;
const newShop = (timezone: string): Promise<TestScope> => {
  platform = testPlatform(database);
  return testShop(platform, { domain: `moves-${(count += 1)}.myshopify.com`, timezone });
};

const storeSays = async (scope: TestScope, timezone: string, name = 'Tiny store'): Promise<void> => {
  const body = JSON.stringify({ name, currency: 'GBP', iana_timezone: timezone });
  await insertDeliveries(scope.db, [
    {
      shopDomain: scope.shop.domain,
      topic: 'shop/update',
      webhookId: `update-${(count += 1)}`,
      eventId: null,
      apiVersion: '2026-07',
      triggeredAt: scope.clock.now(),
      body,
    },
  ]);
};
const drain = (scope: TestScope) => drainInbox(scope, webhookCatalogue(), scope.shop);
/** The shop as a job would read it now. */
const readAnew = async (scope: TestScope): Promise<TestScope> => {
  const shop = await shopById(scope, scope.shop.id);
  if (!shop) throw new Error('no shop');
  return { ...scope, shop };
};
/** 23:30 in London, an hour later already the next day in Berlin. */
const LATE = new Date('2026-03-10T23:30:00Z');

describe('a store that changes its time zone', () => {
  it('has in the end the record of a store that was always there', async () => {
    const lives = fc.tuple(...[1n, 2n, 3n, 4n].map((id) => orderLife(id)));
    const zones = fc.uniqueArray(fc.constantFrom(...ZONES), { minLength: 2, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(lives, zones, fc.nat(), async (orders, [before = '', after = ''], cut) => {
        const events = orders.flatMap(eventsOf);
        const [moved, always] = [await newShop(before), await newShop(after)];
        const apply = ({ db, shop }: TestScope, some: typeof events) => db.forShop(shop.id, (tx) => applyOrderEvents(tx, shop, some));
        // Some of it comes before the change, some after.
        const at = cut % (events.length + 1);
        await apply(always, events.slice(0, at));
        await apply(moved, events.slice(0, at));
        await storeSays(moved, after);
        await drain(moved);
        expect(await verifyRecord(moved, moved.shop)).toEqual([]);
        expect(await moveDays(moved, moved.shop)).toBe(true);
        expect(await recordSnapshot(moved)).toEqual(await recordSnapshot(always));
        await apply(always, events.slice(at));
        await apply(await readAnew(moved), events.slice(at));
        expect(await recordSnapshot(moved)).toEqual(await recordSnapshot(always));
        expect(await verifyRecord(moved, moved.shop)).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  it('shows all in its old days until they are moved, and says so; then the new ones, with an entry in the log', async () => {
    const scope = await newShop('Europe/London');
    await scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [orderOf({ processedAt: LATE })]));
    await scope.db.forShop(scope.shop.id, (tx) => takeDirty(tx, scope.shop.id, { feed: 'loyalty', limit: 10 }));
    const days = async (of: TestScope) => (await homePage(of, 'all')).days.filter((day) => day.orders > 0).map(({ day }) => day);
    await storeSays(scope, 'Europe/Berlin', 'Moved');
    await drain(scope);
    const waiting = await readAnew(scope);
    expect(waiting.shop).toMatchObject({ name: 'Moved', timezone: 'Europe/London', nextTimezone: 'Europe/Berlin' });
    expect((await syncPage(waiting)).movingDays).toEqual({ from: 'Europe/London', to: 'Europe/Berlin' });
    expect(await days(waiting)).toEqual(['2026-03-10']);

    expect(await moveDays(scope, scope.shop)).toBe(true);
    const moved = await readAnew(scope);
    expect(moved.shop).toMatchObject({ timezone: 'Europe/Berlin', nextTimezone: null });
    expect((await syncPage(moved)).movingDays).toBeNull();
    expect(await days(moved)).toEqual(['2026-03-11']);
    const { rows } = await listAudit(scope, { before: null, actions: null, limit: 5 });
    expect(rows).toMatchObject([{ action: 'record.days.moved', before: '"Europe/London"', after: '"Europe/Berlin"', actorKind: 'system' }]);
    // Who looks back by days looks again.
    expect(await scope.db.forShop(scope.shop.id, (tx) => takeDirty(tx, scope.shop.id, { feed: 'loyalty', limit: 10 }))).toEqual([50n]);
    expect(await moveDays(scope, scope.shop)).toBe(false);
  });

  it('lets nobody write in the old days who has read the shop before', async () => {
    const scope = await newShop('Europe/London');
    await storeSays(scope, 'Europe/Berlin');
    await drain(scope);
    await moveDays(scope, scope.shop);
    const late = { ...orderOf({ processedAt: LATE }) };
    await expect(scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [late]))).rejects.toThrow(DaysMovedError);
    expect(await scope.db.prisma.order.count({ where: { shopId: scope.shop.id } })).toBe(0);

    // A drain that is under way stops; its events wait, and none has used up a try.
    await storeSays(scope, 'Europe/Berlin');
    await insertDeliveries(scope.db, [
      {
        shopDomain: scope.shop.domain,
        topic: 'orders/delete',
        webhookId: `gone-${(count += 1)}`,
        eventId: null,
        apiVersion: '2026-07',
        triggeredAt: scope.clock.now(),
        body: '{"id":1}',
      },
    ]);
    await expect(drain(scope)).rejects.toThrow(DaysMovedError);
    const states = () =>
      scope.db.prisma.inboxEvent
        .findMany({ where: { shopId: scope.shop.id }, orderBy: { id: 'asc' }, skip: 1 })
        .then((rows) => rows.map(({ status, attempts }) => [status, attempts]));
    expect(await states()).toEqual([
      ['pending', 0],
      ['pending', 0],
    ]);
    expect(await drain(await readAnew(scope))).toMatchObject({ applied: 2, failed: 0 });
    expect(await states()).toEqual([
      ['applied', 1],
      ['applied', 1],
    ]);
  });

  it('moves nothing when it changes back before, and parks a zone that nobody knows', async () => {
    const scope = await newShop('Europe/London');
    await storeSays(scope, 'Europe/Berlin');
    await drain(scope);
    await storeSays(scope, 'Europe/London');
    await drain(scope);
    expect((await readAnew(scope)).shop).toMatchObject({ timezone: 'Europe/London', nextTimezone: null });
    expect(await moveDays(scope, scope.shop)).toBe(false);
    await storeSays(scope, 'Europe/Atlantis');
    expect(await drain(scope)).toMatchObject({ failed: 1 });
    const parked = await scope.db.prisma.inboxEvent.findFirstOrThrow({ where: { shopId: scope.shop.id, status: 'failed' } });
    expect(parked.error).toBe('iana_timezone: no known time zone');
    expect((await readAnew(scope)).shop.timezone).toBe('Europe/London');
  });

  it('is seen when it is installed anew, too', async () => {
    const scope = await newShop('Europe/London');
    const details = { name: 'Back', currency: 'GBP', timezone: 'Asia/Tokyo', email: null, plan: null };
    await saveInstallation(scope, { domain: scope.shop.domain, details, scopes: '', historyLimited: false, at: scope.clock.now() });
    expect((await readAnew(scope)).shop).toMatchObject({ timezone: 'Europe/London', nextTimezone: 'Asia/Tokyo' });
  });

  it('is found by the sweeper, moved by a job, and its readers are told', async () => {
    const scope = await newShop('Europe/London');
    await storeSays(scope, 'Europe/Berlin');
    await drain(scope);
    const told: number[] = [];
    const jobs = recordJobs({
      platform,
      client: { run: () => Promise.reject(new Error('no store')) } as never,
      catalogue: webhookCatalogue(),
      shopById: (id) => shopById(scope, id),
      listShops: async () => [],
      changed: async (shop) => void told.push(shop.id),
    });
    const run = (name: string, payload: unknown) => jobs.find((job) => job.definition.name === name)?.run(payload);
    await run(sweepInboxJob.name, {});
    const lined = platform.queue.jobs.filter((job) => job.name === moveDaysJob.name);
    expect(lined).toContainEqual({ name: moveDaysJob.name, payload: { shopId: scope.shop.id }, key: String(scope.shop.id) });
    await run(moveDaysJob.name, { shopId: scope.shop.id });
    expect(told).toEqual([scope.shop.id]);
    expect((await readAnew(scope)).shop.timezone).toBe('Europe/Berlin');
  });
});
