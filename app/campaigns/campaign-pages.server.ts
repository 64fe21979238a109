import type { ShopScope } from '../platform/context.server.ts';
import { failureText, type AdminClient } from '../shopify/index.server.ts';
import { ACTIVATE_DISCOUNT, DEACTIVATE_DISCOUNT } from './campaigns.shopify.server.ts';
import {
  campaignFigures,
  codeRows,
  differingRedemptions,
  listAll,
  moveCampaign,
  readCampaign,
  type CampaignStatus,
  type CodeRow,
} from './campaigns.store.server.ts';

/** The shop's campaigns, newest first (at most 200), with what they earned. */
export async function listCampaigns(scope: ShopScope) {
  return scope.db.forShop(scope.shop.id, (tx) => listAll(tx, scope.shop.id));
}

/** A campaign with its figures and codes (redeemed first, at most 100); null when there is none such. */
export async function campaignPage(scope: ShopScope, id: number) {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const campaign = await readCampaign(tx, scope.shop.id, id);
    return (
      campaign && {
        campaign,
        figures: await campaignFigures(tx, scope.shop.id, id),
        codes: await codeRows(tx, scope.shop.id, { campaignId: id, customerId: null, limit: 100 }),
      }
    );
  });
}

/** The personal codes of a customer, of all campaigns. */
export async function codesOf(scope: ShopScope, customerId: bigint): Promise<CodeRow[]> {
  return scope.db.forShop(scope.shop.id, (tx) => codeRows(tx, scope.shop.id, { campaignId: null, customerId, limit: 50 }));
}

export type SwitchOutcome = { kind: 'done' } | { kind: 'not-possible' } | { kind: 'refused'; reason: string };
type WithAdmin = ShopScope & { readonly admin: AdminClient };

const SWITCHES: Readonly<Record<'pause' | 'resume' | 'end', { from: CampaignStatus[]; to: CampaignStatus; active: boolean }>> = {
  pause: { from: ['active'], to: 'paused', active: false },
  resume: { from: ['paused'], to: 'active', active: true },
  end: { from: ['active', 'paused'], to: 'ended', active: false },
};

/** Pauses, resumes or ends a campaign: the store's discount first, then our own status, so that no code works against what is shown. */
export async function switchCampaign(scope: WithAdmin, id: number, to: 'pause' | 'resume' | 'end'): Promise<SwitchOutcome> {
  const { from, to: status, active } = SWITCHES[to];
  const campaign = await scope.db.forShop(scope.shop.id, (tx) => readCampaign(tx, scope.shop.id, id));
  if (!campaign?.discountGid || !from.some((allowed) => allowed === campaign.status)) return { kind: 'not-possible' };
  const outcome = active
    ? await scope.admin.run(scope.shop, ACTIVATE_DISCOUNT, { id: campaign.discountGid })
    : await scope.admin.run(scope.shop, DEACTIVATE_DISCOUNT, { id: campaign.discountGid });
  if (outcome.kind !== 'ok') return { kind: 'refused', reason: failureText(outcome) };
  const moved = await scope.db.forShop(scope.shop.id, (tx) =>
    moveCampaign(tx, scope.shop.id, { id, from, to: status, at: scope.clock.now() }),
  );
  return moved ? { kind: 'done' } : { kind: 'not-possible' };
}

export type CampaignDifference = { table: 'campaign_redemptions'; orderId: bigint; live: bigint | null; rebuilt: bigint | null };

/** Derives every redemption from the orders and compares; callers count first what waits. */
export async function verifyCampaigns(scope: ShopScope, limit = 50): Promise<CampaignDifference[]> {
  const rows = await scope.db.forShop(scope.shop.id, (tx) => differingRedemptions(tx, scope.shop.id, limit));
  return rows.map((row) => ({ table: 'campaign_redemptions', ...row }));
}
