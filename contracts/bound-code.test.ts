import crypto from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bearerOf, boundCode, CODE_SYMBOLS } from './bound-code.ts';
import { hmacSha256 } from './hmac-sha256.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const free = fc.array(fc.constantFrom(...CODE_SYMBOLS.split('')), { minLength: 7, maxLength: 7 }).map((symbols) => symbols.join(''));
const id = fc.bigInt({ min: 1n, max: 10n ** 18n }).map(String);

it('the hash is that of node', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.string({ unit: 'grapheme-ascii', maxLength: 200 }), (bytes, text) => {
      expect(Buffer.from(hmacSha256([...bytes])(text)).toString('hex')).toBe(crypto.createHmac('sha256', bytes).update(text).digest('hex'));
    }),
  );
});

describe('a bound code', () => {
  it('is its holder’s, however it is typed, and nobody else’s', () => {
    fc.assert(
      fc.property(key, free, id, id, (secret, symbols, customerId, other) => {
        fc.pre(customerId !== other);
        const code = boundCode(symbols, { customerId, key: secret, word: 'TEA' });
        const typed = ` ${code.toLowerCase()} `;
        expect(bearerOf(secret, customerId)(typed)).toBe('holder');
        expect(bearerOf(secret, other)(typed)).toBe('somebody-else');
        expect(bearerOf(secret, null)(typed)).toBe('somebody-else');
      }),
    );
  });

  it('is no code of another shop, and with any seal changed not this one’s', () => {
    fc.assert(
      fc.property(key, key, free, id, (secret, another, symbols, customerId) => {
        fc.pre(secret !== another);
        const code = boundCode(symbols, { customerId, key: secret });
        expect(bearerOf(another, customerId)(code)).toBe('unbound');
        const last = code.at(-1) === '2' ? '3' : '2';
        expect(bearerOf(secret, customerId)(code.slice(0, -1) + last)).toBe('somebody-else');
        const seal = code[9] === '2' ? '3' : '2';
        expect(bearerOf(secret, customerId)(code.slice(0, 9) + seal + code.slice(10))).toBe('unbound');
      }),
    );
  });

  it.each(['WELCOME10', '', '7KQ2M-9XWAB-HT4RD', '7KQ2M9XWABHT4RD', 'TEA-7KQ2M-9XWAB', '20% off'])('%j is none', (code) => {
    expect(bearerOf('ab'.repeat(32), '7')(code)).toBe('unbound');
  });

  it('takes seven symbols of codes', () => {
    expect(() => boundCode('7KQ2M9', { customerId: '7', key: 'ab'.repeat(32) })).toThrow(RangeError);
    expect(() => boundCode('7KQ2M9O', { customerId: '7', key: 'ab'.repeat(32) })).toThrow(RangeError);
  });
});
