import { expect, it } from 'vitest';
import { discountValue, fulfilmentStatus, shipmentStatus } from './store-words.ts';

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
