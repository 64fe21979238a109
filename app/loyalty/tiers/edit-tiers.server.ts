import { dayOf } from '../../core/calendar.ts';
import { invalid, ok, type Invalid, type Ok } from '../../core/result.ts';
import type { ShopScope } from '../../platform/context.server.ts';
import { saveTiers } from '../tier-board.server.ts';
import { ranked, tierProblems, type Tier, type TierDraft } from '../tier.ts';
import { readTyped, type TierForm } from './tier-form.ts';
import { ruleProblems, windowStart, type TierRules } from './tier-rules.ts';
import { countByThreshold } from './preview.store.server.ts';

type Read = { readonly rules: TierRules; readonly drafts: readonly TierDraft[] };

/** What a form says, or all that is wrong with it by field. */
function checked(scope: ShopScope, form: TierForm): Ok<Read> | Invalid {
  const { rules, drafts, problems } = readTyped(form, scope.shop);
  const all = { ...tierProblems(drafts), ...ruleProblems(rules), ...problems };
  return Object.keys(all).length > 0 ? invalid(all) : ok({ rules, drafts });
}

/** Saves rules and tiers of a form as a new version. @returns what is wrong by field. */
export async function saveTierForm(scope: ShopScope, form: TierForm): Promise<Ok<Tier[]> | Invalid> {
  const read = checked(scope, form);
  return read.kind === 'ok' ? saveTiers(scope, read.value.drafts, read.value.rules) : read;
}

export type TierPreview = {
  readonly tiers: readonly { readonly name: string; readonly members: number | null }[];
  /** Customers with something that counts who reach none. */
  readonly below: number;
};

/**
 * How many customers would be in each tier by what counts today; grace and tiers that staff gave left out (`members` is null
 * for what only staff give). One pass over what the window holds. @returns what is wrong by field.
 */
export async function previewTiers(scope: ShopScope, form: TierForm): Promise<Ok<TierPreview> | Invalid> {
  const { shop } = scope;
  const read = checked(scope, form);
  if (read.kind !== 'ok') return read;
  const { rules } = read.value;
  const drafts = ranked(read.value.drafts);
  const thresholds = drafts.flatMap(({ threshold }) => threshold ?? []);
  const start = windowStart(dayOf(scope.clock.now(), shop.timezone), rules.window);
  const counts = await scope.db.forShop(shop.id, (tx) => countByThreshold(tx, shop, { basis: rules.basis, start, thresholds }));
  let reached = 0;
  const tiers = drafts.map(({ name, threshold }) => {
    if (threshold !== null) reached += 1;
    return { name: name.trim(), members: threshold === null ? null : (counts.get(reached) ?? 0) };
  });
  return ok({ tiers, below: counts.get(0) ?? 0 });
}
