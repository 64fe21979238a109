import type { Delivery, OrderVersion } from './plan-load.ts';

/** What the record must hold of one thing, by the deliveries that are in the inbox; as texts and numbers that compare. */
export type Expected = { table: 'orders' | 'customers' | 'products' | 'inventory_levels'; shop: string; id: number; row: object };

const EPOCH = 0;
type Versioned = { updatedAt: number; triggeredAt: number };

const isNewer = (a: Versioned, b: Versioned | null): boolean =>
  b === null || a.updatedAt > b.updatedAt || (a.updatedAt === b.updatedAt && a.triggeredAt > b.triggeredAt);

type Held = {
  order: OrderVersion | null;
  refunds: Map<number, number>;
  mark: (Versioned & { mark: string }) | null;
  level: { updatedAt: number; available: number } | null;
  deleted: boolean;
};

/** The state that the newest delivery of each thing says; deletion is final, refunds add up. */
export function expectedRecord(deliveries: readonly Delivery[]): Expected[] {
  const held = new Map<string, { table: Expected['table']; shop: string; id: number; held: Held }>();
  const of = (delivery: Delivery, table: Expected['table']): Held => {
    const key = `${table}/${delivery.shop}/${delivery.says.id}`;
    const entry = held.get(key) ?? {
      table,
      shop: delivery.shop,
      id: delivery.says.id,
      held: { order: null, refunds: new Map<number, number>(), mark: null, level: null, deleted: false },
    };
    held.set(key, entry);
    return entry.held;
  };
  for (const delivery of deliveries) hear(delivery, (table) => of(delivery, table));
  return [...held.values()].flatMap((entry) => {
    const row = rowOf(entry.table, entry.held);
    return row ? [{ table: entry.table, shop: entry.shop, id: entry.id, row }] : [];
  });
}

function hear({ says }: Delivery, of: (table: Expected['table']) => Held): void {
  switch (says.of) {
    case 'order': {
      const order = of('orders');
      if (isNewer(says.version, order.order)) order.order = says.version;
      for (const refund of says.refunds) order.refunds.set(refund.id, refund.amount);
      return;
    }
    case 'refund':
      of('orders').refunds.set(says.refund.id, says.refund.amount);
      return;
    case 'order-deleted':
      of('orders').deleted = true;
      return;
    case 'customer-deleted':
      of('customers').deleted = true;
      return;
    case 'customer':
    case 'product': {
      const thing = of(says.of === 'customer' ? 'customers' : 'products');
      if (isNewer(says, thing.mark)) thing.mark = says;
      return;
    }
    case 'level': {
      const thing = of('inventory_levels');
      if (thing.level === null || says.updatedAt > thing.level.updatedAt) thing.level = says;
    }
  }
}

function rowOf(table: Expected['table'], held: Held): object | null {
  if (table === 'inventory_levels') return { updatedAt: held.level?.updatedAt, available: held.level?.available };
  if (table !== 'orders') return { updatedAt: held.mark?.updatedAt ?? EPOCH, mark: held.mark?.mark ?? '', deleted: held.deleted };
  // Of an order that only children are known of there is no row yet.
  if (held.order === null && !held.deleted) return null;
  return {
    updatedAt: held.order?.updatedAt ?? EPOCH,
    total: held.order?.total ?? 0,
    units: held.order?.units ?? 0,
    status: held.order?.status ?? null,
    cancelledAt: held.order?.cancelledAt ?? null,
    deleted: held.deleted,
    refunds: held.refunds.size,
    refunded: [...held.refunds.values()].reduce((sum, amount) => sum + amount, 0),
  };
}
