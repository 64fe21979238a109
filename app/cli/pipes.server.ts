import readline from 'node:readline';
import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { CONTROL, customerValues, fitValue, LEAST_BUYERS, LEAST_DAYS, LiftTable, PurchaseLog } from '../audience/index.server.ts';
import { PolicyTable } from '../campaigns/index.server.ts';
import { parseDay, type Day } from '../core/calendar.ts';
import { parseLossless, stringifyLossless } from '../core/lossless-json.ts';
import type { Output } from './output.ts';

/** Commands that read JSON lines on standard input and write JSON lines, and need no database. */
export type Pipe = (input: Readable, tell: { out: Output; error: Output }, argv: readonly string[]) => Promise<number>;

/** What is wrong with the input or the options, in words for who gave them. */
class WrongInput extends Error {
  override readonly name = 'WrongInput';
}

/** Reads lines one by one; blank ones are passed over. @throws WrongInput that names the line and what was expected, never the value. */
async function eachLine<T>(input: Readable, schema: z.ZodType<T>, take: (row: T) => void): Promise<void> {
  let number = 0;
  for await (const line of readline.createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line.trim() === '') continue;
    const row = schema.safeParse(jsonOf(line, number));
    if (!row.success) {
      const [issue] = row.error.issues;
      throw new WrongInput(`line ${number}: ${issue?.path.join('.') || 'the line'}: ${issue?.message ?? 'not as expected'}`);
    }
    take(row.data);
  }
}

function jsonOf(line: string, number: number): unknown {
  try {
    return parseLossless(line);
  } catch {
    throw new WrongInput(`line ${number}: no JSON`);
  }
}

const finite = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, 'expected a decimal number')
    .transform(Number),
]);
const name = z.union([z.string(), z.number(), z.bigint()]);
const day = z.string().transform((text, context): Day => {
  try {
    // Of an instant, the day as it is written.
    return parseDay(/^\d{4}-\d\d-\d\d[T ]/.test(text) ? text.slice(0, 10) : text);
  } catch {
    context.addIssue({ code: 'custom', message: 'expected a day, as in 2026-11-24' });
    return z.NEVER;
  }
});
const purchase = z.object({ customer: name, date: day, amount: finite });
const outcome = z.object({ arm: z.string().min(1), outcome: finite, before: finite.nullish() });

const value: Pipe = async (input, { out, error }, argv) => {
  const { values } = parseArgs({ args: [...argv], options: { until: { type: 'string' } } });
  const until = day.safeParse(values.until);
  if (!until.success) throw new WrongInput('say up to which day to observe: --until 2026-11-24');
  const log = new PurchaseLog();
  // The name goes out as it came in: a number stays one.
  await eachLine(input, purchase, (row) => log.add(stringifyLossless(row.customer), row.date, row.amount));
  const observed = log.until(until.data);
  const fit = fitValue(observed);
  if (fit.kind !== 'fitted') {
    const why =
      fit.kind === 'short'
        ? `${fit.buyers} buyers (of ${LEAST_BUYERS} needed) in ${fit.days} days (of ${LEAST_DAYS} needed)`
        : `nothing that the model can follow in ${fit.buyers} buyers and ${fit.days} days: too few have bought again, or too few have stopped`;
    error(`not enough history yet: ${why}`);
    return 1;
  }
  const { bgnbd, gammaGamma, logLikelihood } = fit.model;
  out(JSON.stringify({ parameters: { bgnbd, gammaGamma }, logLikelihood }));
  for (const { customer, ...told } of customerValues(observed, fit.model)) {
    out(`{"customer":${customer},${JSON.stringify(told).slice(1)}`);
  }
  return 0;
};

const lift: Pipe = async (input, { out, error }, argv) => {
  parseArgs({ args: [...argv], options: {} });
  const table = new LiftTable();
  await eachLine(input, outcome, (row) => table.add({ arm: row.arm, outcome: row.outcome, before: row.before ?? null }));
  const lifts = table.lifts();
  if (!lifts) {
    error(`no arm is named "${CONTROL}": there is nothing to compare with`);
    return 1;
  }
  for (const arm of lifts) out(JSON.stringify(arm));
  return 0;
};

const logLine = z.object({
  arm: z.string().min(1),
  propensity: finite.refine((chance) => chance > 0 && chance <= 1, 'expected a chance above 0, up to 1'),
  reward: finite,
  context: z.record(z.string(), finite).default({}),
});

const policy: Pipe = async (input, { out, error }, argv) => {
  parseArgs({ args: [...argv], options: {} });
  const table = new PolicyTable();
  let lines = 0;
  await eachLine(input, logLine, (row) => {
    lines += 1;
    table.add(row);
  });
  if (lines === 0) {
    error('no line came');
    return 1;
  }
  for (const told of table.policies()) out(JSON.stringify(told));
  return 0;
};

export const PIPES: Readonly<Record<string, Pipe>> = { value, lift, policy };

/** Runs one. @returns the exit status: 0 done, 1 no result can be given, 2 wrong use or wrong input; the reason goes to `error`. */
export async function runPipe(pipe: Pipe, input: Readable, tell: { out: Output; error: Output; argv: readonly string[] }): Promise<number> {
  try {
    return await pipe(input, tell, tell.argv);
  } catch (error) {
    const isTheirs = error instanceof WrongInput || (error instanceof TypeError && 'code' in error);
    if (!isTheirs) throw error;
    tell.error(error.message);
    return 2;
  }
}
