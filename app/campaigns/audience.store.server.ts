import { SEGMENT_FROM } from '../audience/index.server.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { ShopTx } from '../platform/db.server.ts';
import type { CampaignForm, Problems, ShopMoney } from './campaign-form.ts';
import type { Audience, AudienceRule, RuleWords } from './campaign.ts';
import { consentRule } from './rules/consent.store.server.ts';
import { lapsedRule, recentRule } from './rules/last-order.store.server.ts';
import { occasionRule } from './rules/occasion.store.server.ts';
import type { Moment } from './rules/rule.store.server.ts';
import { segmentRule } from './rules/segment.store.server.ts';
import { spendRule } from './rules/spend.store.server.ts';
import { tierRule } from './rules/tier.store.server.ts';

/** The registry: a kind of rule is a file in rules/ and a line here. */
const RULES = [segmentRule, tierRule, recentRule, lapsedRule, spendRule, consentRule, occasionRule];
const BY_CODE = new Map(RULES.map((rule) => [rule.code, rule]));

const codeOf = (rule: unknown): unknown => (typeof rule === 'object' && rule !== null && 'code' in rule ? rule.code : null);

/** Rules joined by AND, each kind at most once; no rule means every customer. @returns null where a rule is none. */
export function parseAudience(rules: unknown): Audience | null {
  if (!Array.isArray(rules)) return null;
  const parsed = rules.map((rule: unknown): AudienceRule | null => {
    const code = codeOf(rule);
    return typeof code === 'string' ? (BY_CODE.get(code)?.parse(rule) ?? null) : null;
  });
  const audience = parsed.filter((rule) => rule !== null);
  return audience.length === rules.length && new Set(audience.map(codeOf)).size === rules.length ? audience : null;
}

/** The audience of a form, with message keys for fields that say nothing a rule can use. */
export function audienceOf(form: CampaignForm, shop: ShopMoney): { audience: Audience; problems: Problems } {
  const problems: Problems = {};
  const rules = RULES.map((rule) => rule.fromForm(form, { shop, problems }));
  return { audience: rules.filter((rule) => rule !== null), problems };
}

export function wordsOf(audience: Audience): RuleWords[] {
  return audience.map((rule) => BY_CODE.get(rule.code)?.wordsOf(rule) ?? { key: 'app.unknown' });
}

/** The customers `c` of an audience, as a statement's FROM and WHERE. */
export function audienceWhere(audience: Audience, moment: Moment): Prisma.Sql {
  const all = [
    Prisma.sql`c.shop_id = ${moment.shopId}`,
    Prisma.sql`c.deleted_at IS NULL AND c.redacted_at IS NULL`,
    // An unknown code cannot come this far; if it did, it must reach nobody rather than everybody.
    ...audience.map((rule) => BY_CODE.get(rule.code)?.whereOf(rule, moment) ?? Prisma.sql`false`),
  ];
  return Prisma.sql`${Prisma.raw(SEGMENT_FROM)} WHERE ${Prisma.join(all, ' AND ')}`;
}

export async function countAudience(tx: ShopTx, audience: Audience, moment: Moment): Promise<number> {
  const { text, values } = Prisma.sql`SELECT count(*)::int AS count ${audienceWhere(audience, moment)}`;
  const [row] = await tx.sql.rows<{ count: number }>({ text }, values);
  return row?.count ?? 0;
}

/** The next customers of an audience in id order. */
export async function audiencePage(
  tx: ShopTx,
  audience: Audience,
  page: { moment: Moment; after: bigint; limit: number },
): Promise<bigint[]> {
  const { moment, after, limit } = page;
  const { text, values } =
    Prisma.sql`SELECT c.id ${audienceWhere(audience, moment)} AND c.id > ${after}::bigint ORDER BY c.id LIMIT ${limit}`;
  return (await tx.sql.rows<{ id: bigint }>({ text }, values)).map((row) => row.id);
}
