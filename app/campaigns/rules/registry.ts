import { z } from 'zod';
import { addDays, parseDay } from '../../core/calendar.ts';
import type { AudienceCustomer, AudienceRule, RuleSql } from './rule.ts';

const tier: AudienceRule<{ tierId: number }> = {
  code: 'tier',
  schema: z.object({ tierId: z.int().positive() }),
  sql: ({ tierId }, { first }) => ({ sql: `m.tier_id = $${first}::int`, values: [tierId] }),
  holds: ({ tierId }, customer) => customer.tierId === tierId,
};

const minor = z.string().regex(/^\d{1,15}$/);

/** Net spend of all time at least so much, minor units. */
const spend: AudienceRule<{ atLeast: string }> = {
  code: 'spend',
  schema: z.object({ atLeast: minor }),
  sql: ({ atLeast }, { first }) => ({ sql: `r.net >= $${first}::bigint`, values: [atLeast] }),
  holds: ({ atLeast }, customer) => customer.net >= BigInt(atLeast),
};

/** The last order lies at least so many days back. */
const quietFor: AudienceRule<{ days: number }> = {
  code: 'quietFor',
  schema: z.object({ days: z.int().min(1).max(3_650) }),
  sql: ({ days }, { first, today }) => ({ sql: `r.last_order_at < $${first}::date`, values: [addDays(parseDay(today), 1 - days)] }),
  holds: ({ days }, customer, today) => customer.lastOrder !== null && customer.lastOrder < addDays(parseDay(today), 1 - days),
};

/** The last order lies at most so many days back. */
const activeWithin: AudienceRule<{ days: number }> = {
  code: 'activeWithin',
  schema: z.object({ days: z.int().min(1).max(3_650) }),
  sql: ({ days }, { first, today }) => ({ sql: `r.last_order_at >= $${first}::date`, values: [addDays(parseDay(today), -days)] }),
  holds: ({ days }, customer, today) => customer.lastOrder !== null && customer.lastOrder >= addDays(parseDay(today), -days),
};

const ordersAtLeast: AudienceRule<{ count: number }> = {
  code: 'ordersAtLeast',
  schema: z.object({ count: z.int().min(1).max(100_000) }),
  sql: ({ count }, { first }) => ({ sql: `r.orders >= $${first}::int`, values: [count] }),
  holds: ({ count }, customer) => customer.orders >= count,
};

/** Has agreed to marketing by e-mail. */
const consent: AudienceRule<Record<string, never>> = {
  code: 'consent',
  schema: z.object({}),
  sql: () => ({ sql: `c.email_consent = 'subscribed'`, values: [] }),
  holds: (_args, customer) => customer.emailConsent === 'subscribed',
};

/** A rule whose arguments are known to fit its schema no more than that they are something. */
type AnyRule = {
  code: string;
  parse: (args: unknown) => boolean;
  sql: (args: unknown, context: { first: number; today: string }) => RuleSql;
  holds: (args: unknown, customer: AudienceCustomer, today: string) => boolean;
};

function erase<Args>(rule: AudienceRule<Args>): AnyRule {
  return {
    code: rule.code,
    parse: (args) => rule.schema.safeParse(args).success,
    sql: (args, context) => rule.sql(rule.schema.parse(args), context),
    holds: (args, customer, today) => rule.holds(rule.schema.parse(args), customer, today),
  };
}

/** All conditions, by code. */
export const RULES: ReadonlyMap<string, AnyRule> = new Map(
  [erase(tier), erase(spend), erase(quietFor), erase(activeWithin), erase(ordersAtLeast), erase(consent)].map((rule) => [rule.code, rule]),
);

/** Conditions that must all hold; none of them: every customer. */
export const audience = z
  .array(
    z
      .object({ code: z.string(), args: z.unknown() })
      .refine(({ code, args }) => RULES.get(code)?.parse(args) ?? false, { error: 'unknown condition, or wrong values' }),
  )
  .max(10);
export type Audience = z.infer<typeof audience>;

/** The conditions as one WHERE, its values from $first on. */
export function audienceSql(conditions: Audience, context: { first: number; today: string }): RuleSql {
  const parts: string[] = [];
  const values: (string | number)[] = [];
  for (const { code, args } of conditions) {
    const rule = RULES.get(code);
    if (!rule) continue;
    const part = rule.sql(args, { first: context.first + values.length, today: context.today });
    parts.push(part.sql);
    values.push(...part.values);
  }
  return { sql: parts.length === 0 ? 'true' : parts.join(' AND '), values };
}

export function inAudience(conditions: Audience, customer: AudienceCustomer, today: string): boolean {
  return conditions.every(({ code, args }) => RULES.get(code)?.holds(args, customer, today) ?? false);
}
