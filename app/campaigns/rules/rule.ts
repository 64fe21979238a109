import type { z } from 'zod';

/** A value that a condition compares with; money and ids as texts in JSON. */
export type RuleSql = { sql: string; values: (string | number)[] };

/**
 * One condition on a customer. A new one is a file beside this and a line in registry.ts; `sql` speaks of the tables
 * r (customer_rollups), c (customers) and m (loyalty_members), with $n counted from `first`.
 */
export type AudienceRule<Args> = {
  readonly code: string;
  readonly schema: z.ZodType<Args>;
  readonly sql: (args: Args, context: { first: number; today: string }) => RuleSql;
  /** The same, for one customer in memory: what the SQL is tested against. */
  readonly holds: (args: Args, customer: AudienceCustomer, today: string) => boolean;
};

export type AudienceCustomer = {
  tierId: number | null;
  net: bigint;
  orders: number;
  /** Day of the last order, YYYY-MM-DD. */
  lastOrder: string | null;
  emailConsent: string | null;
};
