import { counts, mergedArms, pooledEffects, type MeasuredArm, type PooledEffect } from '../audience/index.server.ts';
import type { ShopScope } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { ALPHA, WHOLE } from './arms.ts';
import { wordsOf } from './audience.store.server.ts';
import { readProved, type Campaign } from './campaigns.store.server.ts';
import { groupOf, type ComparedBy, type ComparedGroup, type Whole } from './comparison.ts';
import { readSettings } from './economics.store.server.ts';
import { costShare, readComparedOutcomes, type ComparedOutcomes } from './proof.store.server.ts';
import { PLANNED, type Standing } from './standing/standing.ts';
import { readProvedStandings } from './standing/standing.store.server.ts';

const DAY_MS = 86_400_000;
const DAYS = 365;
const MEASURES = ['orders', 'revenue', 'margin'] as const;
type Measure = (typeof MEASURES)[number];

/** Campaigns that have something in common, told of together; effects a customer with an offer, money in minor units. */
export type ComparedRow = Readonly<Record<Measure, PooledEffect>> & {
  readonly key: string;
  readonly group: ComparedGroup;
  readonly campaigns: number;
  readonly offered: number;
  readonly held: number;
  /** What the codes took off. */
  readonly discountCost: bigint;
};

export type Comparison = {
  readonly by: ComparedBy;
  /** Campaigns that began since. */
  readonly since: Date;
  /** Those with the most customers first. */
  readonly rows: readonly ComparedRow[];
  /** No unit cost is known: margin is only revenue less fees. */
  readonly costsUnknown: boolean;
};

/** What the campaigns of the last year did beside their hold-outs, grouped; counted now from the orders. */
export async function compareCampaigns(scope: ShopScope, by: ComparedBy): Promise<Comparison> {
  const { shop, clock } = scope;
  const now = clock.now();
  const since = new Date(now.getTime() - DAYS * DAY_MS);
  return scope.db.forShop(shop.id, async (tx) => {
    const [fees, costs] = [await readSettings(tx, shop.id), await costShare(tx, shop, since)];
    const wholes = await readWholes(tx, shop.id, { since, now });
    const idsOf = (standing: boolean): number[] => wholes.filter((whole) => whole.standing === standing).map(({ id }) => id);
    const wanted = { campaignIds: idsOf(false), standingIds: idsOf(true), now, byChannel: by === 'channel', fees, costs };
    const outcomes = wholes.length === 0 ? [] : await readComparedOutcomes(tx, shop, wanted);
    return { by, since, rows: rowsOf(by, wholes, outcomes), costsUnknown: costs === null };
  });
}

/** What can be compared, the oldest first. */
async function readWholes(tx: ShopTx, shopId: number, window: { since: Date; now: Date }): Promise<Whole[]> {
  const wholes = [
    ...(await readProved(tx, shopId, window)).map(ofCampaign),
    ...(await readProvedStandings(tx, shopId, window.since)).map(ofStanding),
  ];
  return wholes.toSorted((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
}

function ofCampaign(campaign: Campaign): Whole {
  const { id, name, startsAt, delivery, orderSquare } = campaign;
  return {
    key: `campaign/${id}`,
    id,
    standing: false,
    name,
    startsAt,
    delivery,
    meant: wordsOf(campaign.audience),
    offers: new Map(campaign.arms.flatMap(({ position, offer }) => (offer ? [[position, offer] as const] : []))),
    mixture: campaign.mixture ?? 1,
    orderSquare,
    planned: null,
  };
}

function ofStanding({ id, name, createdAt, delivery, trigger, offers, mixture, orderSquare, holdOut }: Standing): Whole {
  return {
    key: `standing/${id}`,
    id,
    standing: true,
    name,
    startsAt: createdAt,
    delivery,
    meant: trigger,
    offers: new Map(offers.map((offer, at) => [at + 1, offer])),
    mixture,
    orderSquare,
    planned: (PLANNED * (WHOLE - holdOut)) / WHOLE,
  };
}

type Measured = Readonly<Record<Measure, MeasuredArm>>;
/** The customers of one campaign that stand in one row. */
type Part = {
  readonly whole: Whole;
  readonly key: string;
  readonly group: ComparedGroup;
  readonly offered: Measured;
  readonly held: Measured;
  readonly discount: number;
  /** Of the total effect on money ({@link mixtureOf}). */
  readonly mixture: number;
};

const merge = (arms: readonly ComparedOutcomes[]): Measured => ({
  orders: mergedArms(arms.map(({ orders }) => orders)),
  revenue: mergedArms(arms.map(({ revenue }) => revenue)),
  margin: mergedArms(arms.map(({ margin }) => margin)),
});
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function rowsOf(by: ComparedBy, wholes: readonly Whole[], outcomes: readonly ComparedOutcomes[]): ComparedRow[] {
  const found = Map.groupBy(outcomes, ({ whole }) => whole);
  const parts = wholes.flatMap((whole) => partsOf(by, whole, found.get(whole.key) ?? []));
  const rows = [...Map.groupBy(parts, ({ key }) => key).values()];
  const [orders, revenue, margin] = MEASURES.map((name) => pooledEffects(rows.map(poolOf(name)), ALPHA));
  const told = rows.flatMap((of, at): ComparedRow[] => {
    const [first, effects] = [of[0], { orders: orders?.[at], revenue: revenue?.[at], margin: margin?.[at] }];
    if (!first || !effects.orders || !effects.revenue || !effects.margin) return [];
    const { key, group } = first;
    return [{ key, group, ...sizesOf(of), orders: effects.orders, revenue: effects.revenue, margin: effects.margin }];
  });
  return told.toSorted((a, b) => b.offered - a.offered || (a.key < b.key ? -1 : 1));
}

const isCounted = ({ offered, held }: Part): boolean => counts({ offered: offered.orders, held: held.orders });

/** Of the parts that are counted; of all where none is. */
function sizesOf(parts: readonly Part[]): Pick<ComparedRow, 'campaigns' | 'offered' | 'held' | 'discountCost'> {
  const counted = parts.filter(isCounted);
  const of = counted.length === 0 ? parts : counted;
  return {
    campaigns: new Set(of.map(({ whole }) => whole.key)).size,
    offered: sum(of.map(({ offered }) => offered.orders.n)),
    held: sum(of.map(({ held }) => held.orders.n)),
    discountCost: BigInt(Math.round(sum(of.map(({ discount }) => discount)))),
  };
}

/**
 * The mixture of a row is that of its oldest part: known before its first outcome, and the same whatever joins later. A part
 * of a standing campaign has one from the beginning, another from when its customers were assigned.
 */
const poolOf = (name: Measure) => (parts: readonly Part[]) => {
  const first = parts.find((part) => part.whole.planned !== null || isCounted(part));
  const scale = name === 'orders' ? (first?.whole.orderSquare ?? 1) : 1;
  return {
    strata: parts.map(({ offered, held }) => ({ offered: offered[name], held: held[name] })),
    mixture: (first?.mixture ?? 1) / scale,
  };
};

function partsOf(by: ComparedBy, whole: Whole, outcomes: readonly ComparedOutcomes[]): Part[] {
  const channels = [...Map.groupBy(outcomes, ({ channel }) => channel)];
  return channels.flatMap(([channel, inChannel]) => {
    const held = merge(inChannel.filter(({ arm }) => arm === 0));
    const groups = Map.groupBy(whole.offers.keys(), (arm) => JSON.stringify(groupOf(by, whole, { arm, channel })));
    return [...groups].flatMap(([key, positions]): Part[] => {
      const group = groupOf(by, whole, { arm: positions[0] ?? 0, channel });
      const arms = inChannel.filter(({ arm }) => positions.includes(arm));
      if (!group || arms.length === 0) return [];
      const discount = sum(arms.map((of) => of.discount));
      return [{ whole, key, group, held, discount, offered: merge(arms), mixture: mixtureOf(whole, positions, { arms, outcomes }) }];
    });
  });
}

type Found = { readonly arms: readonly ComparedOutcomes[]; readonly outcomes: readonly ComparedOutcomes[] };

/**
 * Of the total effect of some arms on a channel's customers: the campaign's own mixture times n², that of a channel's share
 * where there are several; of a standing campaign with the customers that were planned, since those who come are not known.
 */
function mixtureOf(whole: Whole, positions: readonly number[], { arms, outcomes }: Found): number {
  if (whole.planned !== null) return whole.mixture * ((whole.planned * positions.length) / whole.offers.size) ** 2;
  const count = (of: readonly ComparedOutcomes[]): number => sum(of.map(({ orders }) => orders.n));
  return whole.mixture * count(arms) * count(outcomes.filter(({ arm }) => positions.includes(arm)));
}
