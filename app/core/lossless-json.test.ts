import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gidNumber, GidError, toGid } from './gid.ts';
import { parseLossless, stringifyLossless } from './lossless-json.ts';

describe('lossless JSON', () => {
  it('keeps every digit of an id past 2^53', () => {
    expect(parseLossless('{"id":820982911946154508,"n":12,"f":1.5,"list":[-9007199254740993]}')).toEqual({
      id: 820_982_911_946_154_508n,
      n: 12,
      f: 1.5,
      list: [-9_007_199_254_740_993n],
    });
  });

  it('agrees with JSON.parse but for the digits that it keeps', () => {
    const rounded = (value: unknown): unknown => JSON.parse(stringifyLossless(value));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(rounded(parseLossless(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('finds a long integer wherever it stands', () => {
    const padding = fc.string({ unit: fc.constantFrom('a', '1', ' ', ':', '"', ','), maxLength: 50 });
    fc.assert(
      fc.property(padding, fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.constantFrom('', ' ', '\n'), (pad, id, space) => {
        const text = `{"pad":${JSON.stringify(pad)},"id":${space}${id},"list":[${id}]}`;
        const held = Number.isSafeInteger(Number(id)) ? Number(id) : id;
        expect(parseLossless(text)).toEqual({ pad, id: held, list: [held] });
      }),
    );
  });

  it('writes what it reads', () => {
    const text = '{"id":820982911946154508,"text":"820982911946154508"}';
    expect(stringifyLossless(parseLossless(text))).toBe(text);
  });

  it('refuses what is no JSON', () => {
    expect(() => parseLossless('{"a":')).toThrow(SyntaxError);
  });
});

describe('gids', () => {
  it('give their number and check their type', () => {
    expect(gidNumber('gid://shopify/Order/820982911946154508', 'Order')).toBe(820_982_911_946_154_508n);
    expect(gidNumber('gid://shopify/InventoryLevel/1?inventory_item_id=2')).toBe(1n);
    expect(toGid('Customer', 5n)).toBe('gid://shopify/Customer/5');
  });

  it('of any length and type are read alike', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.constantFrom('Order', 'LineItem', 'Abc'), (id, type) => {
        expect(gidNumber(toGid(type, id), type)).toBe(id);
        expect(gidNumber(`${toGid(type, id)}?of=1`)).toBe(id);
        expect(() => gidNumber(toGid(type, id), `${type}x`)).toThrow(GidError);
        expect(() => gidNumber(toGid(`${type}x`, id), type)).toThrow(GidError);
      }),
    );
  });

  it.each(['', '5', 'gid://shopify/Order/', 'gid://other/Order/1', 'gid://shopify/Order/1x', 'gid://shopify/1', 'gid://shopify//1'])(
    'refuse %j',
    (text) => {
      expect(() => gidNumber(text)).toThrow(GidError);
    },
  );

  it('refuse another type', () => {
    expect(() => gidNumber('gid://shopify/Order/1', 'Customer')).toThrow(GidError);
  });
});
