import { expect, it } from 'vitest';
import { birthDay, discountValue, fulfilmentStatus, shipmentStatus } from './store-words.ts';

it('gives a discount the same value whichever way it came', () => {
  expect([discountValue('10.0', 'percentage', 'GBP'), discountValue(10, 'percentage', 'GBP')]).toEqual(['10', '10']);
  expect([discountValue('5.0', 'fixed_amount', 'GBP'), discountValue('5', 'fixed_amount', 'GBP')]).toEqual(['5.00', '5.00']);
  expect(discountValue('500.0', 'fixed_amount', 'JPY')).toBe('500');
  expect([discountValue(null, null, 'GBP'), discountValue('', 'percentage', 'GBP'), discountValue('12.5', 'percentage', 'GBP')]).toEqual([
    null,
    null,
    '12.5',
  ]);
});

it('keeps the words that REST knows', () => {
  expect(['IN_TRANSIT', 'DELIVERED', 'FULFILLED', 'MARKED_AS_FULFILLED', null].map(shipmentStatus)).toEqual([
    'in_transit',
    'delivered',
    null,
    null,
    null,
  ]);
  expect(['UNFULFILLED', 'PARTIALLY_FULFILLED', 'FULFILLED', 'ON_HOLD', null].map(fulfilmentStatus)).toEqual([
    null,
    'partial',
    'fulfilled',
    null,
    null,
  ]);
});

it('keeps month and day of a birthday', () => {
  expect(['1990-12-31', '1992-02-29', '2001-01-05'].map(birthDay)).toEqual([1_231, 229, 105]);
  expect([null, '', 'spring', '1990-13-01', '1990-02-30', '1990-00-10', '1990-1-1', '1990-01-01T00:00:00Z'].map(birthDay)).toEqual(
    Array.from({ length: 8 }, () => null),
  );
});
