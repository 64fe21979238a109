import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  API_KEY,
  customerClaims,
  EVENT_KEYS,
  EVENT_SECRET,
  eventBody,
  FORGE,
  flowBody,
  jwt,
  MARKER,
  OLD_SECRET,
  OTHER_SHOP,
  pixelBody,
  SECRET,
  send,
  serveDoors,
  SHOP,
  staffClaims,
  STRANGER,
  type DoorName,
  type DoorsUnderTest,
  type Reply,
  type Spoil,
} from '../../support/doors.ts';

let doors: DoorsUnderTest;
beforeAll(async () => {
  doors = await serveDoors();
});
afterAll(() => doors.close());

type Expected = Partial<Record<DoorName, number>>;
/** What is done to a good request, and the status with which each door to which it makes sense answers. */
type Attack = { name: string; spoil: Spoil | ((door: DoorName) => Spoil); on: Expected };

const SIGNED: Expected = { webhook: 401, admin: 401, 'app-proxy': 401, 'customer-account': 401, flow: 401, events: 401 };
const TOKENS: Expected = { admin: 401, 'customer-account': 401 };
const now = (): number => Math.floor(Date.now() / 1_000);
/** Doors that believe the same signature refuse alike. */
const ALIKE: Partial<Record<DoorName, readonly DoorName[]>> = {
  'app-proxy': ['member-proxy', 'programme-proxy'],
  'customer-account': ['member-account'],
};
/** Doors that believe the same, and answer otherwise what is not a matter of belief. */
const REDEEM: Partial<Record<DoorName, DoorName>> = { 'app-proxy': 'redeem-proxy', 'customer-account': 'redeem-account' };
const likeOf = (door: DoorName, status: number | undefined): DoorName[] => [
  door,
  ...(ALIKE[door] ?? []),
  ...(status === 401 && REDEEM[door] ? [REDEEM[door]] : []),
];
const isProxy = (door: DoorName): boolean => door.endsWith('-proxy');
const withAlike = (on: Expected): Expected =>
  Object.fromEntries(Object.entries(on).flatMap(([door, status]) => likeOf(door as DoorName, status).map((one) => [one, status])));
const row = (name: string, on: Expected, spoil: Attack['spoil']): Attack => ({ name, on: withAlike(on), spoil });

const proxyOfAnother: Spoil = {
  signature: () => new URLSearchParams(FORGE['app-proxy']({ params: { logged_in_customer_id: '5' } }).path).get('signature'),
};
const tokenOfAnother: Spoil = { signature: () => jwt({ ...customerClaims(), sub: 'gid://shopify/Customer/1' }).split('.')[2] ?? '' };
/** A valid signature over something else that the app would also take. */
const ofAnother: Record<DoorName, Spoil> = {
  webhook: { signature: () => String(FORGE.webhook({ body: '{"id":2}' }).headers['x-shopify-hmac-sha256']) },
  flow: { signature: () => String(FORGE.flow({ body: flowBody() }).headers['x-shopify-hmac-sha256']) },
  'app-proxy': proxyOfAnother,
  'member-proxy': proxyOfAnother,
  'programme-proxy': proxyOfAnother,
  admin: { signature: () => jwt({ ...staffClaims(), sub: '43' }).split('.')[2] ?? '' },
  events: { signature: () => String(FORGE.events({ body: eventBody({ rating: 1 }) }).headers['x-storebook-signature']) },
  'customer-account': tokenOfAnother,
  'member-account': tokenOfAnother,
  'redeem-proxy': proxyOfAnother,
  'redeem-account': tokenOfAnother,
  pixel: {},
};

const signatures: Attack[] = [
  // An address without a token is sent where App Bridge fetches one.
  row('no signature', { ...SIGNED, admin: 302 }, { signature: () => null }),
  row('an empty signature', SIGNED, { signature: () => '' }),
  row('the signature of another secret', SIGNED, { secret: 'the-secret-of-somebody-else' }),
  row('the signature of a nearly right secret', SIGNED, { secret: `${SECRET} ` }),
  row('a truncated signature', SIGNED, { signature: (valid) => valid.slice(0, -4) }),
  row('a signature with more behind it', SIGNED, { signature: (valid) => `${valid}=` }),
  row('a signature with its first symbol changed', SIGNED, { signature: (valid) => (valid.startsWith('a') ? 'b' : 'a') + valid.slice(1) }),
  row('a signature over something else', SIGNED, (door) => ofAnother[door]),
  row('a signature in the other encoding', SIGNED, (door) => ({
    signature: (valid) => (isProxy(door) ? Buffer.from(valid, 'hex').toString('base64') : Buffer.from(valid, 'base64').toString('hex')),
  })),
  row('a signature in the other case', SIGNED, (door) => ({
    signature: (valid) => (isProxy(door) ? valid.toUpperCase() : valid.toLowerCase()),
  })),
  row('a signature of a megabyte’s likeness', SIGNED, { signature: (valid) => valid.repeat(80) }),
  row('a bad signature before the good one', { webhook: 401, flow: 401 }, { headers: { 'x-shopify-hmac-sha256': ['AAAA', 'BBBB'] } }),
];

const tokens: Attack[] = [
  row('alg none, signature kept', TOKENS, { jwtHeader: { alg: 'none' } }),
  row('alg none, no signature', TOKENS, { jwtHeader: { alg: 'none' }, signature: () => '' }),
  row('alg None', TOKENS, { jwtHeader: { alg: 'None' }, signature: () => '' }),
  row('alg HS512 over an HS256 signature', TOKENS, { jwtHeader: { alg: 'HS512' } }),
  row('alg RS256', TOKENS, { jwtHeader: { alg: 'RS256' } }),
  row('a critical extension', TOKENS, { jwtHeader: { crit: ['x'], x: 1 } }),
  row(
    'a key of the bearer’s own',
    { admin: 401, 'customer-account': 401 },
    { secret: 'mine', jwtHeader: { jwk: { kty: 'oct', k: 'bWluZQ' }, kid: '../../dev/null' } },
  ),
  row('another audience', TOKENS, { claims: { aud: 'another-app' } }),
  row('a list of audiences', { 'customer-account': 401, admin: 401 }, { claims: { aud: [API_KEY, 'another-app'] } }),
  row('no audience', TOKENS, { claims: { aud: undefined } }),
  row('expired', TOKENS, { claims: { exp: now() - 60 } }),
  row('without an end', TOKENS, { claims: { exp: undefined } }),
  row('an end that is a text', TOKENS, { claims: { exp: '99999999999' } }),
  row('not begun', TOKENS, { claims: { nbf: now() + 600, exp: now() + 900 } }),
  row('made in the future', TOKENS, { claims: { iat: now() + 600, exp: now() + 900 } }),
  row('of no shop', TOKENS, { claims: { dest: undefined } }),
  row('of another host', TOKENS, { claims: { dest: 'https://evil.example.com' } }),
  row('of a host that looks alike', TOKENS, { claims: { dest: `https://${SHOP}.example.com` } }),
  row('of a shop with a path', TOKENS, { claims: { dest: `https://${SHOP}/admin` } }),
  row('of a shop with a port', TOKENS, { claims: { dest: `https://${SHOP}:8443` } }),
  row('of plain http', TOKENS, { claims: { dest: `http://${SHOP}` } }),
  row('of the other kind of bearer', TOKENS, (door) => ({
    claims: door === 'admin' ? { iss: undefined, ...customerClaims() } : staffClaims(),
  })),
  row(
    'a customer’s, with the shop as staff have it',
    { admin: 401 },
    { claims: { ...customerClaims(), dest: `https://${SHOP}`, iss: `https://${SHOP}/admin` } },
  ),
  row('staff of another shop’s issuer', { admin: 401 }, { claims: { iss: `https://${OTHER_SHOP}/admin` } }),
  row('of an order', { 'customer-account': 401 }, { claims: { sub: 'gid://shopify/Order/1' } }),
  row('of a customer with more behind', { 'customer-account': 401 }, { claims: { sub: `gid://shopify/Customer/1 OR 1=1 ${MARKER}` } }),
  row('of a shop that is not here', { 'customer-account': 404 }, { claims: { dest: STRANGER } }),
  row('no bearer', TOKENS, { headers: { authorization: 'Basic c3RhZmY6cGFzcw==' } }),
  row('two parts', TOKENS, { headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30' } }),
  row('no JSON', TOKENS, { headers: { authorization: `Bearer ${MARKER}.${MARKER}.${MARKER}` } }),
  row('a bad token before a good one', { 'customer-account': 401, admin: 401 }, (door) => ({
    headers: { authorization: ['Bearer a.b.c', `Bearer ${jwt(door === 'admin' ? staffClaims() : customerClaims())}`] },
  })),
  row('the token in the address', { 'customer-account': 401, 'redeem-account': 405 }, () => ({
    headers: { authorization: '' },
    path: `/customer-account/loyalty?id_token=${jwt(customerClaims())}`,
  })),
];

const proxied: Attack[] = [
  row('91 s ago', { 'app-proxy': 401 }, () => ({ params: { timestamp: String(now() - 100) } })),
  row('from the future', { 'app-proxy': 401 }, () => ({ params: { timestamp: String(now() + 100) } })),
  row('no time', { 'app-proxy': 400 }, { params: { timestamp: undefined } }),
  row('a time of the next million years', { 'app-proxy': 400 }, { params: { timestamp: '1e15' } }),
  row('a negative time', { 'app-proxy': 400 }, { params: { timestamp: '-1' } }),
  row('no shop', { 'app-proxy': 400 }, { params: { shop: undefined } }),
  row('another shop, put over the signed one', { 'app-proxy': 400 }, { unsigned: `&shop=${OTHER_SHOP}` }),
  row('another customer, put over the signed one', { 'app-proxy': 400 }, { unsigned: '&logged_in_customer_id=1' }),
  row('two signatures', { 'app-proxy': 400 }, { unsigned: `&signature=${'0'.repeat(64)}` }),
  row('something unsigned besides', { 'app-proxy': 400 }, { unsigned: `&x=${MARKER}` }),
  row('a signed parameter of no use', { 'app-proxy': 400 }, { params: { x: MARKER } }),
  // "…customer_id=" and "a=1logged_in…" give one text to sign: only narrow shapes tell them apart.
  row(
    'a boundary moved into a value',
    { 'app-proxy': 400 },
    { params: { logged_in_customer_id: '', path_prefix: '/apps/storebooklogged_in_customer_id=1' } },
  ),
  row('a shop that is not here', { 'app-proxy': 404 }, { params: { shop: STRANGER } }),
  row('a shop that is no shop', { 'app-proxy': 400 }, { params: { shop: 'localhost' } }),
  row('a shop in capitals', { 'app-proxy': 400 }, { params: { shop: SHOP.toUpperCase() } }),
  row('a customer that is no number', { 'app-proxy': 400 }, { params: { logged_in_customer_id: "1' OR '1'='1" } }),
  row('line breaks in a value', { 'app-proxy': 400 }, { params: { path_prefix: `/a/b\r\nSet-Cookie: ${MARKER}=1` } }),
  row('prototype keys', { 'app-proxy': 400 }, { params: { ['__proto__']: undefined, constructor: 'x' } }),
  row('a language of no use', { 'app-proxy': 400 }, { params: { lang: MARKER } }),
  row('a boundary moved into the language', { 'app-proxy': 400 }, { params: { lang: 'enlogged_in_customer_id=1' } }),
  row('a language put over the signed one', { 'app-proxy': 401 }, { unsigned: '&lang=en' }),
  row('a body', { 'app-proxy': 400, 'customer-account': 400 }, { body: 'x' }),
];

const gzip = (text: string): Spoil => ({ body: zlib.gzipSync(text), headers: { 'content-encoding': 'gzip' } });
const bodyOf = (door: DoorName): string =>
  door === 'flow' ? flowBody() : door === 'events' ? eventBody() : door === 'pixel' ? pixelBody() : '{"id":1}';
const BODIES = (status: number): Expected => ({ webhook: status, flow: status, pixel: status, events: status });
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

const bodies: Attack[] = [
  row('an empty body', BODIES(400), { body: '' }),
  row('no JSON', BODIES(400), { body: MARKER }),
  row('JSON that breaks off', BODIES(400), { body: '{"id":' }),
  row('a text', BODIES(400), { body: `"${MARKER}"` }),
  row('null', BODIES(400), { body: 'null' }),
  row('a byte order mark', BODIES(400), (door) => ({ body: `\uFEFF${bodyOf(door)}` })),
  row('UTF-16', BODIES(400), (door) => ({ body: Buffer.from(bodyOf(door), 'utf16le') })),
  row('a NUL byte', BODIES(400), (door) => ({ body: `${bodyOf(door)}\0` })),
  row('bytes that are no UTF-8', { flow: 400, pixel: 400, events: 400 }, (door) => ({
    body: Buffer.concat([Buffer.from(bodyOf(door).slice(0, -1)), Buffer.from(',"x":"\xC3\x28"}', 'latin1')]),
  })),
  row('packed by gzip', { webhook: 400, flow: 415, pixel: 415, events: 415 }, (door) => gzip(bodyOf(door))),
  row('10 MB that unpack from 10 kB', { webhook: 400, flow: 415, pixel: 415, events: 415 }, gzip(' '.repeat(10_000_000))),
  row('5,000 arrays in one another', { events: 400 }, { body: nested(5_000) }),
  row('30,000 arrays in one another', { flow: 400, pixel: 400 }, { body: nested(30_000) }),
  row('a million arrays in one another', { flow: 413, pixel: 413 }, { body: nested(1_000_000) }),
  row('100,000 arrays in one another, with a long number', { flow: 400 }, { body: `[12345678901234567890,${nested(100_000)}]` }),
  row('too large', { webhook: 413, flow: 413, pixel: 413, events: 413 }, (door) => ({
    body: Buffer.alloc(door === 'webhook' ? 6_000_000 : 300_000, 32),
  })),
  row('a run of a shop that is not here', { flow: 404 }, { body: flowBody({ shopify_domain: STRANGER }) }),
  row('a run of another action', { flow: 404 }, { body: flowBody({ handle: 'give-everything' }) }),
  row('a run without an id', { flow: 400 }, { body: flowBody({ action_run_id: undefined }) }),
  row('a run whose id is a lone surrogate', { flow: 400 }, { body: flowBody({ action_run_id: '\uD800' }) }),
  row('a run whose id holds NUL', { flow: 400 }, { body: flowBody({ action_run_id: 'a\u0000b' }) }),
  row('a run whose id is a list', { flow: 400 }, { body: flowBody({ action_run_id: ['a'] }) }),
  row('a run for an order', { flow: 400 }, { body: flowBody({ properties: { customer_id: 'gid://shopify/Order/1' } }) }),
  row('a run for infinity', { flow: 400 }, { body: flowBody().replace(/"gid:[^"]*"/, '1e999') }),
  row('a run for a number of 400 digits', { flow: 400 }, { body: flowBody().replace(/"gid:[^"]*"/, '9'.repeat(400)) }),
  row('a run for the number after the last', { flow: 400 }, { body: flowBody({ properties: { customer_id: '9223372036854775808' } }) }),
  row('an event of a shop that is not here', { pixel: 404 }, { body: pixelBody({}, { shop: STRANGER }) }),
  row('an event of no shop', { pixel: 400 }, { body: pixelBody({}, { shop: 'localhost' }) }),
  row('an event with an e-mail address', { pixel: 400 }, { body: pixelBody({ clientId: `${MARKER}@example.com` }) }),
  row('an event with a field of its own', { pixel: 400 }, { body: pixelBody({ email: `${MARKER}@example.com` }) }),
  row('an event of another name', { pixel: 400 }, { body: pixelBody({ name: 'password_typed' }) }),
  row('an event with prototype keys', { pixel: 400 }, { body: pixelBody().replace('{"id"', '{"__proto__":{"polluted":true},"id"') }),
  row(
    'an event whose id is a lone surrogate',
    { pixel: 400 },
    { body: pixelBody({ id: '\uD800\uD800\uD800\uD800\uD800\uD800\uD800\uD800' }) },
  ),
  row('an event whose id holds NUL', { pixel: 400 }, { body: pixelBody({ id: 'abcdefgh\u0000' }) }),
  row('an event of a variant past the last number', { pixel: 400 }, { body: pixelBody({ variantIds: ['9223372036854775808'] }) }),
  row('an event of a variant below none', { pixel: 400 }, { body: pixelBody({ variantIds: ['-1'] }) }),
  row(
    'an event of 101 variants',
    { pixel: 400 },
    { body: pixelBody({ variantIds: Array.from({ length: 101 }, (_, at) => String(at + 1)) }) },
  ),
  row(
    '21 events',
    { pixel: 400 },
    { body: pixelBody({}, { events: Array.from({ length: 21 }, () => JSON.parse(pixelBody()).events[0]) }) },
  ),
  row('an event of last month', { pixel: 400 }, { body: pixelBody({ at: new Date(Date.now() - 30 * 86_400_000).toISOString() }) }),
  row('an event of tomorrow', { pixel: 400 }, { body: pixelBody({ at: new Date(Date.now() + 86_400_000).toISOString() }) }),
  row('an event of no time', { pixel: 400 }, { body: pixelBody({ at: 'yesterday' }) }),
  row('a form', { pixel: 415 }, { headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  row('no type', { pixel: 415 }, { headers: { 'content-type': '' } }),
  row('two types', { pixel: 415 }, { headers: { 'content-type': ['image/png', 'text/plain'] } }),
  row('a webhook of an unknown topic', { webhook: 404 }, { headers: { 'x-shopify-topic': `${MARKER}/create` } }),
  row('a webhook of a prototype’s topic', { webhook: 404 }, { headers: { 'x-shopify-topic': '__proto__' } }),
  row('a webhook of a workflow’s topic', { webhook: 404 }, { headers: { 'x-shopify-topic': 'flow/review-tier' } }),
  row('a webhook of a shop that is not here', { webhook: 404 }, { headers: { 'x-shopify-shop-domain': STRANGER } }),
  row('a webhook of two shops', { webhook: 404 }, { headers: { 'x-shopify-shop-domain': [SHOP, OTHER_SHOP] } }),
  row('a webhook without an id', { webhook: 400 }, { headers: { 'x-shopify-webhook-id': '' } }),
  row('a webhook with an id of 8 kB', { webhook: 400 }, { headers: { 'x-shopify-webhook-id': 'x'.repeat(8_000) } }),
];

const REDEEMED = JSON.stringify({ reward: '1', steps: 1, key: 'one-press-of-one' });
const asked = (name: string, body: string, status = 400): Attack =>
  row(name, { 'redeem-proxy': status, 'redeem-account': status }, { body });
const redeems: Attack[] = [
  asked('nothing', ''),
  asked('what is no JSON', '{'),
  asked('a list', `[${REDEEMED}]`),
  asked('a reward by a text', REDEEMED.replace('"1"', `"1 OR 1=1 ${MARKER}"`)),
  asked('a reward past the last number', REDEEMED.replace('"1"', '"99999999999"')),
  asked('no steps', REDEEMED.replace('"steps":1', '"steps":0')),
  asked('steps below none', REDEEMED.replace('"steps":1', '"steps":-5')),
  asked('more steps than anybody takes', REDEEMED.replace('"steps":1', '"steps":1e9')),
  asked('a short key', REDEEMED.replace('one-press-of-one', 'one')),
  asked('a key with NUL', REDEEMED.replace('one-press', 'one\\u0000press')),
  asked('somebody else', REDEEMED.replace('{', '{"customerId":"2",')),
  asked('with prototype keys', REDEEMED.replace('{', '{"__proto__":{"polluted":true},')),
  asked('more than fits', REDEEMED.replace('one-press', 'x'.repeat(2_000)), 413),
  row(
    'as a form',
    { 'redeem-proxy': 400, 'redeem-account': 400 },
    { body: REDEEMED, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  ),
  row('as text', { 'redeem-proxy': 400, 'redeem-account': 400 }, { body: REDEEMED, headers: { 'content-type': 'text/plain' } }),
  row('as a guest', { 'redeem-proxy': 401 }, { params: { logged_in_customer_id: '' } }),
  row('by GET', { 'redeem-proxy': 405, 'redeem-account': 405 }, { method: 'GET' }),
];

const eventAt = (seconds: number): Spoil => ({ params: { timestamp: String(now() + seconds) } });
const told = (name: string, fields: object, status = 400): Attack => row(name, { events: status }, { body: eventBody(fields) });
const events: Attack[] = [
  row('told 301 s ago', { events: 401 }, () => eventAt(-310)),
  row('told 301 s ahead', { events: 401 }, () => eventAt(310)),
  row('an old request under a new time', { events: 401 }, () => ({
    ...eventAt(-400),
    headers: { 'x-storebook-timestamp': String(now()) },
  })),
  row('no time', { events: 401 }, { headers: { 'x-storebook-timestamp': '' } }),
  row('a time in milliseconds', { events: 401 }, { params: { timestamp: String(Date.now()) } }),
  row('a time that is none', { events: 401 }, { params: { timestamp: '1e9' } }),
  row('two times', { events: 401 }, () => ({ headers: { 'x-storebook-timestamp': [String(now()), String(now())] } })),
  row('no key', { events: 401 }, { headers: { 'x-storebook-key': '' } }),
  row('the key of another shop', { events: 401 }, { headers: { 'x-storebook-key': EVENT_KEYS[OTHER_SHOP] ?? '' } }),
  row('a key that is none', { events: 401 }, { params: { key: '1.2' } }),
  row('a key of a shop that is not here', { events: 401 }, { params: { key: '99.1' } }),
  row('a key of a shop past the last number', { events: 401 }, { params: { key: '9999999999.1' } }),
  row('a key with more behind it', { events: 401 }, { params: { key: `1.1 OR 1=1 ${MARKER}` } }),
  row('two keys', { events: 401 }, { headers: { 'x-storebook-key': [EVENT_KEYS[SHOP] ?? '', EVENT_KEYS[OTHER_SHOP] ?? ''] } }),
  row('a bad signature before a good one', { events: 401 }, { headers: { 'x-storebook-signature': ['AAAA', 'BBBB'] } }),
  row('the secret as a bearer', { events: 401 }, { signature: () => null, headers: { authorization: `Bearer ${EVENT_SECRET}` } }),
  told('of nobody we know', { customer: { id: '99' } }, 422),
  told('of an address that nobody has', { customer: { email: `${MARKER}@example.com` } }, 422),
  told('of an address that is none', { customer: { email: `${MARKER}'--` } }),
  told('of two customers', { customer: { id: '1', email: 'a@example.com' } }),
  told('of the number after the last', { customer: { id: '9223372036854775808' } }),
  told('of a list', { customer: ['1'] }),
  told('of an order', { customer: { id: 'gid://shopify/Order/1' } }),
  told('without an id', { id: undefined }),
  told('whose id is an address', { id: `${MARKER}@example.com` }),
  told('whose id is a lone surrogate', { id: '\uD800' }),
  told('whose id holds NUL', { id: 'a\u0000b' }),
  told('with a text of its own', { text: MARKER }),
  told('of a kind that is none', { kind: `${MARKER}!` }),
  told('with six stars', { rating: 6 }),
  told('with half a star', { rating: 4.5 }),
  told('with points below none', { points: -1_000 }),
  told('with points past all', { points: 1e12 }),
  told('of tomorrow', { at: new Date(Date.now() + 86_400_000).toISOString() }),
  told('of two years ago', { at: new Date(Date.now() - 730 * 86_400_000).toISOString() }),
  told('of no time', { at: 'yesterday' }),
  row('with prototype keys', { events: 400 }, { body: eventBody().replace('{', '{"__proto__":{"polluted":true},') }),
  row('a list of events', { events: 400 }, { body: `[${eventBody()}]` }),
  row('a product of 400 digits', { events: 400 }, { body: eventBody().replace('"3"', '9'.repeat(400)) }),
];

const ALL_METHODS = ['PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE'];
const methods: Attack[] = [
  ...ALL_METHODS.map((method) =>
    row(method, { webhook: 405, flow: 405, pixel: 405, events: 405, 'app-proxy': 405, 'customer-account': 405 }, { method }),
  ),
  row('GET', { webhook: 405, flow: 405, pixel: 405, events: 405 }, { method: 'GET' }),
  row('HEAD', { webhook: 405, flow: 405, pixel: 405, 'app-proxy': 405, 'customer-account': 405 }, { method: 'HEAD' }),
  row('POST', { 'app-proxy': 405, 'customer-account': 405 }, { method: 'POST', body: 'x' }),
  row('GET that says it is POST', { flow: 405, pixel: 405, events: 405 }, { method: 'GET', headers: { 'x-http-method-override': 'POST' } }),
];

/** The same door by another spelling is another place, and nothing is there. */
const PATHS = (path: string): string[] => {
  const [, first = '', second = ''] = path.split('/');
  const one = [
    `/${path}`,
    `${path}/`,
    `${path};x=1`,
    path.toUpperCase(),
    `/x/..${path}`,
    `/.${path}`,
    `${path}/../${second || first}`,
    `${path}%00`,
    `${path}.json`,
  ];
  return second === ''
    ? one
    : [
        ...one,
        `/${first}//${second}`,
        `/${first}/..;/${second}`,
        `/${first}%2F${second}`,
        `/${first}/%6C${second.slice(1)}`,
        `/${first}\\${second}`,
      ];
};
const paths: Attack[] = (
  [
    'app-proxy',
    'member-proxy',
    'programme-proxy',
    'customer-account',
    'member-account',
    'redeem-proxy',
    'redeem-account',
    'flow',
    'pixel',
    'events',
  ] as const
).flatMap((door) => {
  const path = FORGE[door]({}).path.split('?')[0] ?? '';
  return PATHS(path).map((spelled) => row(spelled, { [door]: 404 }, { path: spelled }));
});

/** No answer says how the app is made, nor what it was asked. */
function leaks({ text, headers }: Reply): string[] {
  const all = `${text}\n${JSON.stringify(headers)}`;
  const told = [
    SECRET,
    OLD_SECRET,
    EVENT_SECRET,
    MARKER,
    'node_modules',
    '.ts:',
    'Error:',
    ' at ',
    'prisma',
    'postgres',
    'shpat_',
    'x-powered-by',
    'Express',
  ];
  return told.filter((word) => all.toLowerCase().includes(word.toLowerCase()));
}

const GROUPS = { signatures, tokens, proxied, bodies, redeems, events, methods, paths };

describe.each(Object.entries(GROUPS))('%s', (_group, attacks) => {
  const cases = attacks.flatMap((attack) =>
    Object.entries(attack.on).map(([door, status]) => [door as DoorName, attack.name, status, attack] as const),
  );
  it.each(cases)('%s: %s is answered %i', async (door, _name, status, attack) => {
    const before = await doors.rows();
    const spoil = typeof attack.spoil === 'function' ? attack.spoil(door) : attack.spoil;
    const reply = await send(doors.port, FORGE[door](spoil));
    expect(reply.status).toBe(status);
    expect(leaks(reply)).toEqual([]);
    expect(reply.headers['set-cookie']).toBeUndefined();
    expect(await doors.rows()).toBe(before);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('what is good is let in', () => {
  const GOOD: Record<DoorName, number> = {
    webhook: 200,
    admin: 200,
    'app-proxy': 200,
    events: 202,
    'member-proxy': 200,
    'programme-proxy': 200,
    'customer-account': 200,
    'member-account': 200,
    // Let in, and told that there is nothing to redeem.
    'redeem-proxy': 409,
    'redeem-account': 409,
    flow: 200,
    pixel: 204,
  };

  it.each(Object.entries(GOOD))('%s by the secret in use, and answers %i', async (door, status) => {
    expect((await send(doors.port, FORGE[door as DoorName]({}))).status).toBe(status);
  });

  it.each(Object.entries(GOOD).filter(([door]) => door !== 'pixel' && door !== 'events'))(
    '%s by the old secret during a rotation',
    async (door, status) => {
      expect((await send(doors.port, FORGE[door as DoorName]({ secret: OLD_SECRET }))).status).toBe(status);
    },
  );

  it('with the clocks a little apart', async () => {
    const soon = { claims: { nbf: now() + 5, iat: now() + 5 } };
    expect((await send(doors.port, FORGE['customer-account'](soon))).status).toBe(200);
    expect((await send(doors.port, FORGE['app-proxy']({ params: { timestamp: String(now() + 60) } }))).status).toBe(200);
  });
});

describe('without an old secret', () => {
  let alone: DoorsUnderTest;
  beforeAll(async () => {
    alone = await serveDoors({ env: { SHOPIFY_API_SECRET_OLD: '' } });
  });
  afterAll(() => alone.close());
  it.each((Object.keys(SIGNED) as DoorName[]).filter((door) => door !== 'events'))('%s does not take what it signed', async (door) => {
    expect((await send(alone.port, FORGE[door]({ secret: OLD_SECRET }))).status).toBe(401);
    expect((await send(alone.port, FORGE[door]({}))).status).toBe(200);
  });
});

describe('a document of the admin with a bad token in its address', () => {
  const BAD: [string, string][] = [
    ['of another secret', jwt(staffClaims(), { secret: 'the-secret-of-somebody-else' })],
    ['of alg none', jwt(staffClaims(), { header: { alg: 'none' }, signature: () => '' })],
    ['that is over', jwt({ ...staffClaims(), exp: now() - 60 })],
    ['of another audience', jwt({ ...staffClaims(), aud: 'another-app' })],
    ['of another host', jwt({ ...staffClaims(), dest: 'https://evil.example.com' })],
    ['that is no token', MARKER],
  ];
  const document = (token: string): Spoil => ({
    signature: () => null,
    path: `${FORGE.admin({}).path}&id_token=${token}`,
  });

  it.each(BAD)('%s is sent to fetch another, and takes nothing along', async (_name, token) => {
    const before = await doors.rows();
    const reply = await send(doors.port, FORGE.admin(document(token)));
    expect([reply.status, reply.headers.location?.startsWith('/auth/session-token?')]).toEqual([302, true]);
    expect(leaks(reply)).toEqual([]);
    expect(reply.headers.location).not.toContain(token);
    expect(await doors.rows()).toBe(before);
  });

  it('of a customer is refused', async () => {
    const token = jwt({ ...customerClaims(), dest: `https://${SHOP}` });
    expect((await send(doors.port, FORGE.admin(document(token)))).status).toBe(401);
  });

  it('of staff is shown, whatever shop the address names', async () => {
    const path = `/app/probe?shop=${OTHER_SHOP}&host=${Buffer.from('admin.shopify.com/store/x').toString('base64url')}&embedded=1&id_token=${jwt(staffClaims())}`;
    const reply = await send(doors.port, FORGE.admin({ signature: () => null, path }));
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, { shop: SHOP }]);
  });
});
