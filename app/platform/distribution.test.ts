import { expect, it } from 'vitest';
import { distributionPlan } from './distribution.ts';

const table = (name: string, columns: string[], already = false) => ({ name, columns, already });
const TABLES = [
  table('_prisma_migrations', ['id']),
  table('customers', ['shop_id', 'id']),
  table('orders', ['shop_id', 'id']),
  table('sessions', ['shop_domain', 'id']),
  table('shops', ['id', 'domain']),
];

it('places every table by its shop, all together, the list of shops everywhere and sessions by domain', () => {
  expect(distributionPlan(TABLES)).toEqual([
    'SET citus.enable_unsafe_triggers = on',
    `SELECT create_distributed_table('customers', 'shop_id', colocate_with => 'none')`,
    `SELECT create_distributed_table('orders', 'shop_id', colocate_with => 'customers')`,
    `SELECT create_distributed_table('sessions', 'shop_domain', colocate_with => 'none')`,
    `SELECT create_reference_table('shops')`,
  ]);
});

it('goes on where it stopped, beside what is placed', () => {
  const half = TABLES.map((one) => ({ ...one, already: one.name === 'orders' || one.name === 'shops' }));
  expect(distributionPlan(half)).toEqual([
    'SET citus.enable_unsafe_triggers = on',
    `SELECT create_distributed_table('customers', 'shop_id', colocate_with => 'orders')`,
    `SELECT create_distributed_table('sessions', 'shop_domain', colocate_with => 'none')`,
  ]);
  expect(distributionPlan(TABLES.map((one) => ({ ...one, already: true })))).toEqual([]);
});

it('refuses a table that belongs to no shop', () => {
  expect(() => distributionPlan([table('strays', ['id'])])).toThrow('strays');
});
