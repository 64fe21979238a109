import crypto from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bearerToken, customerOf, isStaff, readSessionToken } from './session-token.server.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const at = NOW.getTime() / 1_000;
const known = { secrets: ['the-secret-in-use', 'the-secret-before-it'], apiKey: 'this-app', now: NOW };
const claims = {
  iss: 'https://corner-shop.myshopify.com/admin',
  dest: 'https://corner-shop.myshopify.com',
  aud: 'this-app',
  sub: '42',
  exp: at + 60,
  nbf: at - 1,
  iat: at - 1,
};
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (payload: unknown, secret = 'the-secret-in-use'): string => {
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(payload)}`;
  return `${signed}.${crypto.createHmac('sha256', secret).update(signed).digest('base64url')}`;
};

describe('a session token', () => {
  it('is read by the secret in use and by the old one, and says by which', async () => {
    const read = { shop: 'corner-shop.myshopify.com', issuer: claims.iss, subject: '42' };
    expect(await readSessionToken(token(claims), known)).toEqual({ ...read, secret: 0 });
    expect(await readSessionToken(token(claims, 'the-secret-before-it'), known)).toEqual({ ...read, secret: 1 });
    expect(await readSessionToken(token({ ...claims, dest: 'corner-shop.myshopify.com' }), known)).toEqual({ ...read, secret: 0 });
  });

  it.each([
    [-9, true],
    [-11, false],
    [69, true],
    [71, false],
  ])('of which the beginning or end is near: %i s later', async (later, holds) => {
    const narrow = { ...claims, nbf: at, iat: at, exp: at + 60 };
    expect((await readSessionToken(token(narrow), { ...known, now: new Date(NOW.getTime() + later * 1_000) })) !== null).toBe(holds);
  });

  it('is refused when any symbol of it is another', async () => {
    const text = token(claims);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: text.length - 1 }), fc.constantFrom(...'AZaz09-_.='.split('')), async (place, symbol) => {
        fc.pre(text[place] !== symbol);
        const changed = text.slice(0, place) + symbol + text.slice(place + 1);
        // The last symbol of 32 bytes in base64url has two bits that say nothing.
        fc.pre(place !== text.length - 1);
        expect(await readSessionToken(changed, known)).toBeNull();
      }),
    );
  });

  it.each([
    [null],
    ['x'],
    [[]],
    [{ ...claims, aud: ['this-app'] }],
    [{ ...claims, exp: Infinity }],
    [{ ...claims, dest: 5 }],
    [{ ...claims, nbf: null }],
  ])('with the claims %j is none', async (payload) => {
    expect(await readSessionToken(token(payload), known)).toBeNull();
  });
});

describe('whose token it is', () => {
  const read = { shop: 'corner-shop.myshopify.com', issuer: null, subject: null, secret: 0 };
  const staff = { ...read, issuer: 'https://corner-shop.myshopify.com/admin', subject: '42' };
  const customer = { ...read, subject: 'gid://shopify/Customer/7' };

  it('staff’s and a customer’s are never taken for each other', () => {
    expect([
      isStaff(staff),
      isStaff(customer),
      isStaff({ ...staff, subject: customer.subject }),
      isStaff({ ...customer, subject: '7' }),
    ]).toEqual([true, false, false, false]);
    expect([customerOf(customer), customerOf(staff), customerOf({ ...staff, subject: customer.subject })]).toEqual([
      { kind: 'customer', id: 7n },
      { kind: 'somebody-else' },
      { kind: 'somebody-else' },
    ]);
  });

  it.each([
    [null, 'guest'],
    ['', 'somebody-else'],
    ['7', 'somebody-else'],
    ['gid://shopify/Order/7', 'somebody-else'],
    ['gid://shopify/Customer/', 'somebody-else'],
    ['gid://shopify/Customer/7 OR 1', 'somebody-else'],
    ['gid://shopify/Customer/9223372036854775808', 'somebody-else'],
  ])('the subject %j is %s', (subject, kind) => {
    expect(customerOf({ ...read, subject }).kind).toBe(kind);
  });
});

it.each([
  ['Bearer a.b.c', 'a.b.c'],
  ['bearer a.b.c', null],
  ['Bearer  a.b.c', null],
  ['Bearer a.b.c d', null],
  ['Basic a.b.c', null],
  ['', null],
])('the header %j bears %j', (header, bearer) => {
  expect(bearerToken(header)).toBe(bearer);
});
