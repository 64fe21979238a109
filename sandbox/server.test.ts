import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { receiveWebhooks, TINY_STORE } from '../tests/support/tiny-store.ts';
import { isNode, nodeAt, nodesOfPage, text, type Node } from './engine/node.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from './server.ts';

const SHOP = 'tiny-store.myshopify.com';
const answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.object({ message: z.string(), extensions: z.record(z.string(), z.unknown()).optional() })).optional(),
  extensions: z.object({ cost: z.object({ requestedQueryCost: z.number(), throttleStatus: z.record(z.string(), z.number()) }) }).optional(),
});

let dataFolder: string;
let app: Awaited<ReturnType<typeof receiveWebhooks>>;
let sandbox: Sandbox;
let now: Date;

async function start(options: Partial<SandboxOptions> = {}): Promise<void> {
  sandbox = await createSandbox({
    stores: [TINY_STORE],
    dataFolder,
    appUrl: app.url.replace('/webhooks', ''),
    retryScaleMs: 1,
    restoreRate: 1_000,
    now: () => now,
    ...options,
  });
}
beforeEach(async () => {
  now = new Date('2026-11-23T12:00:00Z');
  dataFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-sandbox-'));
  app = await receiveWebhooks();
  await start();
});
afterEach(async () => {
  await sandbox.close();
  await app.close();
  fs.rmSync(dataFolder, { recursive: true, force: true });
});

const post = (route: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${sandbox.url}${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-sandbox-shop': SHOP, ...headers },
    body: JSON.stringify(body),
  });
const KEYS = { client_id: 'sandbox-api-key', client_secret: 'sandbox-api-secret-0123456789abcdef' };
const tokenShape = z.object({ access_token: z.string(), refresh_token: z.string(), scope: z.string(), expires_in: z.number() });

async function exchange(): Promise<z.infer<typeof tokenShape>> {
  const held = z.object({ token: z.string() }).parse(await (await fetch(`${sandbox.url}/sandbox/id-token?shop=${SHOP}`)).json());
  const response = await post('/admin/oauth/access_token', {
    ...KEYS,
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: held.token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    requested_token_type: 'urn:shopify:params:oauth:token-type:offline-access-token',
  });
  return tokenShape.parse(await response.json());
}

let token = '';
async function ask(query: string, variables: object = {}): Promise<z.infer<typeof answer>> {
  token ||= (await exchange()).access_token;
  const response = await post('/admin/api/2026-07/graphql.json', { query, variables }, { 'x-shopify-access-token': token });
  expect(response.status).toBe(200);
  return answer.parse(await response.json());
}
beforeEach(() => {
  token = '';
});
/** The answer's one field; fails with the answer's errors. */
async function field(query: string, variables: object = {}): Promise<Node> {
  const { data, errors } = await ask(query, variables);
  expect(errors).toBeUndefined();
  const [value] = Object.values(data ?? {});
  return isNode(value) ? value : {};
}
const codesOf = (payload: Node): unknown[] =>
  Array.isArray(payload['userErrors']) ? payload['userErrors'].map((error: Node) => error['code']) : [];

describe('tokens', () => {
  it('are exchanged for a session token of the shop, installed by it, and end after an hour', async () => {
    expect(sandbox.shop(SHOP).store.installed).toBe(false);
    const first = await exchange();
    expect(sandbox.shop(SHOP).store.installed).toBe(true);
    expect(first.expires_in).toBe(3_600);
    const call = (held: string) =>
      post('/admin/api/2026-07/graphql.json', { query: '{ shop { name } }' }, { 'x-shopify-access-token': held });
    expect((await call(first.access_token)).status).toBe(200);
    now = new Date(now.getTime() + 3_700_000);
    expect((await call(first.access_token)).status).toBe(401);
    const renew = () => post('/admin/oauth/access_token', { ...KEYS, grant_type: 'refresh_token', refresh_token: first.refresh_token });
    const second = tokenShape.parse(await (await renew()).json());
    expect((await call(second.access_token)).status).toBe(200);
    // A refresh token works once.
    expect((await renew()).status).toBe(400);
  });

  it.each([
    ['a wrong secret', { ...KEYS, client_secret: 'other', grant_type: 'refresh_token' }],
    ['a forged session token', { ...KEYS, grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: 'a.b.c' }],
    ['nothing', {}],
  ])('are not given for %s', async (_name, body) => {
    expect((await post('/admin/oauth/access_token', body)).status).toBe(400);
  });

  it('let nobody in without, nor another version, nor an unknown shop', async () => {
    expect((await post('/admin/api/2026-07/graphql.json', { query: '{ shop { name } }' })).status).toBe(401);
    expect((await post('/admin/api/2020-01/graphql.json', { query: '{ shop { name } }' })).status).toBe(404);
    expect((await post('/admin/api/2026-07/graphql.json', {}, { 'x-sandbox-shop': 'other.myshopify.com' })).status).toBe(404);
  });
});

describe('queries', () => {
  it('page through orders by cursor, each once, in the order asked for', async () => {
    const query = `query ($after: String) { orders(first: 7, after: $after, sortKey: UPDATED_AT, reverse: true) {
      nodes { id updatedAt lineItems(first: 2) { nodes { title } } } pageInfo { hasNextPage endCursor } } }`;
    const seen: Node[] = [];
    for (let after: unknown = null; ;) {
      const page = await field(query, { after });
      seen.push(...nodesOfPage(page));
      after = nodeAt(page, 'pageInfo')?.['endCursor'];
      if (nodeAt(page, 'pageInfo')?.['hasNextPage'] !== true) break;
    }
    expect(new Set(seen.map((order) => order['id'])).size).toBe(40);
    const times = seen.map((order) => text(order, 'updatedAt'));
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('search by what the sandbox knows, and say what it does not know', async () => {
    const page = await field(`{ customers(first: 5, query: "email:customer3@example.com") { nodes { id tags } } }`);
    expect(nodesOfPage(page)).toHaveLength(1);
    const { errors } = await ask(`{ customers(first: 5, query: "favourite_colour:blue") { nodes { id } } }`);
    expect(errors?.[0]?.message).toContain('favourite_colour:blue');
  });

  it('give a refund with its lines, and whatever hangs on an order', async () => {
    const { store } = sandbox.shop(SHOP);
    const id = store.orderEntries().find((entry) => entry.name === '#T1020')?.id;
    const order = await field(
      `query ($id: ID!) { order(id: $id) { name legacyResourceId customer { email } refunds { refundLineItems(first: 5) { nodes { quantity lineItem { title } } } } } }`,
      { id },
    );
    expect(order).toMatchObject({ name: '#T1020', refunds: [{ refundLineItems: { nodes: [{ quantity: 1 }] } }] });
    expect(text(nodeAt(order, 'customer'), 'email')).toContain('@example.com');
  });

  it.each([
    ['a field that is not in the schema', '{ shop { colour } }', 'undefinedField', /Cannot query field/],
    ['a field that the sandbox does not know', '{ orders(first: 1) { nodes { clientIp } } }', 'SANDBOX_NOT_IMPLEMENTED', /Order\.clientIp/],
    ['a root that it does not know', '{ publicationsCount { count } }', 'ACCESS_DENIED', /Access denied/],
    ['a list without a size', '{ orders { nodes { id } } }', 'BAD_REQUEST', /first or last/],
    ['a page that is too long', '{ orders(first: 251) { nodes { id } } }', 'BAD_REQUEST', /250/],
    [
      'what is too dear',
      '{ products(first: 250) { nodes { variants(first: 50) { nodes { metafields(first: 9) { nodes { id } } } } } } }',
      'MAX_COST_EXCEEDED',
      /max cost/,
    ],
  ])('answer %s with an error that says so', async (_name, query, code, message) => {
    const { errors } = await ask(query);
    expect(errors?.[0]?.message).toMatch(message);
    expect(errors?.[0]?.extensions?.['code']).toBe(code);
  });

  it('stop when the points are used up, and go on when they came back', async () => {
    await sandbox.close();
    await start({ restoreRate: 10 });
    const query = '{ orders(first: 50) { nodes { id } } }';
    let last = await ask(query);
    for (let times = 0; times < 200 && !last.errors; times += 1) last = await ask(query);
    expect(last.errors?.[0]?.extensions?.['code']).toBe('THROTTLED');
    now = new Date(now.getTime() + 10_000);
    expect((await ask(query)).errors).toBeUndefined();
  });

  it('give a token no more than its scopes', async () => {
    await sandbox.close();
    await start({ scopes: ['read_products'] });
    expect((await ask('{ products(first: 1) { nodes { title } } }')).errors).toBeUndefined();
    const denied = await ask('{ customers(first: 1) { nodes { id } } }');
    expect(denied.errors?.[0]?.extensions).toMatchObject({ code: 'ACCESS_DENIED', requiredAccess: 'read_customers' });
  });
});

const CREATE = `mutation ($input: DiscountCodeBasicInput!) { discountCodeBasicCreate(basicCodeDiscount: $input) {
  codeDiscountNode { id codeDiscount { ... on DiscountCodeBasic { title status codesCount { count } codes(first: 3) { nodes { code asyncUsageCount } } } } }
  userErrors { field message code } } }`;
const ADD = `mutation ($id: ID!, $codes: [DiscountRedeemCodeInput!]!) { discountRedeemCodeBulkAdd(discountId: $id, codes: $codes) {
  bulkCreation { id done codesCount } userErrors { message code } } }`;
const CREATION = `query ($id: ID!) { discountRedeemCodeBulkCreation(id: $id) { done codesCount importedCount failedCount
  codes(first: 250) { nodes { code errors { message } discountRedeemCode { id } } } } }`;
const input = (more: object = {}): object => ({
  title: 'Autumn',
  code: 'AUTUMN-0',
  startsAt: '2026-11-01T00:00:00Z',
  usageLimit: 1,
  appliesOncePerCustomer: true,
  context: { all: 'ALL' },
  customerGets: { value: { percentage: 0.1 }, items: { all: true } },
  ...more,
});

describe('discounts', () => {
  it('are created with a code, get thousands more, and tell which were refused', async () => {
    const payload = await field(CREATE, { input: input() });
    const id = text(nodeAt(payload, 'codeDiscountNode'), 'id');
    const codes = Array.from({ length: 250 }, (_, at) => ({ code: at === 7 ? 'autumn-0' : `AUTUMN-${at}-X` }));
    const added = await field(ADD, { id, codes });
    expect(nodeAt(added, 'bulkCreation')).toMatchObject({ done: false, codesCount: 250 });
    const creation = { id: nodeAt(added, 'bulkCreation')?.['id'] };
    await expect.poll(() => field(CREATION, creation), { interval: 10 }).toMatchObject({ done: true, importedCount: 249, failedCount: 1 });
    const page = nodeAt(await field(CREATION, creation), 'codes');
    expect(nodesOfPage(page ?? {}).filter((code) => code['discountRedeemCode'] === null)).toEqual([
      { code: 'autumn-0', errors: [{ message: expect.stringContaining('unique') }], discountRedeemCode: null },
    ]);
    const byCode = await field(
      `{ codeDiscountNodeByCode(code: "autumn-9-x") { id codeDiscount { ... on DiscountCodeBasic { codesCount { count } codes(first: 2) { nodes { code } pageInfo { hasNextPage } } } } } }`,
    );
    expect(byCode).toMatchObject({ id, codeDiscount: { codesCount: { count: 250 }, codes: { pageInfo: { hasNextPage: true } } } });
  });

  it.each([
    ['a code that is taken', { code: 'TAKEN' }, 'TAKEN'],
    ['more than everything', { customerGets: { value: { percentage: 1.5 }, items: { all: true } } }, 'VALUE_OUTSIDE_RANGE'],
    ['an end before the start', { endsAt: '2026-10-01T00:00:00Z' }, 'INVALID'],
    ['no title', { title: '' }, 'BLANK'],
  ])('refuse %s', async (_name, more, code) => {
    await field(CREATE, { input: input({ code: 'TAKEN' }) });
    const payload = await field(CREATE, { input: input(more) });
    expect(codesOf(payload)).toEqual([code]);
    expect(payload['codeDiscountNode']).toBeNull();
    expect(sandbox.shop(SHOP).store.discounts.size).toBe(1);
  });

  it('name what the sandbox would have to pass over', async () => {
    const { errors } = await ask(CREATE, { input: input({ context: { customerSegments: { add: ['gid://shopify/Segment/1'] } } }) });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'SANDBOX_NOT_IMPLEMENTED',
      field: 'DiscountCodeBasicInput.context.customerSegments',
    });
  });

  it('work at the checkout until they are switched off', async () => {
    const payload = await field(CREATE, { input: input({ usageLimit: null, appliesOncePerCustomer: false }) });
    const id = text(nodeAt(payload, 'codeDiscountNode'), 'id');
    const { store } = sandbox.shop(SHOP);
    const cart = { lines: [{ variantId: [...store.variants.keys()][0], quantity: 2 }], discountCodes: ['autumn-0'] };
    const bought = await post('/sandbox/checkout', cart);
    expect(await bought.json()).toMatchObject({ applied: [{ code: 'AUTUMN-0', amount: '1.70' }], order: { totalPrice: '15.30' } });
    await field(`mutation ($id: ID!) { discountCodeDeactivate(id: $id) { userErrors { code } } }`, { id });
    const refused = await post('/sandbox/checkout', cart);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ errors: [{ code: 'DISCOUNT_DISABLED' }] });
    await field(`mutation ($id: ID!) { discountCodeActivate(id: $id) { userErrors { code } } }`, { id });
    expect((await post('/sandbox/checkout/quote', cart)).status).toBe(200);
  });
});

describe('other mutations', () => {
  const SET = `mutation ($metafields: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $metafields) { metafields { key value } userErrors { code field } } }`;

  it('set metafields all or none, and read them back', async () => {
    const ownerId = [...sandbox.shop(SHOP).store.customers.keys()][0];
    const one = { ownerId, namespace: '$app:storebook', key: 'loyalty', type: 'json', value: '{"tier":"Gold"}' };
    await field(SET, { metafields: [one] });
    const bad = await field(SET, {
      metafields: [
        { ...one, value: '{"tier":"Silver"}' },
        { ...one, key: 'other', value: '{' },
      ],
    });
    expect(codesOf(bad)).toEqual(['INVALID_VALUE']);
    const customer = await field(
      `query ($id: ID!) { customer(id: $id) { metafield(namespace: "$app:storebook", key: "loyalty") { value } metafields(first: 5) { nodes { key } } } }`,
      { id: ownerId },
    );
    expect(customer).toMatchObject({ metafield: { value: '{"tier":"Gold"}' }, metafields: { nodes: [{ key: 'loyalty' }] } });
  });

  it('with a key are done once, however often they come', async () => {
    await sandbox.close();
    await start({ scopes: ['read_inventory', 'write_inventory', 'read_products', 'read_locations'] });
    const { store } = sandbox.shop(SHOP);
    const [level] = store.levels.values();
    const adjust = (delta: number, key: string): Promise<Node> =>
      field(
        `mutation ($input: InventoryAdjustQuantitiesInput!, $key: String!) { inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
          inventoryAdjustmentGroup { changes { delta quantityAfterChange } } userErrors { code } } }`,
        {
          key,
          input: {
            name: 'available',
            reason: 'correction',
            changes: [{ delta, inventoryItemId: level?.inventoryItemId, locationId: level?.locationId, changeFromQuantity: null }],
          },
        },
      );
    const before = level?.available ?? 0;
    const [first, again] = [await adjust(5, 'a'), await adjust(5, 'a')];
    expect(again).toEqual(first);
    expect(store.levels.get(`${level?.inventoryItemId}/${level?.locationId}`)?.available).toBe(before + 5);
    expect(codesOf(await adjust(6, 'a'))).toEqual(['IDEMPOTENCY_KEY_PARAMETER_MISMATCH']);
  });

  it('hand a trigger to Flow that the app has, with just its fields, of a customer who is there', async () => {
    const { store } = sandbox.shop(SHOP);
    const customer = Number([...store.customers.keys()][0]?.split('/').at(-1));
    const fits = { customer_id: customer, Code: 'TEA-1', Campaign: 'Autumn', Offer: '10% off', 'Ends at': '' };
    const hand = async (handle: string, payload: object): Promise<unknown> => {
      const sent = await field(
        `mutation ($handle: String!, $payload: JSON!) { flowTriggerReceive(handle: $handle, payload: $payload) { userErrors { message } } }`,
        { handle, payload },
      );
      return sent['userErrors'];
    };
    expect(await hand('offer-made', fits)).toEqual([]);
    const { Code: _without, ...rest } = fits;
    expect([
      await hand('no-such', fits),
      await hand('offer-made', rest),
      await hand('offer-made', { ...fits, more: 1 }),
      await hand('offer-made', { ...fits, customer_id: 1 }),
      await hand('offer-made', { ...fits, Code: 'x'.repeat(50_000) }),
    ]).toEqual([
      [{ message: 'Trigger no-such does not exist.' }],
      [{ message: 'Field Code is missing.' }],
      [{ message: 'Trigger has no field more.' }],
      [{ message: 'Customer does not exist.' }],
      [{ message: 'Payload is too large.' }],
    ]);
    expect(store.flows.map(({ handle, payload }) => [handle, payload['Code']])).toEqual([['offer-made', 'TEA-1']]);
  });

  it('tag a customer, and tell the app once', async () => {
    const id = [...sandbox.shop(SHOP).store.customers.keys()][1];
    const add = `mutation ($id: ID!) { tagsAdd(id: $id, tags: ["vip", "Gold"]) { node { id } userErrors { message } } }`;
    await field(add, { id });
    await field(add, { id });
    await sandbox.shop(SHOP).deliveries.idle();
    expect(sandbox.shop(SHOP).store.customers.get(id ?? '')?.['tags']).toEqual(['Gold', 'vip']);
    expect(app.topics().toSorted()).toEqual(['customer.tags_added', 'customers/update']);
  });
});

const RUN = `mutation ($query: String!) { bulkOperationRunQuery(query: $query) { bulkOperation { id status } userErrors { message code } } }`;
const STATE = `query ($id: ID!) { bulkOperation(id: $id) { status url objectCount errorCode } }`;

describe('exports', () => {
  it('are begun, come to an end, and are fetched whole or from a place on, also after a restart', async () => {
    const id = nodeAt(
      await field(RUN, { query: '{ products { edges { node { id title variants { edges { node { id sku } } } } } } }' }),
      'bulkOperation',
    )?.['id'];
    await expect.poll(() => field(STATE, { id }), { interval: 10 }).toMatchObject({ status: 'COMPLETED', objectCount: '20' });
    await sandbox.close();
    await start();
    const { url } = await field(STATE, { id });
    const whole = await (await fetch(String(url))).text();
    expect(whole.trim().split('\n')).toHaveLength(20);
    const rest = await fetch(String(url), { headers: { range: 'bytes=100-' } });
    expect(rest.status).toBe(206);
    expect(await rest.text()).toBe(whole.slice(100));
    expect((await fetch(`${sandbox.url}/bulk/${'x'.repeat(32)}.jsonl`)).status).toBe(404);
  });

  it('that ask for what the sandbox does not know say which field it was', async () => {
    const id = nodeAt(await field(RUN, { query: '{ orders { edges { node { id clientIp } } } }' }), 'bulkOperation')?.['id'];
    await expect.poll(async () => (await ask(STATE, { id })).errors?.[0]?.message, { interval: 10 }).toContain('Order.clientIp');
  });

  it('are refused by Shopify’s rules', async () => {
    expect(codesOf(await field(RUN, { query: '{ shop { name } }' }))).toEqual(['INVALID']);
    expect(codesOf(await field(RUN, { query: '{ not graphql' }))).toEqual(['INVALID']);
  });
});

describe('the control side', () => {
  it('plays traffic that arrives, in spite of chaos, and is still there after a restart', async () => {
    await post('/sandbox/install', {});
    await post('/sandbox/chaos', { duplicate: 0.2, shuffle: true, drop: 0 });
    const played = z
      .object({ orders: z.number(), deliveries: z.number(), duplicates: z.number(), failed: z.number() })
      .parse(await (await post('/sandbox/play', { orders: 25, seed: 3 })).json());
    expect(played).toMatchObject({ orders: 25, failed: 0 });
    expect(played.duplicates).toBeGreaterThan(5);
    expect(app.received).toHaveLength(played.deliveries);
    expect(app.received.every((one) => one.signed)).toBe(true);
    const count = () => sandbox.shop(SHOP).store.orderEntries().length;
    const before = count();
    expect(before).toBe(65);
    await sandbox.close();
    await start();
    expect(count()).toBe(before);
  });

  it('says what is wrong with what it is given, and with a shop it does not know', async () => {
    const bad = await post('/sandbox/checkout', { lines: 'none' });
    expect(bad.status).toBe(422);
    expect(await bad.json()).toMatchObject({ errors: [{ code: 'INVALID', message: expect.stringContaining('lines') }] });
    expect((await post('/sandbox/checkout', { shop: 'other.myshopify.com', lines: [] })).status).toBe(404);
    const broken = await fetch(`${sandbox.url}/sandbox/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect(broken.status).toBe(400);
  });

  it('uninstalls: the app hears of it, its token ends, and it hears nothing more but what the law asks', async () => {
    await ask('{ shop { name } }');
    await post('/sandbox/uninstall', {});
    await post('/sandbox/checkout', { lines: [{ variantId: [...sandbox.shop(SHOP).store.variants.keys()][0], quantity: 1 }] });
    await post('/sandbox/privacy', { topic: 'shop/redact' });
    await sandbox.shop(SHOP).deliveries.idle();
    expect(app.topics()).toEqual(['app/uninstalled', 'shop/redact']);
    expect(
      (await post('/admin/api/2026-07/graphql.json', { query: '{ shop { name } }' }, { 'x-shopify-access-token': token })).status,
    ).toBe(401);
  });

  it('gives a session token to the app’s own page and to no other', async () => {
    const response = await fetch(`${sandbox.url}/sandbox/id-token?shop=${SHOP}`);
    expect(response.headers.get('access-control-allow-origin')).toBe(new URL(app.url).origin);
  });
});
