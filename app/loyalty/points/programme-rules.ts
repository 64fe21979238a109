import { z } from 'zod';
import { EVENT_KIND, type ProgrammeForm } from './programme-form.ts';
import type { Rules } from './programme.ts';

const MOST_POINTS = 1_000_000;
const points = z.int().min(0).max(MOST_POINTS);
const times = z.int().min(0).max(10_000);
const words = z.array(z.string().min(1).max(255)).max(200);
const expiry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('never') }),
  z.strictObject({ kind: z.enum(['age', 'activity']), months: z.int().min(1).max(120) }),
]);

/** A version's rules as they are stored; moments as ISO texts, money as digits. */
export const rulesSchema = z.strictObject({
  earn: z.strictObject({
    points: z.int().min(1).max(MOST_POINTS),
    per: z
      .string()
      .regex(/^[1-9]\d{0,11}$/)
      .transform(BigInt),
  }),
  counts: z.strictObject({ tax: z.boolean(), shipping: z.boolean(), beforeDiscounts: z.boolean() }),
  rounding: z.enum(['down', 'nearest', 'up']),
  goods: z.array(z.strictObject({ match: z.strictObject({ products: words, types: words, vendors: words, tags: words }), times })).max(50),
  bonusDays: z
    .array(
      z.strictObject({
        from: z.iso.datetime().transform((text) => new Date(text)),
        to: z.iso.datetime().transform((text) => new Date(text)),
        times,
      }),
    )
    .max(100),
  // Versions from before there were any have none.
  events: z
    .array(
      z.strictObject({
        kind: z.string().regex(EVENT_KIND),
        points: z.int().min(1).max(MOST_POINTS),
        mostAMonth: z.int().min(1).max(1_000).nullable(),
      }),
    )
    .max(50)
    .default([]),
  firstOrder: points,
  signUp: points,
  mostAMonth: z.int().min(1).max(MOST_POINTS).nullable(),
  waiting: z.strictObject({ after: z.enum(['order', 'fulfilment']), days: z.int().min(0).max(365) }),
  expiry,
  belowZero: z.boolean(),
});

/** Rules for JSON, as `rulesSchema` reads them. */
export function storedRules({ earn, bonusDays, goods, events, ...rest }: Rules): z.input<typeof rulesSchema> {
  return {
    ...rest,
    earn: { points: earn.points, per: String(earn.per) },
    goods: goods.map(({ match, times: by }) => ({
      times: by,
      match: { products: [...match.products], types: [...match.types], vendors: [...match.vendors], tags: [...match.tags] },
    })),
    events: events.map((event) => ({ ...event })),
    bonusDays: bonusDays.map(({ from, to, times: by }) => ({ from: from.toISOString(), to: to.toISOString(), times: by })),
  };
}

const short = z.string().max(40);
const typed = z.strictObject({
  points: short,
  per: short,
  rounding: short,
  discounts: short,
  after: short,
  days: short,
  expiry: short,
  months: short,
  firstOrder: short,
  signUp: short,
  mostAMonth: short,
  from: short,
  tax: z.boolean(),
  shipping: z.boolean(),
  belowZero: z.boolean(),
  goods: z.array(z.strictObject({ kind: short, names: z.string().max(20_000), times: short })).max(50),
  bonusDays: z.array(z.strictObject({ from: short, to: short, times: short })).max(100),
  events: z.array(z.strictObject({ kind: short, points: short, mostAMonth: short })).max(50),
});

/** The form that a page sends as JSON; null where it is none. */
export function readProgrammeForm(json: string): ProgrammeForm | null {
  try {
    return typed.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}
