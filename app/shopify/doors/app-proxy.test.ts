import crypto from 'node:crypto';
import '@shopify/shopify-api/adapters/node';
import { ApiVersion, shopifyApi } from '@shopify/shopify-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProxyVisit } from './app-proxy.server.ts';

const SECRET = 'a-secret-of-some-length';
const NOW = new Date('2026-11-20T12:00:00Z');
const good = {
  shop: 'corner-shop.myshopify.com',
  path_prefix: '/apps/storebook',
  timestamp: String(NOW.getTime() / 1_000),
  logged_in_customer_id: '5',
  lang: 'zh-CN',
};
const sign = (params: Record<string, string>, secret = SECRET): string => {
  const bytes = Object.entries(params)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join('');
  return crypto.createHmac('sha256', secret).update(bytes).digest('hex');
};
const query = (params: Record<string, string>, signature = sign(params)): string =>
  `?${new URLSearchParams({ ...params, signature }).toString()}`;
const read = (text: string, now = NOW) => readProxyVisit(text, { secrets: [SECRET, 'the-secret-before-it'], now });

describe('a visit through the app proxy', () => {
  it('is read, in whatever order its parameters stand, by the secret in use and by the old one', () => {
    const visit = { kind: 'visit', shop: good.shop, customerId: 5n, lang: 'zh-CN' };
    expect(read(query(good))).toEqual(visit);
    expect(read(query(Object.fromEntries(Object.entries(good).toReversed())))).toEqual(visit);
    expect(read(query(good, sign(good, 'the-secret-before-it')))).toEqual(visit);
  });

  it('is signed as Shopify’s own library checks it', async () => {
    const { utils } = shopifyApi({
      apiKey: 'a',
      apiSecretKey: SECRET,
      apiVersion: ApiVersion.July26,
      hostName: 'a.example.com',
      isEmbeddedApp: true,
    });
    const now = new Date();
    const params = { ...good, timestamp: String(Math.floor(now.getTime() / 1_000)) };
    for (const signature of [sign(params), sign(params, 'another')]) {
      const text = query(params, signature);
      const theirs = await utils.validateHmac(new URLSearchParams(text), { signator: 'appProxy' });
      expect([theirs, read(text, now).kind === 'visit']).toEqual([signature === sign(params), signature === sign(params)]);
    }
  });

  it.each([
    [-90, 'visit'],
    [90, 'visit'],
    [-91, 'refused'],
    [91, 'refused'],
  ])('of %i s from now is %s', (away, kind) => {
    expect(read(query(good), new Date(NOW.getTime() + away * 1_000)).kind).toBe(kind);
  });

  it('is refused when any symbol of its signature is another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 63 }), fc.constantFrom(...'0123456789abcdefABCDEF '.split('')), (at, symbol) => {
        const signature = sign(good);
        fc.pre(signature[at] !== symbol);
        expect(read(query(good, signature.slice(0, at) + symbol + signature.slice(at + 1)))).toEqual({
          kind: 'refused',
          reason: 'bad-signature',
        });
      }),
    );
  });

  it('is read in one way only: no other bounds between the same signed symbols are let in', () => {
    const bytes = Object.entries(good)
      .map(([name, value]) => `${name}=${value}`)
      .toSorted()
      .join('');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { minLength: 0, maxLength: 6 }), (cuts) => {
        const ends = [...new Set(cuts)].toSorted((a, b) => a - b);
        const pieces = [0, ...ends].map((from, index) => bytes.slice(from, ends[index] ?? bytes.length));
        const pairs = pieces.map((piece): [string, string] => [piece.split('=')[0] ?? '', piece.split('=').slice(1).join('=')]);
        const visit = read(`?${new URLSearchParams([...pairs, ['signature', sign(good)]]).toString()}`);
        expect(visit.kind === 'refused' || (visit.shop === good.shop && visit.customerId === 5n)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, whatever stands in the address', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(read(`?${text}&signature=x`).kind).toBe('refused');
      }),
    );
  });
});
