/**
 * What the app asks for. tests/architecture/operations.test.ts derives the scopes that the project's operations need
 * from Shopify's own schema and holds this list and shopify.app.toml to them.
 */
export const SCOPES = [
  'read_all_orders',
  'read_customers',
  'read_discounts',
  'read_inventory',
  'read_locations',
  'read_orders',
  'read_products',
  'read_store_credit_account_transactions',
  'write_customers',
  'write_discounts',
  'write_store_credit_account_transactions',
] as const;
