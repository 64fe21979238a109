import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { failureText } from '../shopify/index.server.ts';
import { markDirty } from '../record/index.server.ts';
import { announceCodes, announcePage } from './announce.server.ts';
import { assignAll, ISSUE_BATCH } from './assign-audience.server.ts';
import { ADD_CODES, CODES_ADDED, DEACTIVATE_DISCOUNT, DISCOUNT_BY_CODE } from './campaigns.shopify.server.ts';
import {
  creatingCampaigns,
  firstCode,
  markAdded,
  markRefused,
  moveCampaign,
  noteBatch,
  noteDiscount,
  openBatch,
  startBatch,
  unsentCodes,
  type Batch,
  type Campaign,
} from './campaigns.store.server.ts';
import { CampaignRefusedError, current, inShop, isMade, type CreateTools, type Work } from './create-work.server.ts';
import { discountInput } from './discount-input.ts';
import { createAtStore } from './discounts.server.ts';
import { campaignsWithReplacements, markTold, noteReplaceError, replacementsToTell } from './misuse/replace.store.server.ts';
import type { Offer } from './offer.ts';
import { finishWave, nextWave, putOff } from './waves/run-waves.server.ts';
import { campaignsWithWaves } from './waves/waves.store.server.ts';

/** Shopify takes at most 250 codes a call. */
const SEND_BATCH = 250;
const POLL_MS = 250;
const MOST_POLLS = 1_200;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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
      const open = await platform.db.forShop(shop.id, async (tx) => [
        ...(await creatingCampaigns(tx, shop.id)),
        ...(await campaignsWithWaves(tx, shop.id, platform.clock.now())),
      ]);
      for (const id of open) await continueOne({ platform, shop, tools, id });
      for (const id of await platform.db.forShop(shop.id, (tx) => campaignsWithReplacements(tx, shop.id)))
        await replaceIn({ platform, shop, tools, id, wave: null });
    },
    { timeoutMs: 1_800_000 },
  );
}

async function continueOne(begun: Omit<Work, 'wave'>): Promise<void> {
  const { platform, shop, id } = begun;
  const step = await nextWave(begun);
  const work: Work = { ...begun, wave: step.wave };
  const now = (): Date => platform.clock.now();
  try {
    if (step.kind === 'make') await makeAll(work);
    if (!(await isStopped(work)))
      await inShop(work, (tx) => moveCampaign(tx, shop.id, { id, from: ['creating'], to: 'active', now: now() }));
    await stopIfEnded(work);
  } catch (error) {
    if (!(error instanceof CampaignRefusedError)) throw error;
    const text = error.message.slice(0, 500);
    const failure = { id, from: ['creating'], to: 'failed', now: now(), error: text } as const;
    const failed = await inShop(work, (tx) => moveCampaign(tx, shop.id, failure));
    // What went out before a later wave goes on to work.
    if (!failed) await putOff(work, text);
  }
}

/** Makes the codes that stand in place of others, and tells their customers. */
async function replaceIn(work: Work): Promise<void> {
  const { platform, shop, id } = work;
  try {
    while (await sendBatch(work));
  } catch (error) {
    if (!(error instanceof CampaignRefusedError)) throw error;
    const { message } = error;
    return inShop(work, (tx) => noteReplaceError(tx, shop.id, { campaignId: id, error: message }));
  }
  const campaign = await current(work);
  await inShop(work, async (tx) => {
    const now = platform.clock.now();
    const found = await replacementsToTell(tx, shop.id, id);
    await announceCodes(tx, shop, { campaign, found, now });
    await markDirty(tx, shop.id, { feed: 'offers', ids: found.map(({ customerId }) => customerId) });
    await markTold(tx, shop.id, { codes: found.map(({ code }) => code), at: now });
  });
}

const isStopped = async (work: Work): Promise<boolean> => !isMade(await current(work));

/** Assigns, makes the codes and tells the customers, of everybody or of a wave. */
async function makeAll(work: Work): Promise<void> {
  await assignAll(work);
  for (const arm of offerArms(await current(work))) await createDiscount(work, arm);
  while (await sendBatch(work));
  await announceAll(work);
  if (!(await isStopped(work))) await finishWave(work);
}

/** Queues what tells the customers of a campaign, where it is not the merchant; from the start again after a crash, since the same key is the same message. */
async function announceAll(work: Work): Promise<void> {
  const campaign = await current(work);
  const isLater = work.wave !== null && work.wave.wave > 0;
  if ((campaign.delivery === null && !isLater) || !isMade(campaign)) return;
  for (let after: bigint | null = -1n; after !== null;) {
    const from: bigint = after;
    const page = { campaign, after: from, limit: ISSUE_BATCH, now: work.platform.clock.now(), wave: work.wave?.wave ?? null };
    after = await inShop(work, (tx) => announcePage(tx, work.shop, page));
  }
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
  if (arm.discountGid || !isMade(campaign)) return;
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
  if (!isMade(campaign)) return false;
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

/** A campaign that was ended or paused while it was made may have got a discount after that. */
async function stopIfEnded(work: Work): Promise<void> {
  const campaign = await current(work);
  if (campaign.status !== 'ended' && campaign.status !== 'paused') return;
  for (const gid of campaign.arms.flatMap((arm) => arm.discountGid ?? [])) {
    const outcome = await work.tools.client.run(work.shop, DEACTIVATE_DISCOUNT, { id: gid });
    if (outcome.kind !== 'ok' && outcome.kind !== 'user-errors') throw new Error(failureText(outcome));
  }
}
