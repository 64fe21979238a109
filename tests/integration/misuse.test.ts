import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { continueCampaigns } from '../../app/campaigns/create-codes.server.ts';
import { countRedemptions, createCampaign, misusePage, revokeCodes } from '../../app/campaigns/index.server.ts';
import { revokeAtStore } from '../../app/campaigns/misuse/revoke.server.ts';
import { accountsLike } from '../../app/identity/index.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { applyCustomers, applyOrders, personKeys } from '../../app/record/index.server.ts';
import { resealCustomers } from '../../app/record/reseal-customers.server.ts';
import type { CustomerFacts } from '../../app/record/facts.ts';
import type { AdminClient } from '../../app/shopify/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { customerOf, lineOf, orderOf } from '../support/order-facts.ts';
import type { TestPlatform } from '../support/platform.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const HOUR = 3_600_000;

let database: TestDatabase;
let shop: SandboxShop;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope & { admin: AdminClient };
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform?.clock.set(NOW);
  shop = await sandboxShop(database, { now: () => platform?.clock.now() ?? NOW, restoreRate: 100_000 });
  ({ platform, scope } = shop);
  platform.clock.set(NOW);
});
afterEach(() => shop.close());

const prisma = () => database.db.prisma;
const mine = () => ({ shopId: scope.shop.id });
const customers = (...facts: Partial<CustomerFacts>[]) =>
  scope.db.forShop(scope.shop.id, (tx) => applyCustomers(tx, personKeys(scope), facts.map(nobody)));
/** Shares nothing with anybody. */
const nobody = ({ id = 1n, ...rest }: Partial<CustomerFacts>): CustomerFacts =>
  customerOf({ id, email: `p${id}@example.com`, firstName: `First${id}`, lastName: `Last${id}`, ...rest });
const likes = async (id: bigint) => (await accountsLike(scope, id)).map(({ customerId, signals }) => [customerId, signals]);

describe('accounts that look like one person', () => {
  it('share two things: a mailbox by another address and a phone written differently', async () => {
    await customers(
      { id: 1n, email: 'ada.reid@gmail.com', phone: '+44 20 7946 0000' },
      { id: 2n, email: 'AdaReid+shop@googlemail.com', phone: '0044 20 79460000' },
      { id: 3n, email: 'adareid@example.com', phone: '+44 20 7946 0001' },
    );
    expect(await likes(1n)).toEqual([[2n, ['mailbox', 'phone']]]);
    expect(await likes(2n)).toEqual([[1n, ['mailbox', 'phone']]]);
    expect(await likes(3n)).toEqual([]);
  });

  it('one thing alone is a family: nothing is said', async () => {
    const address = '12 High Street, LS1 4DY';
    await customers({ id: 1n, address }, { id: 2n, address: '12, high st. LS1 4dy' });
    expect(await likes(1n)).toEqual([]);
    await customers({ id: 3n, address, firstName: 'FIRST1', lastName: 'last1' });
    expect(await likes(1n)).toEqual([[3n, ['address', 'name']]]);
    // The same street in another country is another place.
    await customers({ id: 4n, address, country: 'IE', firstName: 'First1', lastName: 'Last1' });
    expect(await likes(4n)).toEqual([]);
  });

  it('what a crowd shares tells of nobody', async () => {
    const crowd = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ id: BigInt(at + 1), phone: '+441', address: 'Locker 7, LS1 1AA' }));
    await customers(...crowd(20));
    expect(await likes(1n)).toHaveLength(19);
    await customers(...crowd(21));
    expect(await likes(1n)).toEqual([]);
  });

  it('a card and a browser count, whoever the orders and checkouts say they are', async () => {
    await customers({ id: 1n }, { id: 2n }, { id: 3n });
    const paid = (id: number, customerId: bigint, card: string | null) =>
      orderOf({
        id: BigInt(id),
        customerId,
        transactions: [
          {
            id: BigInt(id),
            parentId: null,
            kind: 'sale',
            status: 'success',
            gateway: 'x',
            amount: 1n,
            currency: 'GBP',
            processedAt: NOW,
            card,
          },
        ],
      });
    await scope.db.forShop(scope.shop.id, (tx) =>
      applyOrders(tx, scope.shop, [paid(1, 1n, 'visa 1234'), paid(2, 2n, 'visa 1234'), paid(3, 3n, null)]),
    );
    for (const customerId of [1n, 2n, 3n]) {
      const token = `t${customerId}`;
      const at = { createdAt: NOW, updatedAt: NOW, completedAt: null };
      await prisma().checkout.create({ data: { ...mine(), token, customerId, ...at, currency: 'GBP', total: 1n, units: 1, lines: [] } });
      await prisma().pixelEvent.create({
        data: {
          ...mine(),
          eventId: token,
          variantId: 0n,
          at: NOW,
          name: 'checkout_started',
          clientId: customerId === 3n ? 'other' : 'same',
          checkoutToken: token,
        },
      });
    }
    expect(await likes(1n)).toEqual([[2n, ['browser', 'card']]]);
  });

  it('keys may be rotated, and rows from before get their hashes', async () => {
    const same = { phone: '+441', address: '1 Road, A1' };
    await customers({ id: 1n, ...same }, { id: 2n, ...same });
    await prisma().customer.updateMany({ where: mine(), data: { mailboxHash: null, addressHash: null } });
    expect(await likes(1n)).toEqual([]);
    expect(await resealCustomers(platform, scope.shop.id)).toMatchObject({ sealed: 2 });
    expect(await likes(1n)).toEqual([[2n, ['address', 'phone']]]);
  });
});

/** A campaign whose customers all have codes in the store. */
async function campaign(count: number): Promise<{ id: number; codes: { code: string; customerId: bigint }[] }> {
  await customers(...Array.from({ length: count }, (_, at) => ({ id: BigInt(at + 1), createdAt: NOW })));
  const offers = [{ value: { kind: 'percent', percent: 10 }, minimum: null }];
  const made = await createCampaign(scope, { name: 'Autumn', audience: [], offers, holdOut: 0, startsAt: NOW, endsAt: null });
  if (made.kind !== 'ok') throw new Error(JSON.stringify(made));
  await continueCampaigns(platform, scope.shop, { client: scope.admin, pause: () => new Promise((done) => setTimeout(done, 10)) });
  const codes = await prisma().campaignCode.findMany({ where: { ...mine(), campaignId: made.value }, orderBy: { customerId: 'asc' } });
  expect(codes.map(({ status }) => status)).toEqual(codes.map(() => 'added'));
  return { id: made.value, codes };
}

/** An order in the record that used a code; `buyer` null: nobody was named. */
async function used(id: number, code: string, buyer: bigint | null): Promise<void> {
  const use = { position: 0, code, kind: 'code' as const, title: null, valueType: 'percentage', value: '10.0', amount: 100n };
  const order = orderOf({
    id: BigInt(id),
    name: `#${id}`,
    customerId: buyer,
    processedAt: later(HOUR),
    lines: [lineOf()],
    discountUses: [use],
  });
  await scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [order]));
}

describe('codes of others', () => {
  it('are judged, a leak is told, and a code passed on to oneself is none', async () => {
    const { id, codes } = await campaign(20);
    const codeOf = (customerId: number): string => codes.find((row) => row.customerId === BigInt(customerId))?.code ?? '';
    const updatedAt = later(1);
    await customers({ id: 15n, phone: '+445', updatedAt }, { id: 5n, phone: '+445', firstName: 'First15', lastName: 'Last15', updatedAt });
    await used(1, codeOf(1), 1n);
    await used(2, codeOf(2), 19n);
    await used(3, codeOf(3), 19n);
    await used(4, codeOf(4), 19n);
    await used(5, codeOf(5), 15n);
    await used(6, codeOf(6), 20n);
    await used(7, codeOf(7), null);
    await countRedemptions(platform, scope.shop);
    platform.clock.set(later(2 * HOUR));
    const page = await misusePage(scope);
    expect(page.campaigns).toEqual([{ id, name: 'Autumn', uses: 7, byOthers: 5, leaked: true }]);
    const seen = new Map(
      page.uses.map(({ orderId, holder, buyer, verdict }) => [Number(orderId), [holder.id, buyer?.id ?? null, verdict]]),
    );
    expect([...seen].toSorted(([a], [b]) => a - b)).toEqual([
      [2, [2n, 19n, 'collected']],
      [3, [3n, 19n, 'collected']],
      [4, [4n, 19n, 'collected']],
      [5, [5n, 15n, 'own-account']],
      [6, [6n, 20n, 'passed-on']],
      [7, [7n, null, 'passed-on']],
    ]);
    expect(
      page.groups.map(({ accounts, signals }) => [accounts.map((account) => [account.id, account.offers, account.used]), signals]),
    ).toEqual([
      [
        [
          [5n, 1, 1],
          [15n, 1, 0],
        ],
        ['phone', 'name'],
      ],
    ]);
    // Long afterwards nothing of it is lately.
    platform.clock.set(later(120 * 24 * HOUR));
    expect((await misusePage(scope)).uses).toEqual([]);
  });
});

describe('codes that are taken back', () => {
  const soon = { pause: () => new Promise<void>((done) => setTimeout(done, 40)) };
  const variantId = (): string => String([...shop.sandbox.shop(TINY_DOMAIN).store.variants.keys()][0]);
  const buy = (code: string) =>
    shop.sandbox
      .shop(TINY_DOMAIN)
      .actions.quote({ lines: [{ variantId: variantId(), quantity: 1 }], customer: null, discountCodes: [code] });

  it('stop working at the store, once, and the others go on', async () => {
    const { id, codes } = await campaign(6);
    const [one, two, three, four] = codes.map(({ code }) => code);
    if (!one || !two || !three || !four) throw new Error('no codes');
    await used(1, three, 3n);
    await countRedemptions(platform, scope.shop);
    expect(buy(one)).toMatchObject({ kind: 'quote' });
    const outcome = await revokeCodes(scope, `${one.toLowerCase()}, ${two}\n${three};NOT-OURS ${one}`);
    expect(outcome).toEqual({ kind: 'ok', revoked: [one, two].toSorted(), used: [three], idle: [], unknown: ['NOT-OURS'] });
    expect(await revokeCodes(scope, one)).toMatchObject({ revoked: [], idle: [one] });
    await revokeAtStore(platform, scope.shop, { client: scope.admin, ...soon });
    const rows = await prisma().campaignCode.findMany({ where: { ...mine(), status: { not: 'added' } }, orderBy: { code: 'asc' } });
    expect(rows.map(({ code, status, error }) => [code, status, error])).toEqual(
      [one, two].toSorted().map((code) => [code, 'revoked', null]),
    );
    expect([buy(one), buy(two)]).toMatchObject([{ kind: 'refused' }, { kind: 'refused' }]);
    expect(buy(four)).toMatchObject({ kind: 'quote' });
    const audit = await prisma().auditEntry.findMany({ where: { ...mine(), action: 'campaign.codes.revoked' } });
    expect(audit.map(({ subject, after }) => [subject, after])).toEqual([[`campaign/${id}`, '{"codes":2}']]);
  });

  it('are nothing or too many: said, and nothing is done', async () => {
    expect(await revokeCodes(scope, ' ,\n')).toEqual({ kind: 'empty' });
    expect(await revokeCodes(scope, Array.from({ length: 201 }, (_, at) => `C${at}`).join(' '))).toEqual({ kind: 'too-many' });
  });

  it('killed anywhere, the next turn takes back what is left, and what the store refuses waits with its reason', async () => {
    const { codes } = await campaign(5);
    const all = codes.map(({ code }) => code);
    await revokeCodes(scope, all.join(' '));
    // The process dies at each of its calls to the store in turn, before and after the store has done it.
    for (let at = 1; at <= 9; at += 1) {
      let calls = 0;
      const run: AdminClient['run'] = async (...args) => {
        calls += 1;
        if (calls === at && at % 2 === 1) throw new Error('killed');
        const outcome = await scope.admin.run(...args);
        if (calls === at) throw new Error('killed');
        return outcome;
      };
      const client = { ...scope.admin, run } as AdminClient;
      await revokeAtStore(platform, scope.shop, { client, ...soon }).catch((error: Error) => expect(error.message).toBe('killed'));
    }
    await revokeAtStore(platform, scope.shop, { client: scope.admin, ...soon });
    expect(await prisma().campaignCode.count({ where: { ...mine(), status: 'revoked' } })).toBe(5);
    expect(all.map((code) => buy(code).kind)).toEqual(all.map(() => 'refused'));
  });

  it('refused by the store stay with what it said', async () => {
    const { codes } = await campaign(2);
    await revokeCodes(scope, codes[0]?.code ?? '');
    const refusing = {
      ...scope.admin,
      run: async () => ({ kind: 'access-denied', message: 'write_discounts' }),
    } as unknown as AdminClient;
    await revokeAtStore(platform, scope.shop, { client: refusing, ...soon });
    expect(await prisma().campaignCode.findMany({ where: { ...mine(), status: 'revoking' } })).toMatchObject([
      { code: codes[0]?.code, error: 'access denied: write_discounts' },
    ]);
    await revokeAtStore(platform, scope.shop, { client: scope.admin, ...soon });
    expect(await prisma().campaignCode.count({ where: { ...mine(), status: 'revoked', error: null } })).toBe(1);
  });
});
