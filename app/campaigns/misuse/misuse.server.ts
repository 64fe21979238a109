import { groupsOf, type Signal } from '../../identity/index.server.ts';
import type { ShopScope } from '../../platform/context.server.ts';
import { customersByIds, nameOf } from '../../record/index.server.ts';
import { hasLeaked, MISUSE_RULES, verdicts, type Verdict } from './misuse.ts';
import { offeredLookalikes, offersOf, samePersons, usesByOthers, usesOf, type FoundUse } from './misuse.store.server.ts';

const DAY_MS = 86_400_000;
/** So far back it is looked. */
const MISUSE_DAYS = 90;
const MOST_USES = 1_000;
const SHOWN_USES = 100;
const SHOWN_GROUPS = 50;

export type Named = { readonly id: bigint; readonly name: string | null };
export type SeenUse = Omit<FoundUse, 'holder' | 'buyer'> & {
  readonly holder: Named;
  readonly buyer: Named | null;
  readonly verdict: Verdict;
};
export type SeenCampaign = {
  readonly id: number;
  readonly name: string;
  readonly uses: number;
  readonly byOthers: number;
  readonly leaked: boolean;
};
export type SeenGroup = {
  readonly accounts: readonly (Named & { readonly offers: number; readonly used: number })[];
  readonly signals: readonly Signal[];
};

export type MisusePage = {
  readonly days: number;
  readonly rules: number;
  /** Campaigns whose codes others used, those that look leaked first. */
  readonly campaigns: readonly SeenCampaign[];
  readonly uses: readonly SeenUse[];
  /** Accounts that were made offers and look like one person. */
  readonly groups: readonly SeenGroup[];
  readonly moreGroups: number;
};

/** What looks like misuse of offers in the last 90 days. Advice: nothing was refused for it. */
export async function misusePage(scope: ShopScope): Promise<MisusePage> {
  const { id: shopId } = scope.shop;
  const since = new Date(scope.clock.now().getTime() - MISUSE_DAYS * DAY_MS);
  const seen = await scope.db.forShop(shopId, async (tx) => {
    const uses = await usesByOthers(tx, shopId, { since, limit: MOST_USES });
    const pairs = await samePersons(tx, shopId, [
      ...new Set(uses.flatMap(({ holder, buyer }) => (buyer === null ? [holder] : [holder, buyer]))),
    ]);
    const campaignIds = [...new Set(uses.map(({ campaignId }) => campaignId))];
    const groups = groupsOf(await offeredLookalikes(tx, shopId, since));
    const shown = groups.slice(0, SHOWN_GROUPS);
    const offers = await offersOf(tx, shopId, { ids: shown.flatMap(({ customerIds }) => customerIds), since });
    return {
      uses,
      pairs,
      shown,
      offers,
      moreGroups: groups.length - shown.length,
      counts: await usesOf(tx, shopId, { campaignIds, since }),
    };
  });
  const judged = verdicts(seen.uses, (one, other) => seen.pairs.has(`${one}/${other}`));
  const named = await namesFor(scope, [
    ...seen.uses.slice(0, SHOWN_USES).flatMap(({ holder, buyer }) => (buyer === null ? [holder] : [holder, buyer])),
    ...seen.shown.flatMap(({ customerIds }) => customerIds),
  ]);
  return {
    days: MISUSE_DAYS,
    rules: MISUSE_RULES,
    campaigns: campaignsOf(seen.uses, judged, seen.counts),
    uses: seen.uses.slice(0, SHOWN_USES).map(({ holder, buyer, ...use }, at) => ({
      ...use,
      holder: named(holder),
      buyer: buyer === null ? null : named(buyer),
      verdict: judged[at] ?? 'passed-on',
    })),
    groups: seen.shown.map(({ customerIds, signals }) => ({
      signals,
      accounts: customerIds.map((id) => ({ ...named(id), ...(seen.offers.get(id) ?? { offers: 0, used: 0 }) })),
    })),
    moreGroups: seen.moreGroups,
  };
}

function campaignsOf(uses: readonly FoundUse[], judged: readonly Verdict[], counts: ReadonlyMap<number, number>): SeenCampaign[] {
  const strangers = uses.filter((_, at) => judged[at] !== 'own-account');
  return [...Map.groupBy(strangers, ({ campaignId }) => campaignId)]
    .map(([id, of]) => {
      const figures = { uses: counts.get(id) ?? of.length, byOthers: of.length };
      return { id, name: of[0]?.campaign ?? '', ...figures, leaked: hasLeaked(figures) };
    })
    .toSorted((a, b) => Number(b.leaked) - Number(a.leaked) || b.byOthers - a.byOthers);
}

async function namesFor(scope: ShopScope, ids: readonly bigint[]): Promise<(id: bigint) => Named> {
  const rows = await customersByIds(scope, [...new Set(ids)]);
  const names = new Map(rows.map((row) => [row.id, nameOf(row) ?? row.email]));
  return (id) => ({ id, name: names.get(id) ?? null });
}
