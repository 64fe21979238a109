import { randomBytes } from 'node:crypto';
import { mixtureFor } from '../audience/index.server.ts';
import { codeKeyOf } from '../loyalty/index.server.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { failureText, type AdminClient } from '../shopify/index.server.ts';
import { audiencePage } from './audience.store.server.ts';
import { ALPHA, armAt, WHOLE } from './arms.ts';
import { announcePage } from './announce.server.ts';
import { armChooser, inclusionChance, runChance } from './assign.server.ts';
import { assign, assignedCounts, lastAssigned, meanSquareOfOrders, netBetween } from './assign.store.server.ts';
import { ADD_CODES, CODES_ADDED, DEACTIVATE_DISCOUNT, DISCOUNT_BY_CODE } from './campaigns.shopify.server.ts';
import {
  countCodes,
  creatingCampaigns,
  firstCode,
  markAdded,
  markRefused,
  moveCampaign,
  noteBatch,
  noteCampaign,
  noteDiscount,
  noteInclusion,
  openBatch,
  readCampaign,
  readSeed,
  startBatch,
  unsentCodes,
  type Batch,
  type Campaign,
} from './campaigns.store.server.ts';
import { inclusionFor } from './budget.ts';
import { boundCodeFrom, CODE_BYTES, codeFrom } from './codes.ts';
import { discountInput } from './discount-input.ts';
import { createAtStore } from './discounts.server.ts';
import { readCadence } from './economics.store.server.ts';
import type { Offer } from './offer.ts';
import { contextOf } from './policy/context.ts';
import { contextsOf } from './policy/policy.store.server.ts';
import { chooser } from './policy/policy.ts';
import { cappedOf } from './standing/standing.store.server.ts';

const ISSUE_BATCH = 1_000;
const DAY_MS = 86_400_000;
/** Shopify takes at most 250 codes a call. */
const SEND_BATCH = 250;
const POLL_MS = 250;
const MOST_POLLS = 1_200;

/** The store refused what a campaign needs; trying again would not help. */
class CampaignRefusedError extends Error {
  override readonly name = 'CampaignRefusedError';
}

export type CreateTools = { client: AdminClient; bytes?: (count: number) => Uint8Array; pause?: (ms: number) => Promise<void> };
type Work = { platform: Platform; shop: ShopRef; tools: CreateTools; id: number };

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const inShop = <T>({ platform, shop }: Work, work: (tx: ShopTx) => Promise<T>): Promise<T> => platform.db.forShop(shop.id, work);

/**
 * Goes on with every campaign of the shop that is being created, from wherever it stopped: codes are rows before they are
 * sent, and what the store may have is asked for before it is sent again, so a crash at any point issues no code twice.
 */
export async function continueCampaigns(platform: Platform, shop: ShopRef, tools: CreateTools): Promise<void> {
  // The lock lives as long as this transaction, whose connection does nothing else: two workers never send the same batch.
  await platform.db.forShop(
    shop.id,
    async (lock) => {
      const [row] = await lock.$queryRaw<{ mine: boolean }[]>`SELECT pg_try_advisory_xact_lock(7327, ${shop.id}::int) AS mine`;
      if (!row?.mine) return;
      for (const id of await platform.db.forShop(shop.id, (tx) => creatingCampaigns(tx, shop.id))) {
        await continueOne({ platform, shop, tools, id });
      }
    },
    { timeoutMs: 1_800_000 },
  );
}

async function continueOne(work: Work): Promise<void> {
  const { platform, shop, id } = work;
  try {
    await assignAll(work);
    for (const arm of offerArms(await current(work))) await createDiscount(work, arm);
    while (await sendBatch(work));
    await announceAll(work);
    const now = platform.clock.now();
    await inShop(work, (tx) => moveCampaign(tx, shop.id, { id, from: ['creating'], to: 'active', now }));
    await stopIfEnded(work);
  } catch (error) {
    if (!(error instanceof CampaignRefusedError)) throw error;
    const failure = { id, from: ['creating'], to: 'failed', now: platform.clock.now(), error: error.message.slice(0, 500) } as const;
    await inShop(work, (tx) => moveCampaign(tx, shop.id, failure));
  }
}

/** Queues what tells the customers of a campaign, where it is not the merchant; from the start again after a crash, since the same key is the same message. */
async function announceAll(work: Work): Promise<void> {
  const campaign = await current(work);
  if (campaign.delivery === null || campaign.status !== 'creating') return;
  for (let after: bigint | null = -1n; after !== null;) {
    const from: bigint = after;
    const page = { campaign, after: from, limit: ISSUE_BATCH, now: work.platform.clock.now() };
    after = await inShop(work, (tx) => announcePage(tx, work.shop, page));
  }
}

const current = async (work: Work): Promise<Campaign> => {
  const campaign = await inShop(work, (tx) => readCampaign(tx, work.shop.id, work.id));
  if (!campaign) throw new CampaignRefusedError('the campaign is gone');
  return campaign;
};

/**
 * Puts each customer of the audience into an arm and writes a code for those with an offer, a page in one transaction. Once
 * all are written the audience stands, whatever customers do later.
 */
async function assignAll(work: Work): Promise<void> {
  const { platform, shop, id } = work;
  const campaign = await current(work);
  if (campaign.audienceSize > 0) return;
  const seed = await inShop(work, (tx) => readSeed(tx, work.shop.id, id));
  const draw: Draw = { campaign, choose: drawsOf(work, campaign, seed), isIn: await inclusionOf(work, campaign, seed) };
  for (let after: bigint | null = -1n; after !== null;) {
    const from: bigint = after;
    after = await inShop(work, (tx) => assignPage(tx, work, { ...draw, from }));
  }
  const { all, ...scale } = await inShop(work, (tx) => scaleOf(tx, shop.id, campaign));
  if (all === 0) throw new CampaignRefusedError('nobody is in the audience');
  await inShop(work, (tx) => noteCampaign(tx, shop.id, { id, now: platform.clock.now(), audienceSize: all, ...scale }));
}

type Drawn = { readonly arm: Campaign['arms'][number]; readonly propensity: number; readonly context: readonly number[] };
/** Draws the arms of a page of customers, by id. */
type Choose = (tx: ShopTx, customerIds: readonly bigint[]) => Promise<(customerId: bigint) => Drawn>;
type Draw = { readonly campaign: Campaign; readonly choose: Choose; readonly isIn: (customerId: bigint) => boolean };

/** By the shares alone; or, where the program chooses, by what is known of each customer and what was believed of the arms. */
function drawsOf({ shop, platform }: Work, campaign: Campaign, seed: Uint8Array): Choose {
  const { arms, policy, run } = campaign;
  if (policy === null || run === null) {
    const choose = armChooser(seed, arms);
    return async () => (customerId) => {
      const arm = choose(customerId);
      return { arm, propensity: arm.share / WHOLE, context: [] };
    };
  }
  const holdOut = (arms.find(({ position }) => position === 0)?.share ?? 0) / WHOLE;
  const chancesOf = chooser(policy, holdOut);
  return async (tx, customerIds) => {
    const orderSize = Math.sqrt((await meanSquareOfOrders(tx, shop.id)) || 1);
    const contexts = await contextsOf(tx, shop.id, { customerIds, now: platform.clock.now(), orderSize });
    return (customerId) => {
      const context = contexts.get(customerId) ?? contextOf(NOTHING_KNOWN);
      const chances = chancesOf(context);
      const weighed = arms.map((arm, at) => ({ arm, share: chances[at] ?? 0 }));
      const { arm, share } = armAt(weighed, runChance(seed, run, customerId));
      return { arm, propensity: share, context };
    };
  };
}

const NOTHING_KNOWN = { orders: 0, idleDays: null, size: null, alive: null, discountShare: null };

const momentOf = ({ shop, platform }: Work) => ({
  shopId: shop.id,
  timezone: shop.timezone,
  currency: shop.currency,
  now: platform.clock.now(),
});

/** Who gets in where the budget does not bear everybody: drawn by chance, told once and kept, so that a crash draws nobody anew. */
async function inclusionOf(work: Work, campaign: Campaign, seed: Uint8Array): Promise<Draw['isIn']> {
  const { mostCodes } = campaign;
  if (mostCodes === null) return () => true;
  const inclusion = campaign.inclusion ?? (await drawn(mostCodes));
  return (customerId) => inclusionChance(seed, customerId) < inclusion;

  async function drawn(most: number): Promise<number> {
    const choose = armChooser(seed, campaign.arms);
    const chances: number[] = [];
    for (let after = -1n; ;) {
      const page = { moment: momentOf(work), after, limit: 10 * ISSUE_BATCH };
      const ids = await inShop(work, (tx) => audiencePage(tx, campaign.audience, page));
      for (const customerId of ids) if (choose(customerId).offer) chances.push(inclusionChance(seed, customerId));
      const last = ids.at(-1);
      if (last === undefined || ids.length < page.limit) break;
      after = last;
    }
    const told = inclusionFor(Float64Array.from(chances), most);
    await inShop(work, (tx) => noteInclusion(tx, work.shop.id, { id: work.id, inclusion: told }));
    return told;
  }
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
  const { platform, shop, id, tools } = work;
  const { campaign, choose, isIn } = draw;
  const bytes = tools.bytes ?? randomBytes;
  const now = platform.clock.now();
  const last = await lastAssigned(tx, shop.id, id);
  const after = last > draw.from ? last : draw.from;
  const looked = await audiencePage(tx, campaign.audience, { moment: momentOf(work), after, limit: ISSUE_BATCH });
  const customerIds = await withoutCapped(tx, { shop, campaign, now }, looked.filter(isIn));
  const from = new Date(now.getTime() - campaign.beforeDays * DAY_MS);
  const before = await netBetween(tx, shop.id, { customerIds, from, to: now });
  // Who came into the audience after the draw never lifts the number of codes over what the budget bears.
  let left = campaign.mostCodes === null ? Infinity : campaign.mostCodes - (await countCodes(tx, shop.id, id)).all;
  const drawnOf = await choose(tx, customerIds);
  const key = await codeKeyOf(tx, shop.id);
  const codeOf = (customerId: bigint): string => {
    const { word } = campaign;
    return key === null ? codeFrom(bytes(CODE_BYTES), word) : boundCodeFrom(bytes(CODE_BYTES), { customerId, key, word });
  };
  const assigned = customerIds.flatMap((customerId) => {
    const { arm, propensity, context } = drawnOf(customerId);
    const { position, offer } = arm;
    if (offer && left <= 0) return [];
    if (offer) left -= 1;
    const code = offer ? codeOf(customerId) : null;
    return [{ customerId, arm: position, propensity, before: before.get(customerId) ?? 0n, code, context }];
  });
  await assign(tx, shop.id, { campaignId: id, at: now, assigned });
  return looked.length < ISSUE_BATCH ? null : (looked.at(-1) ?? null);
}

/**
 * How many customers there are, and the mixture of the intervals: tightest at the variance that the difference between the hold-out and
 * the smallest arm would have, if customers spent as they did before. Nothing of what comes later is in it.
 */
async function scaleOf(
  tx: ShopTx,
  shopId: number,
  campaign: Campaign,
): Promise<{ all: number; mixture: number | null; orderSquare: number }> {
  const { all, variance, byArm } = await assignedCounts(tx, shopId, campaign.id);
  const heldOut = byArm.get(0) ?? 0;
  const offered = campaign.arms.filter((arm) => arm.offer).map((arm) => byArm.get(arm.position) ?? 0);
  const least = Math.min(...offered.filter((count) => count > 0));
  const orderSquare = (await meanSquareOfOrders(tx, shopId)) || 1;
  if (heldOut === 0 || !Number.isFinite(least)) return { all, mixture: null, orderSquare };
  // Customers without a history: as if one in ten bought once.
  const spread = variance > 0 ? variance : 0.1 * orderSquare;
  return { all, orderSquare, mixture: mixtureFor(spread * (1 / heldOut + 1 / least), ALPHA / offered.length) };
}

async function idOfCode(work: Work, code: string): Promise<string | null> {
  const outcome = await work.tools.client.run(work.shop, DISCOUNT_BY_CODE, { code });
  if (outcome.kind !== 'ok') throw new CampaignRefusedError(failureText(outcome));
  return outcome.data.codeDiscountNodeByCode?.id ?? null;
}

type OfferArm = Campaign['arms'][number] & { offer: Offer };
const offerArms = (campaign: Campaign): OfferArm[] => campaign.arms.flatMap((arm) => (arm.offer ? [{ ...arm, offer: arm.offer }] : []));

/** Creates an arm's one discount with its first code, unless the store has it already or nobody is in the arm. */
async function createDiscount(work: Work, arm: OfferArm): Promise<void> {
  const { platform, shop, tools, id } = work;
  const campaign = await current(work);
  if (arm.discountGid || campaign.status !== 'creating') return;
  const place = { campaignId: id, arm: arm.position };
  const code = await inShop(work, (tx) => firstCode(tx, shop.id, place));
  if (code === null) return;
  let discountGid = await idOfCode(work, code);
  if (discountGid === null) {
    const made = await createAtStore({ client: tools.client, shop }, discountInput(campaign, arm, shop), code);
    if (made.kind === 'refused') throw new CampaignRefusedError(made.error);
    discountGid = made.gid;
  }
  const gid = discountGid;
  await inShop(work, async (tx) => {
    await noteDiscount(tx, shop.id, { ...place, gid });
    await markAdded(tx, shop.id, { codes: [code], at: platform.clock.now() });
  });
}

/** Sends the next codes, or goes on with those on their way. @returns false when none is left. */
async function sendBatch(work: Work): Promise<boolean> {
  const { platform, shop, tools, id } = work;
  const campaign = await current(work);
  if (campaign.status !== 'creating') return false;
  const open = await inShop(work, (tx) => openBatch(tx, shop.id, id));
  const next = await inShop(work, (tx) => nextCodes(tx, work, { campaign, open }));
  if (!next) return false;
  const { arm, discountGid, codes } = next;
  const now = platform.clock.now();
  const batch = open ?? (await inShop(work, (tx) => startBatch(tx, shop.id, { campaignId: id, arm, codes: codes.length, now })));
  const gid = batch.bulkCreationGid ?? (await addCodes(work, { discountGid, codes, batch }));
  const failed = gid === null ? 0 : await settle(work, { gid, discountGid });
  await inShop(work, (tx) =>
    noteBatch(tx, shop.id, { campaignId: id, position: batch.position, now, status: 'done', failed: failed ?? 0 }),
  );
  return true;

  async function addCodes(at: Work, send: { discountGid: string; codes: string[]; batch: Batch }): Promise<string | null> {
    if (send.codes.length === 0) return null;
    const added = await tools.client.run(at.shop, ADD_CODES, { discountId: send.discountGid, codes: send.codes.map((code) => ({ code })) });
    if (added.kind !== 'ok') throw new CampaignRefusedError(failureText(added));
    const bulkCreationGid = added.data.discountRedeemCodeBulkAdd?.bulkCreation?.id ?? null;
    if (bulkCreationGid === null) throw new CampaignRefusedError('the store took no codes');
    const note = { campaignId: id, position: send.batch.position, now, status: 'sent', bulkCreationGid } as const;
    await inShop(at, (tx) => noteBatch(tx, shop.id, note));
    return bulkCreationGid;
  }
}

type NextCodes = { arm: number; discountGid: string; codes: string[] };

/** The next codes to send, of the arm whose batch is open or else of the first that has any left; null when none is. */
async function nextCodes(tx: ShopTx, work: Work, at: { campaign: Campaign; open: Batch | null }): Promise<NextCodes | null> {
  const { open, campaign } = at;
  for (const { position, discountGid } of campaign.arms) {
    if (discountGid === null || (open && open.arm !== position)) continue;
    const codes = await unsentCodes(tx, work.shop.id, { campaignId: work.id, arm: position, limit: SEND_BATCH });
    if (codes.length > 0 || open) return { arm: position, discountGid, codes };
  }
  return null;
}

/** Waits until the store has taken a batch and writes down what came of each code. @returns how many it refused. */
async function settle(work: Work, sent: { gid: string; discountGid: string }): Promise<number> {
  const { platform, shop, tools } = work;
  const pause = tools.pause ?? sleep;
  for (let polled = 0; polled < MOST_POLLS; polled += 1) {
    const outcome = await tools.client.run(shop, CODES_ADDED, { id: sent.gid });
    if (outcome.kind !== 'ok') throw new CampaignRefusedError(failureText(outcome));
    const creation = outcome.data.discountRedeemCodeBulkCreation;
    if (creation && !creation.done) {
      await pause(POLL_MS);
      continue;
    }
    // A creation that the store has forgotten leaves its codes unsent: they go out again, and those that arrived are found.
    const answers = creation?.codes.nodes ?? [];
    const added = answers.filter((answer) => answer.errors.length === 0).map((answer) => answer.code);
    let refused = 0;
    for (const answer of answers.filter((one) => one.errors.length > 0)) {
      // Sent twice around a crash, a code is "taken" by our own discount.
      if ((await idOfCode(work, answer.code)) === sent.discountGid) added.push(answer.code);
      else {
        refused += 1;
        const error = answer.errors.map((one) => one.message).join('; ');
        await inShop(work, (tx) => markRefused(tx, shop.id, { code: answer.code, error }));
      }
    }
    await inShop(work, (tx) => markAdded(tx, shop.id, { codes: added, at: platform.clock.now() }));
    return refused;
  }
  throw new Error('the store is still adding codes');
}

/** A campaign that was ended while it was made may have got its discount after that. */
async function stopIfEnded(work: Work): Promise<void> {
  const campaign = await current(work);
  if (campaign.status !== 'ended') return;
  for (const gid of campaign.arms.flatMap((arm) => arm.discountGid ?? [])) {
    const outcome = await work.tools.client.run(work.shop, DEACTIVATE_DISCOUNT, { id: gid });
    if (outcome.kind !== 'ok' && outcome.kind !== 'user-errors') throw new Error(failureText(outcome));
  }
}
