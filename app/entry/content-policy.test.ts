import { expect, it } from 'vitest';
import { contentPolicy, namedShop, newNonce } from './content-policy.server.ts';

const REAL = { NODE_ENV: 'production', SANDBOX_URL: undefined, APP_BRIDGE_URL: undefined } as const;
const SHOP = 'corner-shop.myshopify.com';
const directive = (policy: string, name: string): string => new RegExp(`(?:^|; )${name} ([^;]*)`).exec(policy)?.[1] ?? '';

it('lets the shop’s admin alone frame a page, and nobody where no shop is known', () => {
  const policy = contentPolicy(REAL, { shop: SHOP, nonce: 'n' });
  expect(directive(policy, 'frame-ancestors')).toBe(`https://${SHOP} https://admin.shopify.com`);
  expect(directive(contentPolicy(REAL, { shop: null, nonce: 'n' }), 'frame-ancestors')).toBe("'none'");
});

it('runs own files, the nonce and App Bridge, and nothing that stands in a page', () => {
  const policy = contentPolicy(REAL, { shop: SHOP, nonce: 'abc' });
  expect(directive(policy, 'script-src')).toBe("'self' 'nonce-abc' https://cdn.shopify.com/shopifycloud/");
  expect(policy.replace(/style-src [^;]*/, '')).not.toMatch(/unsafe|\*[^.]|data:.*script|ws:/);
  for (const name of ['object-src', 'base-uri']) expect(directive(policy, name)).toBe("'none'");
  expect(directive(policy, 'form-action')).toBe("'self'");
});

it('takes the sandbox’s origin for the admin and for App Bridge', () => {
  const policy = contentPolicy({ ...REAL, SANDBOX_URL: 'http://127.0.0.1:4000/x' }, { shop: SHOP, nonce: 'n' });
  expect(directive(policy, 'frame-ancestors')).toBe('http://127.0.0.1:4000');
  expect(directive(policy, 'script-src')).toBe("'self' 'nonce-n' http://127.0.0.1:4000");
});

it.each([
  [`?shop=${SHOP}`, SHOP],
  ['', null],
  ['?shop=evil.example.com', null],
  [`?shop=${SHOP}.example.com`, null],
  ['?shop=a.myshopify.com%3B%20script-src%20*', null],
  ['?shop=*.myshopify.com', null],
])('the address %s names the shop %s', (query, shop) => {
  expect(namedShop(new Request(`https://app.example.com/app${query}`))).toBe(shop);
});

it('a nonce is of 128 bits and never the same', () => {
  const nonces = Array.from({ length: 1_000 }, newNonce);
  expect(new Set(nonces).size).toBe(1_000);
  expect(nonces.every((nonce) => Buffer.from(nonce, 'base64').length === 16)).toBe(true);
});
