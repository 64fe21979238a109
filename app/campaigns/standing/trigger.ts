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
  /** So many days before what they bought is used up, by the interval after which it is bought again. */
  z.strictObject({ kind: z.literal('replenishment'), days: z.int().min(0).max(30) }),
  /** What somebody looked at or left in a checkout within 60 days costs so much less than it did then, since a week at most. */
  z.strictObject({ kind: z.literal('price-drop'), percent: z.int().min(1).max(90) }),
  /** What lies too long, for those who bought it or something like it. */
  z.strictObject({ kind: z.literal('overstock') }),
  /** So many days before the birthday, and up to it. */
  z.strictObject({ kind: z.literal('birthday'), days: z.int().min(0).max(30) }),
  /** Points lapse within so many days. */
  z.strictObject({ kind: z.literal('points-expiring'), days: z.int().min(1).max(90) }),
  /** A review with so many stars at least, left within a week at most. */
  z.strictObject({ kind: z.literal('review'), stars: z.int().min(1).max(5) }),
]);
export type Trigger = z.infer<typeof triggerSchema>;

type Kind = Trigger['kind'];
/** What the one number of a trigger is, for those that have one. */
const NUMBERS: Readonly<Partial<Record<Kind, 'days' | 'hours' | 'percent' | 'stars'>>> = {
  'win-back': 'days',
  'abandoned-checkout': 'hours',
  viewed: 'days',
  replenishment: 'days',
  'price-drop': 'percent',
  birthday: 'days',
  'points-expiring': 'days',
  review: 'stars',
};

/** What a form says of a trigger: its kind and the one number that some have. */
export function triggerOf(kind: string, number: string): Trigger | null {
  const amount = /^\d{1,3}$/.test(number.trim()) ? Number(number) : null;
  const name = new Map(Object.entries(NUMBERS)).get(kind);
  return triggerSchema.safeParse({ kind, ...(name === undefined ? {} : { [name]: amount }) }).data ?? null;
}

/** The one number of a trigger; 0 where it has none. */
export function numberOf(trigger: Trigger): number {
  if ('days' in trigger) return trigger.days;
  if ('hours' in trigger) return trigger.hours;
  if ('stars' in trigger) return trigger.stars;
  return 'percent' in trigger ? trigger.percent : 0;
}
