import crypto from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonOf, readFlowAction } from './flow-action.server.ts';

const SECRETS = ['the-secret-in-use', 'the-secret-before-it'];
const run = {
  shop_id: 1,
  shopify_domain: 'corner-shop.myshopify.com',
  action_run_id: 'run-1',
  handle: 'review-tier',
  properties: { customer_id: '7' },
};
const read = (body: string | Buffer, secret = 'the-secret-in-use') => {
  const bytes = Buffer.from(body);
  return readFlowAction({ body: bytes, signature: crypto.createHmac('sha256', secret).update(bytes).digest('base64') }, SECRETS);
};

describe('a run of a Flow action', () => {
  it('is read by the secret in use and by the old one', () => {
    const action = { shop: 'corner-shop.myshopify.com', handle: 'review-tier', runId: 'run-1', customerId: 7n };
    expect(read(JSON.stringify(run))).toEqual({ kind: 'action', action });
    expect(read(JSON.stringify(run), 'the-secret-before-it')).toEqual({ kind: 'action', action });
  });

  it.each([['gid://shopify/Customer/9007199254740993'], ['9007199254740993']])('keeps every digit of the customer %s', (id) => {
    expect(read(JSON.stringify({ ...run, properties: { customer_id: id } }))).toMatchObject({
      action: { customerId: 9_007_199_254_740_993n },
    });
    expect(read(JSON.stringify(run).replace('"7"', '9007199254740993'))).toMatchObject({ action: { customerId: 9_007_199_254_740_993n } });
  });

  it('never throws, whatever was signed', () => {
    const refused = (body: string | Buffer): void => {
      expect(read(body).kind).toBe('refused');
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => refused(Buffer.from(bytes))));
    fc.assert(fc.property(fc.json(), (text) => refused(text)));
  });
});

it.each([
  ['{"a":1}', { a: 1 }],
  ['\uFEFF{"a":1}', undefined],
  ['{"a":1}\0', undefined],
  ['', undefined],
])('the bytes of %j are %j', (text, json) => {
  expect(jsonOf(Buffer.from(text))).toEqual(json);
});
