import { z } from 'zod';
import type { RewardForm } from './reward-form.ts';
import type { RewardTerms } from './reward.ts';

const minor = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(BigInt);

/** A reward's terms as they are stored; money as digits. */
export const termsSchema = z.strictObject({
  value: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['amount', 'credit']), amount: minor }),
    z.strictObject({ kind: z.literal('percent'), percent: z.int().min(1).max(100) }),
    z.strictObject({ kind: z.enum(['shipping', 'gift']) }),
    z.strictObject({ kind: z.literal('product'), productId: z.string().regex(/^\d{1,18}$/) }),
  ]),
  sliding: z.boolean(),
  minimum: minor.nullable(),
  codeDays: z.int().min(1).max(3_650).nullable(),
  givesBack: z.strictObject({ unused: z.boolean(), cancelled: z.boolean() }),
  mostEach: z.int().min(1).max(10_000).nullable(),
  combines: z.boolean(),
});

/** Terms for JSON, as `termsSchema` reads them. */
export function storedTerms({ value, minimum, ...rest }: RewardTerms): z.input<typeof termsSchema> {
  return {
    ...rest,
    value: 'amount' in value ? { kind: value.kind, amount: String(value.amount) } : value,
    minimum: minimum === null ? null : String(minimum),
  };
}

const short = z.string().max(40);
const typed = z.strictObject({
  title: z.string().max(200),
  points: short,
  kind: short,
  amount: short,
  percent: short,
  productId: short,
  minimum: short,
  codeDays: short,
  mostEach: short,
  sliding: z.boolean(),
  unused: z.boolean(),
  cancelled: z.boolean(),
  combines: z.boolean(),
});

/** The form that a page sends as JSON; null where it is none. */
export function readRewardForm(json: string): RewardForm | null {
  try {
    return typed.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}
