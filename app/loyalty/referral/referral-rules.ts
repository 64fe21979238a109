import { z } from 'zod';
import type { ReferralForm, ReferralTerms } from './referral.ts';

const minor = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(BigInt);
const points = z.int().min(0).max(1_000_000);

/** Terms as they are stored; money as digits. */
export const referralSchema = z.strictObject({
  friend: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('percent'), percent: z.int().min(1).max(100) }),
    z.strictObject({ kind: z.literal('amount'), amount: minor }),
  ]),
  referrerPoints: points,
  friendPoints: points,
  days: z.int().min(0).max(365),
  minimum: minor,
});

/** Terms for JSON, as `referralSchema` reads them. */
export function storedReferral({ friend, minimum, ...rest }: ReferralTerms): z.input<typeof referralSchema> {
  return { ...rest, friend: friend.kind === 'amount' ? { ...friend, amount: String(friend.amount) } : friend, minimum: String(minimum) };
}

const short = z.string().max(40);
const typed = z.strictObject({
  active: z.boolean(),
  kind: short,
  percent: short,
  amount: short,
  referrerPoints: short,
  friendPoints: short,
  days: short,
  minimum: short,
});

/** The form that a page sends as JSON; null where it is none. */
export function readReferralForm(json: string): ReferralForm | null {
  try {
    return typed.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}
