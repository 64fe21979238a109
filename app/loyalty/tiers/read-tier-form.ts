import { z } from 'zod';
import type { TierForm } from './tier-form.ts';

const short = z.string().max(60);
const typed = z.strictObject({
  basis: short,
  window: short,
  months: short,
  graceDays: short,
  fall: short,
  tags: z.boolean(),
  flow: z.boolean(),
  tiers: z
    .array(
      z.strictObject({
        id: short,
        name: short,
        threshold: short,
        invited: z.boolean(),
        times: short,
        discountPercent: short,
        earlyTag: short,
        birthdayPoints: short,
        freeShipping: z.boolean(),
      }),
    )
    .max(20),
});

/** The form that a page sends as JSON; null where it is none. */
export function readTierForm(json: string): TierForm | null {
  try {
    return typed.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}
