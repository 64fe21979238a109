import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { dayOf, startOfDay, addDays, type Day } from '../core/calendar.ts';
import type { JobDefinition } from '../core/job.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import type { Platform, ShopRef, ShopScope } from '../platform/context.server.ts';
import { AdminUnavailableError, failureText, type AdminClient } from '../shopify/index.server.ts';
import { ADD_CODES, CODES_RESULT, CODES_STATE, CREATE_DISCOUNT, FIND_DISCOUNT } from './campaigns.shopify.server.ts';
import {
  audiencePage,
  codesIn,
  countAudience,
  endBatch,
  insertCampaign,
  issueCodes,
  openBatch,
  readCampaign,
  settleCodes,
  startBatch,
  updateCampaign,
  type CampaignRow,
} from './campaigns.store.server.ts';
import { codeWord, personalCode } from './code.ts';
import { customerGets, minimumRequirement, offer, type Offer } from './offer.ts';
import { audience, type Audience } from './rules/registry.ts';

export type CampaignDraft = { name: string; word: string; audience: Audience; offer: Offer; startsOn: Day; endsOn: Day | null };

export const createJob: JobDefinition<{ shopId: number; campaignId: number }> = {
  name: 'campaigns.create',
  schema: z.object({ shopId: z.int().positive(), campaignId: z.int().positive() }),
  retries: 10,
  retrySeconds: 10,
  timeoutSeconds: 3_600,
  lane: 'slow',
};

const stored = z.object({ word: z.string(), rules: audience });

/** How many customers a set of conditions means now. */
export async function audienceCount(scope: ShopScope, wanted: Audience): Promise<number> {
  const today = dayOf(scope.clock.now(), scope.shop.timezone);
  return scope.db.forShop(scope.shop.id, (tx) => countAudience(tx, scope.shop.id, { audience: wanted, today }));
}

function problemsOf(draft: CampaignDraft): Record<string, string> {
  const problems: Record<string, string> = {};
  const name = draft.name.trim();
  if (name === '' || name.length > 100) problems['name'] = 'campaigns.error.name';
  if (codeWord(draft.word) === null) problems['word'] = 'campaigns.error.word';
  if (!audience.safeParse(draft.audience).success) problems['audience'] = 'campaigns.error.audience';
  if (!offer.safeParse(draft.offer).success) problems['offer'] = 'campaigns.error.offer';
  if (draft.endsOn !== null && draft.endsOn < draft.startsOn) problems['endsOn'] = 'campaigns.error.ends';
  return problems;
}

/** Makes a campaign and has its codes created in the background. @returns its number, or what is wrong by field. */
export async function createCampaign(scope: ShopScope, draft: CampaignDraft): Promise<Ok<number> | Invalid> {
  const problems = problemsOf(draft);
  if (Object.keys(problems).length === 0 && (await audienceCount(scope, draft.audience)) === 0)
    problems['audience'] = 'campaigns.error.nobody';
  if (Object.keys(problems).length > 0) return invalid(problems);
  const { timezone } = scope.shop;
  const id = await scope.db.forShop(scope.shop.id, (tx) =>
    insertCampaign(tx, scope.shop.id, {
      name: draft.name.trim(),
      audience: { word: codeWord(draft.word) ?? '', rules: draft.audience },
      offer: draft.offer,
      startsAt: startOfDay(draft.startsOn, timezone),
      // The last day counts whole.
      endsAt: draft.endsOn === null ? null : startOfDay(addDays(draft.endsOn, 1), timezone),
      at: scope.clock.now(),
    }),
  );
  await scope.queue.enqueue(createJob, { shopId: scope.shop.id, campaignId: id }, { key: `${scope.shop.id}/${id}` });
  return ok(id);
}

export type CreateTools = { client: AdminClient; pause?: (ms: number) => Promise<void>; random?: (size: number) => Uint8Array };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const ISSUE_BATCH = 500;
/** Shopify takes 250 codes a call. */
const SEND_BATCH = 250;

/**
 * Brings a campaign from its row to the store, going on wherever an earlier run ended: every customer gets a code as a
 * row first, then the one discount is made, then the codes are added in batches. Nothing is sent twice: a discount is
 * looked up by its first code, and a batch's own answer is read, before either is sent again.
 */
export async function buildCampaign(platform: Platform, tools: CreateTools, work: { shop: ShopRef; campaignId: number }): Promise<void> {
  const { shop, campaignId } = work;
  const read = (): Promise<CampaignRow | null> => platform.db.forShop(shop.id, (tx) => readCampaign(tx, shop.id, campaignId));
  const campaign = await read();
  if (campaign?.status !== 'creating') return;
  await issueAll(platform, tools, { shop, campaign });
  const discountGid = campaign.discountGid ?? (await makeDiscount(platform, tools, { shop, campaign }));
  if (!discountGid) return;
  await finishOpenBatch(platform, tools, { shop, campaignId });
  for (;;) {
    const codes = await platform.db.forShop(shop.id, (tx) => codesIn(tx, shop.id, { campaignId, status: 'issued', limit: SEND_BATCH }));
    if (codes.length === 0) break;
    await sendCodes(platform, tools, { shop, campaignId, discountGid, codes });
    await finishOpenBatch(platform, tools, { shop, campaignId });
  }
  await platform.db.forShop(shop.id, (tx) =>
    updateCampaign(tx, shop.id, { id: campaignId, status: 'active', error: null, at: platform.clock.now() }),
  );
}

type Work = { shop: ShopRef; campaign: CampaignRow };

async function issueAll(platform: Platform, tools: CreateTools, { shop, campaign }: Work): Promise<void> {
  // Whoever was in the audience when the discount was made is in the campaign; nobody joins later.
  if (campaign.discountGid) return;
  const { word, rules } = stored.parse(campaign.audience);
  const random = tools.random ?? ((size: number) => randomBytes(size));
  const today = dayOf(platform.clock.now(), shop.timezone);
  for (let after = -1n; ;) {
    const customers = await platform.db.forShop(shop.id, async (tx) => {
      const page = await audiencePage(tx, shop.id, { audience: rules, today, campaignId: campaign.id, after, limit: ISSUE_BATCH });
      await issueCodes(
        tx,
        shop.id,
        page.map((customerId) => ({ code: personalCode(random(48), word), campaignId: campaign.id, customerId })),
      );
      return page;
    });
    const last = customers.at(-1);
    if (last === undefined) break;
    after = last;
  }
}

async function makeDiscount(platform: Platform, tools: CreateTools, { shop, campaign }: Work): Promise<string | null> {
  const [first] = await platform.db.forShop(shop.id, (tx) => codesIn(tx, shop.id, { campaignId: campaign.id, status: 'issued', limit: 1 }));
  const made =
    first === undefined ? { error: 'nobody is in the audience any more' } : await discountWith(tools.client, { shop, campaign }, first);
  const at = platform.clock.now();
  if ('error' in made || first === undefined) {
    const error = 'error' in made ? made.error : null;
    await platform.db.forShop(shop.id, (tx) => updateCampaign(tx, shop.id, { id: campaign.id, status: 'failed', error, at }));
    return null;
  }
  await platform.db.forShop(shop.id, async (tx) => {
    await settleCodes(tx, shop.id, { added: [first], refused: [], at });
    await updateCampaign(tx, shop.id, { id: campaign.id, discountGid: made.gid, at });
  });
  return made.gid;
}

/** The campaign's discount in the store: the one that holds its first code already, or a new one. */
async function discountWith(client: AdminClient, { shop, campaign }: Work, code: string): Promise<{ gid: string } | { error: string }> {
  const found = await client.run(shop, FIND_DISCOUNT, { code });
  if (found.kind === 'ok' && found.data.codeDiscountNodeByCode) return { gid: found.data.codeDiscountNodeByCode.id };
  const value = offer.parse(campaign.offer);
  const made = await client.run(shop, CREATE_DISCOUNT, {
    discount: {
      title: campaign.name,
      code,
      startsAt: campaign.startsAt.toISOString(),
      endsAt: campaign.endsAt?.toISOString() ?? null,
      context: { all: 'ALL' },
      customerGets: customerGets(value, shop.currency),
      minimumRequirement: minimumRequirement(value, shop.currency),
      usageLimit: 1,
      appliesOncePerCustomer: true,
    },
  });
  if (made.kind !== 'ok') return { error: failureText(made) };
  const gid = made.data.discountCodeBasicCreate?.codeDiscountNode?.id;
  if (!gid) throw new AdminUnavailableError('the store made no discount');
  return { gid };
}

async function sendCodes(
  platform: Platform,
  tools: CreateTools,
  batch: { shop: ShopRef; campaignId: number; discountGid: string; codes: string[] },
): Promise<void> {
  const { shop, campaignId, discountGid } = batch;
  // After a crash between the call and its record, some of these may be in the store already: a code that is there is
  // answered as taken, and is found to be ours.
  const sent = await tools.client.run(shop, ADD_CODES, { discountId: discountGid, codes: batch.codes.map((code) => ({ code })) });
  if (sent.kind !== 'ok') throw new AdminUnavailableError(failureText(sent));
  const bulkCreationGid = sent.data.discountRedeemCodeBulkAdd?.bulkCreation?.id;
  if (!bulkCreationGid) throw new AdminUnavailableError('the store took no codes');
  await platform.db.forShop(shop.id, (tx) =>
    startBatch(tx, shop.id, { campaignId, bulkCreationGid, codes: batch.codes.length, at: platform.clock.now() }),
  );
}

/** Waits for the batch under way and reads what became of each of its codes. */
async function finishOpenBatch(platform: Platform, tools: CreateTools, work: { shop: ShopRef; campaignId: number }): Promise<void> {
  const { shop, campaignId } = work;
  const open = await platform.db.forShop(shop.id, (tx) => openBatch(tx, shop.id, campaignId));
  if (!open) return;
  await waitForBatch(tools, shop, open.bulkCreationGid);
  const state = await tools.client.run(shop, CODES_RESULT, { id: open.bulkCreationGid });
  if (state.kind !== 'ok') throw new AdminUnavailableError(failureText(state));
  const results = state.data.discountRedeemCodeBulkCreation?.codes.nodes ?? [];
  const ours = await discountOf(platform, work);
  const refused: { code: string; error: string }[] = [];
  for (const { code, errors } of results.filter((result) => result.errors.length > 0)) {
    // A code of ours that an earlier, unrecorded call brought in is answered as taken.
    const holder = await tools.client.run(shop, FIND_DISCOUNT, { code });
    const isOurs = holder.kind === 'ok' && holder.data.codeDiscountNodeByCode?.id === ours;
    if (!isOurs) refused.push({ code, error: errors.map((error) => error.message).join('; ') });
  }
  const wrong = new Set(refused.map((entry) => entry.code));
  const added = results.map((result) => result.code).filter((code) => !wrong.has(code));
  await platform.db.forShop(shop.id, async (tx) => {
    await settleCodes(tx, shop.id, { added, refused, at: platform.clock.now() });
    await endBatch(tx, shop.id, { campaignId, position: open.position, failed: refused.length, at: platform.clock.now() });
  });
}

/** Asks cheaply until the store has worked through a batch; a batch that it has forgotten is done with. */
async function waitForBatch(tools: CreateTools, shop: ShopRef, id: string): Promise<void> {
  const pause = tools.pause ?? sleep;
  for (let wait = 50; ; wait = Math.min(2_000, wait * 2)) {
    const state = await tools.client.run(shop, CODES_STATE, { id });
    if (state.kind !== 'ok') throw new AdminUnavailableError(failureText(state));
    if (state.data.discountRedeemCodeBulkCreation?.done !== false) return;
    await pause(wait);
  }
}

async function discountOf(platform: Platform, work: { shop: ShopRef; campaignId: number }): Promise<string | null> {
  const row = await platform.db.forShop(work.shop.id, (tx) => readCampaign(tx, work.shop.id, work.campaignId));
  return row?.discountGid ?? null;
}
