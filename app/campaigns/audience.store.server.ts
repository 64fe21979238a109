import { addDays, startOfDay, dayOf } from '../core/calendar.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { ShopTx } from '../platform/db.server.ts';
import type { Audience, AudienceRule } from './campaign.ts';

/** Where and when an audience is asked for. */
export type Moment = { shopId: number; timezone: string; now: Date };

type RuleOf<Code extends AudienceRule['code']> = Extract<AudienceRule, { code: Code }>;

/** Whole days back in the shop's zone: 30 means since the start of the day 30 days ago. */
function daysAgo(moment: Moment, days: number): Date {
  return startOfDay(addDays(dayOf(moment.now, moment.timezone), -days), moment.timezone);
}

/** The registry: what each kind of rule asks of a customer (c), their rollup (r) and their membership (m). */
const CONDITIONS: { readonly [Code in AudienceRule['code']]: (rule: RuleOf<Code>, moment: Moment) => Prisma.Sql } = {
  tier: ({ tierIds }) => Prisma.sql`m.tier_id = ANY(${tierIds}::int[])`,
  recent: ({ days }, moment) => Prisma.sql`r.last_order_at >= ${daysAgo(moment, days)}`,
  lapsed: ({ days }, moment) => Prisma.sql`r.last_order_at < ${daysAgo(moment, days)}`,
  spend: ({ least, most }) =>
    Prisma.sql`(${least}::bigint IS NULL OR COALESCE(r.net, 0) >= ${least}::bigint) AND (${most}::bigint IS NULL OR COALESCE(r.net, 0) <= ${most}::bigint)`,
  consent: () => Prisma.sql`c.email_consent = 'subscribed'`,
};

function conditionOf(rule: AudienceRule, moment: Moment): Prisma.Sql {
  switch (rule.code) {
    case 'tier':
      return CONDITIONS.tier(rule, moment);
    case 'recent':
      return CONDITIONS.recent(rule, moment);
    case 'lapsed':
      return CONDITIONS.lapsed(rule, moment);
    case 'spend':
      return CONDITIONS.spend(rule, moment);
    case 'consent':
      return CONDITIONS.consent(rule, moment);
  }
}

function fromWhere(audience: Audience, moment: Moment): Prisma.Sql {
  const all = [
    Prisma.sql`c.shop_id = ${moment.shopId}`,
    Prisma.sql`c.deleted_at IS NULL AND c.redacted_at IS NULL`,
    ...audience.map((rule) => conditionOf(rule, moment)),
  ];
  return Prisma.sql`FROM customers c
    LEFT JOIN customer_rollups r ON r.shop_id = c.shop_id AND r.customer_id = c.id
    LEFT JOIN loyalty_members m ON m.shop_id = c.shop_id AND m.customer_id = c.id
    WHERE ${Prisma.join(all, ' AND ')}`;
}

export async function countAudience(tx: ShopTx, audience: Audience, moment: Moment): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count ${fromWhere(audience, moment)}`;
  return row?.count ?? 0;
}

/** The next customers of an audience in id order. */
export async function audiencePage(
  tx: ShopTx,
  audience: Audience,
  page: { moment: Moment; after: bigint; limit: number },
): Promise<bigint[]> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT c.id ${fromWhere(audience, page.moment)} AND c.id > ${page.after} ORDER BY c.id LIMIT ${page.limit}`;
  return rows.map((row) => row.id);
}
