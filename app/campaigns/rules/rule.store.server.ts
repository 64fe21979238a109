import type { z } from 'zod';
import type { Prisma } from '../../generated/prisma/client.ts';
import { amountOf } from '../../core/money.ts';
import type { CampaignForm, Problems, ShopMoney } from '../campaign-form.ts';
import type { AudienceRule, RuleWords } from '../campaign.ts';

/** Where and when an audience is asked for. */
export type Moment = { readonly shopId: number; readonly timezone: string; readonly currency: string; readonly now: Date };

/** A kind of audience rule: its shape, how the form asks for it, and what it asks of a customer. */
export type RuleKind<Rule extends AudienceRule> = {
  readonly code: Rule['code'];
  readonly schema: z.ZodType<Rule>;
  /** The rule that a form asks for, null where its fields are empty; puts message keys by field into `problems`. */
  fromForm(form: CampaignForm, context: { shop: ShopMoney; problems: Problems }): Rule | null;
  words(rule: Rule): RuleWords;
  /** The condition on a customer (c), their rollup (r; absent for those who never ordered) and their membership (m). */
  where(rule: Rule, moment: Moment): Prisma.Sql;
};

/** A kind as the registry holds it, next to kinds of other shapes. */
export type RegisteredRule = Pick<RuleKind<AudienceRule>, 'code' | 'fromForm'> & {
  /** The rule in its checked shape; null where it has another. */
  parse(rule: unknown): AudienceRule | null;
  whereOf(rule: AudienceRule, moment: Moment): Prisma.Sql;
  wordsOf(rule: AudienceRule): RuleWords;
};

export function ruleKind<Rule extends AudienceRule>(kind: RuleKind<Rule>): RegisteredRule {
  return {
    code: kind.code,
    fromForm: (form, context) => kind.fromForm(form, context),
    parse: (rule) => kind.schema.safeParse(rule).data ?? null,
    wordsOf: (rule) => kind.words(kind.schema.parse(rule)),
    whereOf: (rule, moment) => kind.where(kind.schema.parse(rule), moment),
  };
}

/** An optional amount of the form as minor units in text. */
export function amountField(
  form: CampaignForm,
  field: 'least' | 'most',
  { shop, problems }: { shop: ShopMoney; problems: Problems },
): string | null {
  if (form[field].trim() === '') return null;
  const amount = amountOf(form[field], shop.currency);
  if (amount === null) problems[field] = 'campaigns.error.money';
  return amount === null ? null : String(amount);
}
