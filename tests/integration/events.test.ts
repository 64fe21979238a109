import crypto from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsPage, makeEventKey, resealEventKeys, revokeEventKey } from '../../app/events/index.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { customerFile } from '../../app/privacy/index.server.ts';
import { keepRetention } from '../../app/privacy/keep-retention.server.ts';
import { emptyColumns } from '../../app/privacy/person.store.server.ts';
import { applyCustomers } from '../../app/record/index.server.ts';
import { shopByDomain } from '../../app/shopify/index.server.ts';
import {
  CUSTOMER,
  EVENT_SECRET,
  eventBody,
  FORGE,
  OTHER_SHOP,
  send,
  serveDoors,
  SHOP,
  type DoorsUnderTest,
  type Spoil,
} from '../support/doors.ts';
import { customerOf } from '../support/order-facts.ts';
import { testPlatform, type TestPlatform } from '../support/platform.ts';

let doors: DoorsUnderTest;
let scope: TestPlatform & ShopScope;
beforeAll(async () => {
  doors = await serveDoors({ limits: { eventsAddressMinute: 300, eventsShopMinute: 60 }, env: { TRUST_PROXY: '1' } });
  const platform = { ...testPlatform(doors.database, { now: new Date() }), env: doors.env };
  const shop = await shopByDomain(platform, SHOP);
  if (!shop) throw new Error('no shop');
  scope = { ...platform, shop, actor: { kind: 'staff', id: '7' } };
});
afterAll(() => doors.close());

const prisma = () => doors.database.db.prisma;
const stored = () => prisma().customerEvent.findMany({ where: { shopId: scope.shop.id }, orderBy: { id: 'asc' } });
const post = async (spoil: Spoil): Promise<[number, unknown]> => {
  const { status, text } = await send(doors.port, FORGE.events(spoil));
  return [status, JSON.parse(text)];
};
const event = (fields: object = {}, spoil: Spoil = {}) => post({ body: eventBody(fields), ...spoil });
const TAKEN = [202, { outcome: 'taken' }];

describe('an event', () => {
  it('is kept with its customer marked, and told again or differently under the same id it changes nothing', async () => {
    const at = new Date(Date.now() - 3_600_000).toISOString();
    const fields = { id: 'reviews:1', at, product: 'gid://shopify/Product/3', rating: 4, points: 40 };
    await prisma().dirtyEntity.deleteMany({});
    expect(await event(fields)).toEqual(TAKEN);
    const [row, ...others] = await stored();
    expect([row, others]).toMatchObject([
      { id: 'reviews:1', customerId: CUSTOMER, kind: 'review', at: new Date(at), productId: 3n, rating: 4, points: 40 },
      [],
    ]);
    expect(await prisma().dirtyEntity.findMany({})).toMatchObject([{ shopId: scope.shop.id, feed: 'loyalty', entityId: CUSTOMER }]);
    await prisma().dirtyEntity.deleteMany({});
    expect([await event(fields), await event({ ...fields, rating: 1 })]).toEqual([TAKEN, TAKEN]);
    expect([await stored(), await prisma().dirtyEntity.count({})]).toEqual([[row], 0]);
  });

  it('that comes at once from many sides is kept once, and all get the same answer', async () => {
    const wire = FORGE.events({ body: eventBody({ id: 'reviews:2' }) });
    const replies = await Promise.all(Array.from({ length: 10 }, () => send(doors.port, wire)));
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(['202 {"outcome":"taken"}']));
    expect((await stored()).filter(({ id }) => id === 'reviews:2')).toHaveLength(1);
  });

  it('finds its customer by an address, however it is written, and nobody who is deleted or erased', async () => {
    const person = (id: bigint, email: string) => customerOf({ id, email, updatedAt: new Date() });
    const facts = [person(11n, 'grace@example.com'), person(12n, 'alan@example.com'), person(13n, 'grace@example.com')];
    await doors.database.db.forShop(scope.shop.id, (tx) => applyCustomers(tx, { shopId: scope.shop.id, keys: doors.env.keys }, facts));
    const where = (id: bigint) => ({ shopId_id: { shopId: scope.shop.id, id } });
    await prisma().customer.update({ where: where(12n), data: { redactedAt: new Date() } });
    await prisma().customer.update({ where: where(13n), data: { deletedAt: new Date() } });
    expect(await event({ id: 'quiz:1', kind: 'quiz', customer: { email: 'Grace@Example.com' } })).toEqual(TAKEN);
    expect((await stored()).find(({ id }) => id === 'quiz:1')).toMatchObject({ customerId: 11n, kind: 'quiz' });
    const nobody = [422, { error: 'no-such-customer' }];
    expect(await event({ id: 'quiz:2', customer: { email: 'alan@example.com' } })).toEqual(nobody);
    expect(await event({ id: 'quiz:2', customer: { id: '13' } })).toEqual(nobody);
    // Nothing of it is kept, so that it can be sent again when the customer is there.
    await prisma().customer.update({ where: where(13n), data: { deletedAt: null } });
    expect(await event({ id: 'quiz:2', customer: { id: '13' } })).toEqual(TAKEN);
  });

  it('that is wrong is answered by field', async () => {
    const [status, answer] = await event({ rating: 9, at: 'soon' });
    expect([status, answer]).toMatchObject([400, { error: 'bad-event', fields: { rating: 'a whole number from 1 to 5' } }]);
    expect(Object.keys((answer as { fields: object }).fields).toSorted()).toEqual(['at', 'rating']);
  });

  it('of one shop is no other’s, though its id is the same', async () => {
    expect(await event({ id: 'reviews:1' }, { params: { key: '2.1' } })).toEqual([401, { error: 'bad-signature' }]);
    const other = await shopByDomain(scope, OTHER_SHOP);
    const made = await makeEventKey({ ...scope, shop: other ?? scope.shop }, 'Till');
    if (made.kind !== 'ok') throw new Error('no key');
    expect(await event({ id: 'reviews:1' }, { params: { key: made.value.key }, secret: made.value.secret })).toEqual(TAKEN);
    expect(await prisma().customerEvent.count({ where: { id: 'reviews:1' } })).toBe(2);
  });

  it('of a shop that has gone is refused', async () => {
    const where = { domain: OTHER_SHOP };
    await prisma().shop.update({ where, data: { uninstalledAt: new Date() } });
    const theirs = { params: { key: '2.1' }, secret: `${EVENT_SECRET}-2` };
    expect((await event({}, theirs))[0]).toBe(401);
    await prisma().shop.update({ where, data: { uninstalledAt: null } });
    expect((await event({}, theirs))[0]).toBe(202);
  });
});

describe('a key', () => {
  it('signs until it is revoked; its secret is told once, and sealed anew with the ring', async () => {
    const made = await makeEventKey(scope, ' Reviews ');
    if (made.kind !== 'ok') throw new Error('no key');
    const { key, secret } = made.value;
    const by = { params: { key }, secret };
    expect(await event({}, by)).toEqual(TAKEN);
    const { keys } = await eventsPage(scope);
    const row = keys.find((one) => one.key === key);
    expect(row).toMatchObject({ name: 'Reviews', usedAt: expect.any(Date) as Date });
    expect(JSON.stringify([keys, await prisma().eventKey.findMany({})])).not.toContain(secret);
    const ring = [{ id: 'fresh', key: crypto.randomBytes(32) }, ...doors.env.keys];
    await resealEventKeys({ db: scope.db, env: { ...doors.env, keys: ring } }, scope.shop);
    const sealed = await prisma().eventKey.findMany({ where: { shopId: scope.shop.id } });
    expect(sealed.every((one) => one.secret?.startsWith('v1.fresh.'))).toBe(true);
    await resealEventKeys({ db: scope.db, env: { ...doors.env, keys: ring.toReversed() } }, scope.shop);
    expect(await event({}, by)).toEqual(TAKEN);
    expect([await revokeEventKey(scope, row?.id ?? 0), await revokeEventKey(scope, row?.id ?? 0)]).toEqual([true, false]);
    expect(await event({}, by)).toEqual([401, { error: 'bad-signature' }]);
    const next = await makeEventKey(scope, 'Next');
    expect(next.kind === 'ok' && next.value.key).not.toBe(key);
    const audit = await prisma().auditEntry.findMany({ where: { shopId: scope.shop.id, action: { startsWith: 'settings.event-key' } } });
    expect(audit.map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      `settings.event-key.made event-key/${row?.id}`,
      `settings.event-key.revoked event-key/${row?.id}`,
      `settings.event-key.made event-key/${(row?.id ?? 0) + 1}`,
    ]);
    expect(JSON.stringify(audit, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(secret);
  });

  it('needs a name, and there are at most twenty', async () => {
    expect(await makeEventKey(scope, ' ')).toMatchObject({ kind: 'invalid' });
    const made = await Promise.all(Array.from({ length: 25 }, (_, at) => makeEventKey(scope, `Key ${at}`)));
    expect(made.filter(({ kind }) => kind === 'ok').length).toBe(20 - 2);
    expect((await eventsPage(scope)).keys).toHaveLength(20);
  });
});

describe('limits', () => {
  it('by shop count what is signed alone; by address all', async () => {
    const from = (address: string): Spoil => ({ headers: { 'x-forwarded-for': address } });
    const flood = async (times: number, spoil: (at: number) => Spoil) =>
      Promise.all(Array.from({ length: times }, async (_, at) => send(doors.port, FORGE.events(spoil(at)))));
    const forged = await flood(200, (at) => ({ ...from(`198.51.100.${at}`), secret: 'of somebody else' }));
    expect(new Set(forged.map(({ status }) => status))).toEqual(new Set([401]));
    const many = await flood(130, () => ({ ...from('198.51.100.250'), body: eventBody() }));
    const refused = (replies: typeof many) => replies.filter(({ status }) => status === 429);
    // Two windows at most let twice the limit in.
    expect(refused(many).length).toBeGreaterThanOrEqual(10);
    expect(new Set(refused(many).map(({ headers }) => headers['retry-after']))).toEqual(new Set(['60']));
    expect(many.some(({ status }) => status === 202)).toBe(true);
    const forgedByOne = await flood(700, () => ({ ...from('203.0.113.9'), secret: 'of somebody else' }));
    expect(refused(forgedByOne).length).toBeGreaterThanOrEqual(100);
  });
});

it('while the database cannot write, 503 says so and nothing is taken', async () => {
  const locker = new pg.Client({ connectionString: doors.database.url });
  await locker.connect();
  try {
    await locker.query('ALTER TABLE customer_events RENAME TO gone');
    const other = { headers: { 'x-forwarded-for': '192.0.2.1' }, params: { key: '2.1' }, secret: `${EVENT_SECRET}-2` };
    expect(await event({ id: 'late:1' }, other)).toEqual([503, { error: 'unavailable' }]);
    await locker.query('ALTER TABLE gone RENAME TO customer_events');
    expect(await event({ id: 'late:1' }, other)).toEqual(TAKEN);
  } finally {
    await locker.query('ALTER TABLE IF EXISTS gone RENAME TO customer_events');
    await locker.end();
  }
});

it('goes with its customer, and by its age: what gives points stays without what was said', async () => {
  const { id: shopId } = scope.shop;
  await prisma().customerEvent.deleteMany({});
  const old = new Date(Date.now() - 200 * 86_400_000);
  const row = { shopId, customerId: CUSTOMER, at: old, receivedAt: old, productId: 3n, rating: 5 };
  await prisma().customerEvent.createMany({
    data: [
      { ...row, id: '1', kind: 'review' },
      { ...row, id: '2', kind: 'quiz' },
      { ...row, id: '3', kind: 'quiz', at: new Date() },
      { ...row, id: '4', kind: 'review', customerId: 11n },
    ],
  });
  const rules = { events: [{ kind: 'review', points: 50, mostAMonth: null }] };
  await prisma().pointsProgramme.create({ data: { shopId, version: 1, fromAt: old, createdAt: old, rules } });
  expect(await keepRetention(scope, scope.shop)).toMatchObject({ customerEvents: 3 });
  expect((await stored()).map(({ id, productId, rating }) => [id, productId, rating])).toEqual([
    ['1', null, null],
    ['3', 3n, 5],
    ['4', null, null],
  ]);
  expect(await keepRetention(scope, scope.shop)).toMatchObject({ customerEvents: 0 });
  expect((await customerFile(scope, CUSTOMER, [])).events).toMatchObject([{ id: '1' }, { id: '3', kind: 'quiz', rating: 5 }]);
  const counts = await doors.database.db.forShop(shopId, (tx) => emptyColumns(tx, shopId, { customerIds: [CUSTOMER], orderIds: [] }));
  expect([counts['customer_events'], (await stored()).map(({ id }) => id)]).toEqual([2, ['4']]);
});
