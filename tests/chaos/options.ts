import { parseArgs } from 'node:util';
import { z } from 'zod';

export const ENGINES = ['pg-boss', 'bull'] as const;
/** What can be spoilt on purpose before the check, to see that the check finds it. */
export const SPOILS = ['lost', 'twice', 'order', 'rollup'] as const;
export type Spoil = (typeof SPOILS)[number];

const schema = z.object({
  /** How long deliveries and disturbances go on; start, calm and check come on top. */
  minutes: z.coerce.number().positive().max(240),
  seed: z.coerce.number().int().min(0),
  engine: z.enum(ENGINES),
  web: z.coerce.number().int().min(1).max(4),
  workers: z.coerce.number().int().min(1).max(4),
  shops: z.coerce.number().int().min(1).max(20),
  /** Deliveries a second. */
  rate: z.coerce.number().min(1).max(500),
  spoil: z.enum(SPOILS).nullable(),
  /** Also sees that a delivery whose job was lost is found by the clock; takes up to three minutes more. */
  sweep: z.boolean(),
  /** The processes' logs stay, also when all holds. */
  logs: z.boolean(),
});
export type ChaosOptions = z.infer<typeof schema>;

export const CHAOS_HELP = `npm run chaos -- [--minutes 1] [--seed 1] [--engine pg-boss|bull] [--web 2] [--workers 2] [--shops 3] [--rate 30] [--spoil ${SPOILS.join('|')}] [--no-sweep] [--logs]

Starts PostgreSQL, Redis (for bull), web processes and workers, sends them signed webhooks as Shopify does, kills and
disturbs them by the seed's plan, and checks that what got a 200 is applied, once. Prints a line of JSON for each thing
it did, and one of counts at the end. Exit 0: all holds; 1: something differs; 2: wrong use. --spoil breaks something
on purpose before the check, which must then find it (exit 1). --no-sweep leaves out the last look, whether a delivery
without a job is found by the clock (up to three minutes). --logs keeps the processes' logs; they stay anyway when
something differs.`;

/** @throws an error that says which option is wrong. */
export function readOptions(args: readonly string[]): ChaosOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      engine: { type: 'string', default: 'pg-boss' },
      web: { type: 'string', default: '2' },
      workers: { type: 'string', default: '2' },
      shops: { type: 'string', default: '3' },
      rate: { type: 'string', default: '30' },
      spoil: { type: 'string' },
      logs: { type: 'boolean', default: false },
      'no-sweep': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const parsed = schema.safeParse({ ...values, spoil: values.spoil ?? null, sweep: !values['no-sweep'] });
  if (!parsed.success) throw new Error(parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('\n'));
  return parsed.data;
}
