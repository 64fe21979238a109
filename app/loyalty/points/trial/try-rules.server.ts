import { invalid, ok, type Invalid, type Ok } from '../../../core/result.ts';
import type { ShopScope } from '../../../platform/context.server.ts';
import { factsOf, type Known } from '../facts.ts';
import { readSetting } from '../liability/liability.store.server.ts';
import { readKnown, readProgrammes } from '../points.store.server.ts';
import { rulesOf, type ProgrammeForm } from '../programme-form.ts';
import { programmeAt, type Programme, type Rules } from '../programme.ts';
import { replay } from '../replay.ts';
import { compare, outcomeOf, type Outcome, type Trial, type Tried } from './trial.ts';
import { orderedBefore, sampleBuyers } from './trial.store.server.ts';

/** Customers looked at: no more than so many, and as many as fit into so long. */
export const MOST_TRIED = 20_000;
const MOST_MS = 20_000;
const BATCH = 250;
const YEAR_MS = 365 * 86_400_000;
const NOTHING: Outcome = { issued: 0, expired: 0, held: 0 };

/** `perHundred`: what 100 points are worth, minor units; null where nobody said. */
export type TriedRules = Trial & { readonly perHundred: bigint | null; readonly since: Date };

/** Rules as if they had stood since a moment; the first order's bonus only for those whose first it was. */
const standing = (rules: Rules, since: Date, isNew: boolean): Programme[] => [
  { ...rules, firstOrder: isNew ? rules.firstOrder : 0, version: 1, from: since },
];

type Year = { readonly since: Date; readonly now: Date; readonly timezone: string };

/** What the year would have given a customer under rules that stood all along; redemptions and what staff gave are not the rules' doing. */
function outcomeUnder(rules: Rules | null, known: Known, { year, isNew }: { year: Year; isNew: boolean }): Outcome {
  if (!rules) return NOTHING;
  const facts = factsOf({ ...known, given: [], redeemed: [] }, standing(rules, year.since, isNew), year.timezone);
  return outcomeOf(replay(facts, year.now));
}

/**
 * Replays the orders of the past year under the rules of a form and under those that stand, and compares; books nothing.
 * @returns what is wrong by field, else who would gain and lose.
 */
export async function tryRules(scope: ShopScope, form: ProgrammeForm): Promise<Ok<TriedRules> | Invalid> {
  const { id: shopId, timezone } = scope.shop;
  const { rules, problems } = rulesOf(form, scope.shop);
  if (Object.keys(problems).length > 0) return invalid(problems);
  const now = scope.clock.now();
  const year: Year = { since: new Date(now.getTime() - YEAR_MS), now, timezone };
  const { current, perHundred, members, customerIds } = await scope.db.forShop(shopId, async (tx) => ({
    current: programmeAt(await readProgrammes(tx, shopId), now),
    perHundred: (await readSetting(tx, shopId)).perHundred,
    ...(await sampleBuyers(tx, shopId, { since: year.since, limit: MOST_TRIED })),
  }));
  const tried: Tried[] = [];
  for (let at = 0; at < customerIds.length && scope.clock.now().getTime() - now.getTime() < MOST_MS; at += BATCH) {
    const page = customerIds.slice(at, at + BATCH);
    const { known, earlier } = await scope.db.forShop(shopId, async (tx) => ({
      known: await readKnown(tx, shopId, { customerIds: page, since: year.since }),
      earlier: await orderedBefore(tx, shopId, { customerIds: page, before: year.since }),
    }));
    for (const [customerId, of] of known) {
      const how = { year, isNew: !earlier.has(customerId) };
      tried.push({ customerId, before: outcomeUnder(current, of, how), after: outcomeUnder(rules, of, how) });
    }
  }
  return ok({ ...compare(tried, members), perHundred, since: year.since });
}
