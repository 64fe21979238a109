import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTinyStore } from '../../tests/support/tiny-store.ts';
import { listAt, nodeAt, text } from './node.ts';

let tiny: ReturnType<typeof openTinyStore>;
beforeEach(() => {
  tiny = openTinyStore();
});
afterEach(() => tiny.close());

const orderOf = (name: string) => {
  const entry = tiny.store.orderEntries().find((one) => one.name === name);
  const group = entry && tiny.store.order(entry.id);
  if (!group) throw new Error(`no order ${name}`);
  return group;
};

describe('a store from its folder', () => {
  it('holds what the folder says', () => {
    const { store } = tiny;
    expect(store.domain).toBe('tiny-store.myshopify.com');
    expect([store.locations.size, store.products.size, store.variants.size, store.customers.size, store.levels.size]).toEqual([
      2, 10, 10, 20, 20,
    ]);
    expect(store.orderEntries()).toHaveLength(40);
  });

  it('reads each order with its own children and no other', () => {
    for (const entry of tiny.store.orderEntries()) {
      const group = tiny.store.order(entry.id);
      expect(group?.order['id']).toBe(entry.id);
      expect(group?.lines.length).toBeGreaterThan(0);
      for (const child of [...(group?.lines ?? []), ...(group?.agreements ?? []), ...(group?.applications ?? [])])
        expect(child['__parentId']).toBe(entry.id);
      const agreements = group?.agreements.map((agreement) => agreement['id']);
      for (const sale of group?.sales ?? []) expect(agreements).toContain(sale['__parentId']);
    }
  });

  it('knows one of every kind', () => {
    expect(nodeAt(orderOf('#T1005').order, 'customer')).toBeUndefined();
    expect(orderOf('#T1008').lines.some((line) => line['product'] === null && line['sku'] === null)).toBe(true);
    expect(orderOf('#T1011').order['test']).toBe(true);
    expect(text(orderOf('#T1014').order, 'cancelledAt')).not.toBe('');
    expect(orderOf('#T1017').agreements.map((agreement) => agreement['__typename'])).toEqual(['OrderAgreement', 'OrderEditAgreement']);
    expect(listAt(orderOf('#T1020').order, 'refunds')).toHaveLength(1);
    expect(orderOf('#T1026').order['presentmentCurrencyCode']).toBe('EUR');
    expect(orderOf('#T1032').applications.map((application) => application['code'])).toEqual(['WELCOME10']);
  });

  it('goes on after a restart where it was, and never gives an id twice', () => {
    const { store } = tiny;
    const { order } = orderOf('#T1001');
    const given = new Set(Array.from({ length: 250 }, () => store.nextId()));
    const group = orderOf('#T1001');
    store.put({ t: 'order', v: { ...group, order: { ...order, tags: ['changed'] } } });
    store.put({
      t: 'level',
      v: {
        inventoryItemId: [...store.variantOfItem.keys()][0] ?? '',
        locationId: [...store.locations.keys()][0] ?? '',
        available: -3,
        updatedAt: '2026-11-23T00:00:00Z',
      },
    });
    store.put({ t: 'gone', v: orderOf('#T1002').order['id'] as string });
    const again = tiny.again();
    expect(again.order(text(order, 'id'))?.order['tags']).toEqual(['changed']);
    expect(again.orderEntries()).toHaveLength(39);
    expect(again.levels.get(`${[...again.variantOfItem.keys()][0]}/${[...again.locations.keys()][0]}`)?.available).toBe(-3);
    for (let time = 0; time < 250; time += 1) {
      const id = again.nextId();
      expect(given.has(id)).toBe(false);
      given.add(id);
    }
  });
});
