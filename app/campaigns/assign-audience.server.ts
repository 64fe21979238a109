import { randomBytes } from 'node:crypto';
import { mixtureFor } from '../audience/index.server.ts';
import type { ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { ALPHA, armAt, WHOLE } from './arms.ts';
import { armChooser, inclusionChance, runChance, waveChance } from './assign.server.ts';
import { assign, assignedCounts, lastAssigned, meanSquareOfOrders, netBetween } from './assign.store.server.ts';
import { audiencePage } from './audience.store.server.ts';
import { inclusionFor } from './budget.ts';
import { countCodes, noteCampaign, noteInclusion, readSeed, type Campaign } from './campaigns.store.server.ts';
import { codeKeyOf } from './code-key.store.server.ts';
import { boundCodeFrom, CODE_BYTES, codeFrom } from './codes.ts';
import { CampaignRefusedError, current, inShop, type Work } from './create-work.server.ts';
import { readCadence } from './economics.store.server.ts';
import { contextOf } from './policy/context.ts';
import { contextsOf } from './policy/policy.store.server.ts';
import { chooser, evenChances, type Policy } from './policy/policy.ts';
import { cappedOf } from './standing/standing.store.server.ts';
import { waveAt } from './waves/waves.ts';
import { codesOfWave, noteWave, planNext, readWaves } from './waves/waves.store.server.ts';

/** So many customers are assigned in one transaction. */
export const ISSUE_BATCH = 1_000;
const DAY_MS = 86_400_000;

/**
 * Puts each customer of the audience, or of the wave, into an arm and writes a code for those with an offer, a page in one
 * transaction. Once all are written they stand, whatever customers do later.
 */
export async function assignAll(work: Work): Promise<void> {
  const { platform, shop, id, wave } = work;
  const campaign = await current(work);
  if (wave ? wave.assignedAt !== null : campaign.audienceSize > 0) return;
  const seed = await inShop(work, (tx) => readSeed(tx, work.shop.id, id));
  const waves = wave === null ? 0 : (await inShop(work, (tx) => readWaves(tx, shop.id, id))).length;
  const isOfWave = (customerId: bigint): boolean => wave === null || waveAt(waveChance(seed, customerId), waves) === wave.wave;
  const isBorne = await inclusionOf(work, { campaign, seed, isOfWave });
  const isIn = (customerId: bigint): boolean => isOfWave(customerId) && isBorne(customerId);
  const draw: Draw = { campaign, choose: drawsOf(work, campaign, seed), isIn };
  for (let after: bigint | null = -1n; after !== null;) {
    const from: bigint = after;
    after = await inShop(work, (tx) => assignPage(tx, work, { ...draw, from }));
  }
  const { all, ...scale } = await inShop(work, (tx) => scaleOf(tx, shop.id, { campaign, waves: Math.max(1, waves) }));
  if (all === 0 && wave === null) throw new CampaignRefusedError('nobody is in the audience');
  const now = platform.clock.now();
  await inShop(work, async (tx) => {
    // What the intervals are told by is fixed with the first customers, before any outcome.
    const fixed = campaign.audienceSize > 0 ? { mixture: campaign.mixture, orderSquare: campaign.orderSquare } : scale;
    await noteCampaign(tx, shop.id, { id, now, audienceSize: all, ...fixed });
    if (!wave || campaign.waveDays === null) return;
    await noteWave(tx, shop.id, { campaignId: id, wave: wave.wave, from: ['making'], data: { assignedAt: now } });
    const after = campaign.startsAt > now ? campaign.startsAt : now;
    await planNext(tx, shop.id, { campaignId: id, wave: wave.wave, after, days: campaign.waveDays });
  });
}

type Drawn = {
  readonly arm: Campaign['arms'][number];
  readonly propensity: number;
  readonly context: readonly number[];
  /** In the hold-out whatever the program thinks. */
  readonly held: boolean;
};
/** Draws the arms of a page of customers, by id. */
type Choose = (tx: ShopTx, customerIds: readonly bigint[]) => Promise<(customerId: bigint) => Drawn>;
type Draw = { readonly campaign: Campaign; readonly choose: Choose; readonly isIn: (customerId: bigint) => boolean };

/** By the shares alone; or, where the program chooses, by what is known of each customer and what was believed of the arms. */
function drawsOf({ shop, platform, wave }: Work, campaign: Campaign, seed: Uint8Array): Choose {
  const { arms } = campaign;
  const told = toldChances(campaign, wave);
  if (told === null) {
    const choose = armChooser(seed, arms);
    return async () => (customerId) => {
      const arm = choose(customerId);
      return { arm, propensity: arm.share / WHOLE, context: [], held: arm.offer === null };
    };
  }
  const { chancesOf, run } = told;
  return async (tx, customerIds) => {
    const orderSize = Math.sqrt((await meanSquareOfOrders(tx, shop.id)) || 1);
    const contexts = await contextsOf(tx, shop.id, { customerIds, now: platform.clock.now(), orderSize });
    return (customerId) => {
      const context = contexts.get(customerId) ?? contextOf(NOTHING_KNOWN);
      const chances = chancesOf(context);
      const weighed = arms.map((arm, at) => ({ arm, share: chances[at] ?? 0 }));
      const chance = runChance(seed, run, customerId);
      const { arm, share } = armAt(weighed, chance);
      // The hold-out lies first within the first arm's share.
      return { arm, propensity: share, context, held: chance < holdOutOf(campaign) };
    };
  };
}

const holdOutOf = ({ arms }: Campaign): number => (arms.find(({ position }) => position === 0)?.share ?? 0) / WHOLE;

type ToldChances = { readonly run: number; readonly chancesOf: (context: readonly number[]) => readonly number[] };

/** Where the program chooses: the chance of each arm by context, and whose draw it is; null where the shares alone decide. */
function toldChances(campaign: Campaign, wave: Work['wave']): ToldChances | null {
  const holdOut = holdOutOf(campaign);
  const by = (policy: Policy): ToldChances['chancesOf'] => chooser(policy, holdOut);
  if (wave !== null) {
    if (!campaign.learns) return null;
    const even = evenChances(campaign.arms.length, holdOut);
    return { run: wave.wave, chancesOf: wave.policy === null ? () => even : by(wave.policy) };
  }
  const { policy, run } = campaign;
  return policy === null || run === null ? null : { run, chancesOf: by(policy) };
}

const NOTHING_KNOWN = { orders: 0, idleDays: null, size: null, alive: null, discountShare: null };

const momentOf = ({ shop, platform }: Work) => ({
  shopId: shop.id,
  timezone: shop.timezone,
  currency: shop.currency,
  now: platform.clock.now(),
});

type Bounded = { readonly campaign: Campaign; readonly seed: Uint8Array; readonly isOfWave: (customerId: bigint) => boolean };

/** Who gets in where the budget does not bear everybody: drawn by chance, told once and kept, so that a crash draws nobody anew. */
async function inclusionOf(work: Work, { campaign, seed, isOfWave }: Bounded): Promise<Draw['isIn']> {
  const { wave } = work;
  const mostCodes = wave ? wave.mostCodes : campaign.mostCodes;
  if (mostCodes === null) return () => true;
  const inclusion = (wave ? wave.inclusion : campaign.inclusion) ?? (await drawn(mostCodes));
  return (customerId) => inclusionChance(seed, customerId) < inclusion;

  async function drawn(most: number): Promise<number> {
    const mayHaveCode = codeHolders(work, campaign, seed);
    const chances: number[] = [];
    for (let after = -1n; ;) {
      const page = { moment: momentOf(work), after, limit: 10 * ISSUE_BATCH };
      const ids = await inShop(work, (tx) => audiencePage(tx, campaign.audience, page));
      for (const customerId of ids) if (isOfWave(customerId) && mayHaveCode(customerId)) chances.push(inclusionChance(seed, customerId));
      const last = ids.at(-1);
      if (last === undefined || ids.length < page.limit) break;
      after = last;
    }
    const told = inclusionFor(Float64Array.from(chances), most);
    await inShop(work, async (tx) => {
      const { id, shop } = work;
      if (!wave) return noteInclusion(tx, shop.id, { id, inclusion: told });
      await noteWave(tx, shop.id, { campaignId: id, wave: wave.wave, from: ['making'], data: { inclusion: told } });
    });
    return told;
  }
}

/** Who gets a code; where the program chooses, who may: all but those who are held out. */
function codeHolders({ wave }: Work, campaign: Campaign, seed: Uint8Array): (customerId: bigint) => boolean {
  if (wave && campaign.learns) return (customerId) => runChance(seed, wave.wave, customerId) >= holdOutOf(campaign);
  const choose = armChooser(seed, campaign.arms);
  return (customerId) => choose(customerId).offer !== null;
}

/** Those who are not in as many campaigns as anybody may be in. The runs of standing campaigns have looked already. */
async function withoutCapped(
  tx: ShopTx,
  { shop, campaign, now }: { shop: ShopRef; campaign: Campaign; now: Date },
  customerIds: readonly bigint[],
): Promise<bigint[]> {
  const { mostOffers, capDays } = await readCadence(tx, shop.id);
  if (mostOffers === null || campaign.standingId !== null || customerIds.length === 0) return [...customerIds];
  const since = new Date(now.getTime() - capDays * DAY_MS);
  const capped = await cappedOf(tx, shop.id, { customerIds, since, most: mostOffers });
  return customerIds.filter((id) => !capped.has(id));
}

/** Assigns the next page. @returns the last customer looked at, or null when that was the end. */
async function assignPage(tx: ShopTx, work: Work, draw: Draw & { from: bigint }): Promise<bigint | null> {
  const { platform, shop, id, tools, wave } = work;
  const { campaign, choose, isIn } = draw;
  const bytes = tools.bytes ?? randomBytes;
  const now = platform.clock.now();
  const last = await lastAssigned(tx, shop.id, { campaignId: id, wave: wave?.wave ?? 0 });
  const after = last > draw.from ? last : draw.from;
  const looked = await audiencePage(tx, campaign.audience, { moment: momentOf(work), after, limit: ISSUE_BATCH });
  const customerIds = await withoutCapped(tx, { shop, campaign, now }, looked.filter(isIn));
  const from = new Date(now.getTime() - campaign.beforeDays * DAY_MS);
  const before = await netBetween(tx, shop.id, { customerIds, from, to: now });
  // Who came into the audience after the draw never lifts the number of codes over what the budget bears.
  let left = await codesLeft(tx, work, campaign);
  const drawnOf = await choose(tx, customerIds);
  const key = await codeKeyOf(tx, shop.id);
  const codeOf = (customerId: bigint): string => {
    const { word } = campaign;
    return key === null ? codeFrom(bytes(CODE_BYTES), word) : boundCodeFrom(bytes(CODE_BYTES), { customerId, key, word });
  };
  const assigned = customerIds.flatMap((customerId) => {
    const { arm, propensity, context, held } = drawnOf(customerId);
    const { position, offer } = arm;
    if (offer && left <= 0) return [];
    if (offer) left -= 1;
    const code = offer ? codeOf(customerId) : null;
    return [{ customerId, arm: position, propensity, before: before.get(customerId) ?? 0n, code, context, held }];
  });
  await assign(tx, shop.id, { campaignId: id, at: now, assigned, wave: wave?.wave ?? 0 });
  return looked.length < ISSUE_BATCH ? null : (looked.at(-1) ?? null);
}

/** How many codes may still be written: of the campaign's and of the wave's whichever is less. */
async function codesLeft(tx: ShopTx, { shop, id, wave }: Work, { mostCodes }: Campaign): Promise<number> {
  const ofCampaign = mostCodes === null ? Infinity : mostCodes - (await countCodes(tx, shop.id, id)).all;
  if (!wave || wave.mostCodes === null) return ofCampaign;
  return Math.min(ofCampaign, wave.mostCodes - (await codesOfWave(tx, shop.id, { campaignId: id, wave: wave.wave })));
}

/**
 * How many customers there are, and the mixture of the intervals: tightest at the variance that the difference between the hold-out and
 * the smallest arm would have, if customers spent as they did before. Nothing of what comes later is in it; of waves, as many
 * customers as the first has are expected in each.
 */
async function scaleOf(
  tx: ShopTx,
  shopId: number,
  { campaign, waves }: { campaign: Campaign; waves: number },
): Promise<{ all: number; mixture: number | null; orderSquare: number }> {
  const { all, variance, byArm } = await assignedCounts(tx, shopId, campaign.id);
  const heldOut = byArm.get(0) ?? 0;
  const offered = campaign.arms.filter((arm) => arm.offer).map((arm) => byArm.get(arm.position) ?? 0);
  const least = Math.min(...offered.filter((count) => count > 0));
  const orderSquare = (await meanSquareOfOrders(tx, shopId)) || 1;
  if (heldOut === 0 || !Number.isFinite(least)) return { all, mixture: null, orderSquare };
  // Customers without a history: as if one in ten bought once.
  const spread = variance > 0 ? variance : 0.1 * orderSquare;
  return { all, orderSquare, mixture: mixtureFor((spread / waves) * (1 / heldOut + 1 / least), ALPHA / offered.length) };
}
