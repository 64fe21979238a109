import { z } from 'zod';

const days = z.int().min(1).max(365);

/** What sets a standing campaign off. To add one: a member here, its query in `due.store.server.ts`, its words in app/i18n/standing.ts. */
export const triggerSchema = z.discriminatedUnion('kind', [
  /** A new customer who has not ordered. */
  z.strictObject({ kind: z.literal('welcome') }),
  /** The first order. */
  z.strictObject({ kind: z.literal('first-purchase') }),
  /** So many days past the order that the model expected of this customer. */
  z.strictObject({ kind: z.literal('win-back'), days }),
  /** A checkout with a known customer that nobody has finished for so many hours. */
  z.strictObject({ kind: z.literal('abandoned-checkout'), hours: z.int().min(1).max(168) }),
  /** Looked at a product and has not bought it for so many days. */
  z.strictObject({ kind: z.literal('viewed'), days: z.int().min(1).max(30) }),
  /** What somebody looked at or left in a checkout within 60 days is there again. */
  z.strictObject({ kind: z.literal('back-in-stock') }),
  /** A tier that is higher than before. */
  z.strictObject({ kind: z.literal('tier-reached') }),
]);
export type Trigger = z.infer<typeof triggerSchema>;
export const TRIGGERS = ['welcome', 'first-purchase', 'win-back', 'abandoned-checkout', 'viewed', 'back-in-stock', 'tier-reached'] as const;

/** What a form says of a trigger: its kind and the one number that some have. */
export function triggerOf(kind: string, number: string): Trigger | null {
  const amount = /^\d{1,3}$/.test(number.trim()) ? Number(number) : null;
  const asked = {
    kind,
    ...(kind === 'abandoned-checkout' ? { hours: amount } : kind === 'win-back' || kind === 'viewed' ? { days: amount } : {}),
  };
  return triggerSchema.safeParse(asked).data ?? null;
}
