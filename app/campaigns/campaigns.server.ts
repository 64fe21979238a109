import { writeAudit, type AuditAction } from '../audit/index.server.ts';
import { cancelMessages } from '../delivery/index.server.ts';
import type { Platform, ShopRef, ShopScope } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { markDirty, personKeys, takeDirty } from '../record/index.server.ts';
import { failureText, type AdminClient } from '../shopify/index.server.ts';
import { wordsOf } from './audience.store.server.ts';
import { shownStatus, type CampaignStatus, type RuleWords, type ShownStatus } from './campaign.ts';
import { ACTIVATE_DISCOUNT, DEACTIVATE_DISCOUNT } from './campaigns.shopify.server.ts';
import {
  countCodes,
  moveCampaign,
  offersOfCustomer,
  readCampaign,
  readCampaigns,
  readCodes,
  type Campaign,
  type CodeRow,
  type OfferMade,
} from './campaigns.store.server.ts';
import { planCampaign, unplanCampaign } from './demand.server.ts';
import { setDates } from './discounts.server.ts';
import { cancelFlows } from './hand-over/flow.server.ts';
import { collectionsOf } from './goods.ts';
import { createJob, markOffersJob } from './job-definitions.ts';
import { membersOf, namedCollections } from './members.server.ts';
import type { Offer } from './offer.ts';
import { stopWaves } from './waves/waves.store.server.ts';
import { worstCase } from './worst-case.ts';
import {
  differingRedemptions,
  NO_FIGURES,
  ownersOfUsed,
  readFigures,
  rewriteRedemptions,
  writeRedemptions,
  type CampaignFigures,
  type RedemptionDifference,
} from './redemptions.store.server.ts';

const COUNT_BATCH = 500;
const PAGE = 25;

export type CampaignRow = Campaign & { shown: ShownStatus; figures: CampaignFigures };

/** The latest 200 campaigns with what came of them. */
export async function listCampaigns(scope: ShopScope): Promise<CampaignRow[]> {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const campaigns = await readCampaigns(tx, scope.shop.id, 200);
    const figures = await readFigures(
      tx,
      scope.shop.id,
      campaigns.map((campaign) => campaign.id),
    );
    return campaigns.map((campaign) => ({
      ...campaign,
      shown: shownStatus(campaign, scope.clock.now()),
      figures: figures.get(campaign.id) ?? NO_FIGURES,
    }));
  });
}

export type CampaignPage = {
  campaign: CampaignRow;
  /** Who was to get a code, rule by rule. */
  words: RuleWords[];
  /** The collections that its offers are on; products null: it is gone. */
  collections: { title: string; products: number | null }[];
  codes: { all: number; added: number; refused: number };
  rows: CodeRow[];
  /** Where the next page begins; null on the last. */
  next: bigint | null;
};

/** A campaign with a page of its codes; null when there is none such. */
export async function campaignPage(
  scope: ShopScope,
  wanted: { id: number; after: bigint; redeemedOnly: boolean },
): Promise<CampaignPage | null> {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const campaign = await readCampaign(tx, scope.shop.id, wanted.id);
    if (!campaign) return null;
    const figures = (await readFigures(tx, scope.shop.id, [campaign.id])).get(campaign.id) ?? NO_FIGURES;
    const { after, redeemedOnly } = wanted;
    const found = await readCodes(tx, personKeys(scope), { campaignId: campaign.id, after, redeemedOnly, limit: PAGE + 1 });
    const rows = found.slice(0, PAGE);
    return {
      campaign: { ...campaign, shown: shownStatus(campaign, scope.clock.now()), figures },
      words: wordsOf(campaign.audience),
      collections: await collectionsNow(tx, scope.shop.id, campaign),
      codes: await countCodes(tx, scope.shop.id, campaign.id),
      rows,
      next: found.length > PAGE ? (rows.at(-1)?.customerId ?? null) : null,
    };
  });
}

async function replan(tx: ShopTx, scope: ShopScope, campaign: Campaign): Promise<void> {
  const offers = offersOf(campaign);
  const members = await membersOf(tx, scope.shop.id, offers);
  await planCampaign(tx, scope, { ...campaign, offers, factor: campaign.demandFactor, members });
}

/** The collections that a campaign's offers are on, with how many products are in each now; products null: it is gone. */
async function collectionsNow(tx: ShopTx, shopId: number, { arms }: Campaign): Promise<{ title: string; products: number | null }[]> {
  const offers = arms.flatMap(({ offer }) => offer ?? []);
  const held = new Map((await namedCollections(tx, shopId, offers)).map((one) => [one.id, one]));
  return collectionsOf(offers).map((id) => {
    const one = held.get(id);
    return { title: one?.title ?? '', products: one?.productIds.length ?? null };
  });
}

/** Every code of a campaign, page by page. */
export async function* allCodes(scope: ShopScope, campaignId: number): AsyncGenerator<CodeRow> {
  for (let after = -1n; ;) {
    const page = { campaignId, after, limit: 1_000, redeemedOnly: false };
    const rows = await scope.db.forShop(scope.shop.id, (tx) => readCodes(tx, personKeys(scope), page));
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < page.limit) return;
    after = last.customerId;
  }
}

export type CustomerOffers = {
  readonly made: readonly (OfferMade & { readonly words: readonly RuleWords[]; readonly holds: boolean })[];
  /** What codes that work now take off together at most, of a cart of the size of this customer's orders; null where there are none. */
  readonly worst: { readonly cart: bigint; readonly off: bigint } | null;
};

/** What a customer was offered and why, what else there was, and the worst case of what works now. */
export async function offersTo(scope: ShopScope, customerId: bigint): Promise<CustomerOffers> {
  const now = scope.clock.now();
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const found = await offersOfCustomer(tx, scope.shop.id, customerId);
    const made = found.map((offer) => {
      const isOver = offer.endsAt !== null && offer.endsAt <= now;
      return {
        ...offer,
        words: wordsOf(offer.audience),
        holds: offer.code !== null && offer.status === 'active' && !isOver && !offer.redeemed,
      };
    });
    const held = made.flatMap(({ holds, arm, arms }) => (holds ? (arms.find(({ position }) => position === arm)?.offer ?? []) : []));
    const where = { shopId_customerId: { shopId: scope.shop.id, customerId } };
    const sums = await tx.customerRollup.findUnique({ where, select: { net: true, orders: true } });
    const cart = sums && sums.orders > 0 && sums.net > 0n ? sums.net / BigInt(sums.orders) : null;
    return { made, worst: cart === null || held.length === 0 ? null : { cart, off: worstCase(held, cart) } };
  });
}

const offersOf = ({ arms }: Campaign): Offer[] => arms.flatMap(({ offer }) => offer ?? []);

type Acting = ShopScope & { readonly admin: AdminClient };
/** `wrong-status`: the campaign is in a state from which this cannot be done, or is none. */
export type ActOutcome = { kind: 'ok' } | { kind: 'wrong-status' } | { kind: 'refused'; error: string };

async function act(
  scope: Acting,
  id: number,
  how: {
    action: AuditAction;
    from: readonly CampaignStatus[];
    to: CampaignStatus;
    atStore: (campaign: Campaign, gid: string) => Promise<string | null>;
  },
): Promise<ActOutcome> {
  const campaign = await scope.db.forShop(scope.shop.id, (tx) => readCampaign(tx, scope.shop.id, id));
  if (!campaign || !how.from.includes(campaign.status)) return { kind: 'wrong-status' };
  // The store first: what we show as paused must be paused where customers pay.
  for (const gid of campaign.arms.flatMap((arm) => arm.discountGid ?? [])) {
    const error = await how.atStore(campaign, gid);
    if (error !== null) return { kind: 'refused', error };
  }
  const now = scope.clock.now();
  // What is ended by hand ends now, for the report too.
  const early = how.to === 'ended' && campaign.startsAt < now && !(campaign.endsAt && campaign.endsAt < now);
  const moved = await scope.db.forShop(scope.shop.id, async (tx) => {
    const done = await moveCampaign(tx, scope.shop.id, { id, from: how.from, to: how.to, now, ...(early ? { endsAt: now } : {}) });
    if (!done) return false;
    await writeAudit(tx, scope, { action: how.action, subject: `campaign/${id}`, before: campaign.status, after: how.to });
    if (how.to === 'ended') {
      await cancelMessages(tx, scope.shop.id, { campaignId: id, now });
      await cancelFlows(tx, scope.shop.id, id);
      await stopWaves(tx, scope.shop.id, { campaignId: id, from: ['planned', 'making'], to: 'stopped' });
    }
    if (how.to !== 'active') await unplanCampaign(tx, scope, campaign);
    else await replan(tx, scope, campaign);
    return true;
  });
  if (moved) await scope.queue.enqueue(markOffersJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return moved ? { kind: 'ok' } : { kind: 'wrong-status' };
}

async function deactivate(scope: Acting, gid: string): Promise<string | null> {
  const outcome = await scope.admin.run(scope.shop, DEACTIVATE_DISCOUNT, { id: gid });
  return outcome.kind === 'ok' ? null : failureText(outcome);
}

/** Stops the codes for a while, at the store. */
export async function pauseCampaign(scope: Acting, id: number): Promise<ActOutcome> {
  return act(scope, id, { action: 'campaign.paused', from: ['active'], to: 'paused', atStore: (_, gid) => deactivate(scope, gid) });
}

/** Stops the codes for good, at the store; also while they are still being made. */
export async function endCampaign(scope: Acting, id: number): Promise<ActOutcome> {
  return act(scope, id, {
    action: 'campaign.ended',
    from: ['creating', 'active', 'paused', 'failed'],
    to: 'ended',
    atStore: (_, gid) => deactivate(scope, gid),
  });
}

/** Lets the codes work again, to the end that the campaign had. */
export async function resumeCampaign(scope: Acting, id: number): Promise<ActOutcome> {
  return act(scope, id, {
    action: 'campaign.resumed',
    from: ['paused'],
    to: 'active',
    async atStore(campaign, gid) {
      const activated = await scope.admin.run(scope.shop, ACTIVATE_DISCOUNT, { id: gid });
      if (activated.kind !== 'ok') return failureText(activated);
      const offer = campaign.arms.find((arm) => arm.discountGid === gid)?.offer;
      if (!offer) return null;
      const { startsAt, endsAt } = campaign;
      return setDates({ client: scope.admin, shop: scope.shop }, { gid, offer, startsAt, endsAt });
    },
  });
}

/** Tries a campaign again that the store refused half-way; what is done stays done. */
export async function retryCampaign(scope: ShopScope, id: number): Promise<ActOutcome> {
  const now = scope.clock.now();
  const moved = await scope.db.forShop(scope.shop.id, async (tx) => {
    const done = await moveCampaign(tx, scope.shop.id, { id, from: ['failed'], to: 'creating', now });
    if (done) await writeAudit(tx, scope, { action: 'campaign.retried', subject: `campaign/${id}` });
    return done;
  });
  if (!moved) return { kind: 'wrong-status' };
  await scope.queue.enqueue(createJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return { kind: 'ok' };
}

/** Counts the orders that the record marked: what their codes brought and cost, as they stand now. */
export async function countRedemptions(platform: Platform, shop: ShopRef): Promise<number> {
  for (let counted = 0; ;) {
    const turn = await platform.db.forShop(shop.id, async (tx) => {
      const orderIds = await takeDirty(tx, shop.id, { feed: 'campaigns', limit: COUNT_BATCH });
      // Whose codes were used, and whose no longer are.
      const before = await ownersOfUsed(tx, shop.id, orderIds);
      const written = await writeRedemptions(tx, shop.id, orderIds);
      await markDirty(tx, shop.id, { feed: 'offers', ids: [...before, ...(await ownersOfUsed(tx, shop.id, orderIds))] });
      return { taken: orderIds.length, counted: written };
    });
    counted += turn.counted;
    if (turn.taken < COUNT_BATCH) return counted;
  }
}

/** Puts redemptions derived anew in place of the live ones. @returns how many there are. */
export async function rebuildRedemptions(platform: Platform, shop: ShopRef): Promise<number> {
  return platform.db.forShop(shop.id, async (tx) => {
    const before = await ownersOfUsed(tx, shop.id, null);
    const written = await rewriteRedemptions(tx, shop.id);
    await markDirty(tx, shop.id, { feed: 'offers', ids: [...before, ...(await ownersOfUsed(tx, shop.id, null))] });
    return written;
  });
}

/** Derives every redemption from the orders and compares. */
export async function verifyCampaigns(scope: ShopScope, limit = 50): Promise<(RedemptionDifference & { table: 'campaign_redemptions' })[]> {
  const rows = await scope.db.forShop(scope.shop.id, (tx) => differingRedemptions(tx, scope.shop.id, limit));
  return rows.map((row) => ({ table: 'campaign_redemptions', ...row }));
}
