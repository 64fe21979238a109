import { z } from 'zod';
import { gidNumber, parseId } from '../core/gid.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';

/** What another tool says that a customer did. */
export type CustomerEvent = {
  /** The tool's own: a second event with it is the same. */
  readonly id: string;
  readonly kind: string;
  readonly customer: { readonly id: bigint } | { readonly email: string };
  readonly at: Date;
  readonly productId: bigint | null;
  /** Stars, 1 to 5. */
  readonly rating: number | null;
  /** What the tool asks for, where that is fewer than the programme gives. */
  readonly points: number | null;
};

export const KIND = /^[a-z][a-z0-9-]{0,39}$/;
const DAY_MS = 86_400_000;
/** Clocks may differ by so much. */
const AHEAD_MS = 5 * 60_000;
const MOST_DAYS = 366;

const idOf = (type: string) =>
  z.union([z.string().max(100), z.int().positive(), z.bigint().positive()]).transform((value, context) => {
    const text = String(value);
    try {
      const id = parseId(text.startsWith('gid:') ? String(gidNumber(text, type)) : text);
      if (id !== null && id > 0n) return id;
    } catch {
      // Said below.
    }
    context.addIssue('names nothing');
    return z.NEVER;
  });

const schema = z.strictObject({
  id: z.string().regex(/^[\w.:-]{1,100}$/),
  kind: z.string().regex(KIND),
  customer: z.union([z.strictObject({ id: idOf('Customer') }), z.strictObject({ email: z.email().max(254) })]),
  at: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  product: idOf('Product').optional(),
  rating: z.int().min(1).max(5).optional(),
  points: z.int().min(1).max(1_000_000).optional(),
});

const WORDS: ReadonlyMap<PropertyKey | undefined, string> = new Map([
  ['id', '1 to 100 letters, digits, or . _ : -'],
  ['kind', '1 to 40 small letters, digits or -, a letter first'],
  ['customer', '{"id": …} or {"email": …}'],
  ['at', `ISO 8601 with its zone, no more than ${MOST_DAYS} days ago and not in the future`],
  ['product', 'the number of a product'],
  ['rating', 'a whole number from 1 to 5'],
  ['points', 'a whole number from 1 to 1000000'],
]);
const SHAPE = 'an object with id, kind, customer, at; and product, rating, points where there are any';

/** An event from JSON. @returns what is wrong by field, in words that hold nothing of what was sent. */
export function readEvent(json: unknown, now: Date): Ok<CustomerEvent> | Invalid {
  const read = schema.safeParse(json);
  if (!read.success)
    return invalid(
      Object.fromEntries(
        read.error.issues.map(({ path: [field] }) => {
          const words = WORDS.get(field);
          return words === undefined ? ['event', SHAPE] : [String(field), words];
        }),
      ),
    );
  const { product, rating, points, at, ...rest } = read.data;
  const ago = now.getTime() - at.getTime();
  if (ago > MOST_DAYS * DAY_MS || ago < -AHEAD_MS) return invalid({ at: WORDS.get('at') ?? '' });
  return ok({ ...rest, at, productId: product ?? null, rating: rating ?? null, points: points ?? null });
}
