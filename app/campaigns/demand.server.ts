import { addDays, dayOf } from '../core/calendar.ts';
import { endPlan, planDemand } from '../forecast/index.server.ts';
import type { ShopScope } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import type { CheckedCampaign } from './campaign.ts';
import type { Campaign } from './campaigns.store.server.ts';
import { narrowTo, type Members } from './goods.ts';
import type { Offer } from './offer.ts';
import { audienceShare, piecesOfCampaigns } from './uplift.store.server.ts';
import { demandFactor, learnUplift } from './uplift.ts';

const DAY_MS = 86_400_000;
/** Over so many days it is looked at who buys what. */
const SHARE_DAYS = 90;

/** By how much a campaign is expected to change the demand for what it is for, as learned from earlier ones. */
export async function expectedFactor(
  scope: ShopScope,
  campaign: Pick<CheckedCampaign, 'audience' | 'offers' | 'holdOut'> & { readonly members: Members },
): Promise<{ factor: number; campaigns: number }> {
  const { id: shopId, timezone, currency } = scope.shop;
  const now = scope.clock.now();
  return scope.db.forShop(shopId, async (tx) => {
    const uplift = learnUplift(await piecesOfCampaigns(tx, shopId, now));
    if (uplift.campaigns === 0) return { factor: 1, campaigns: 0 };
    const wanted = { moment: { shopId, timezone, currency, now }, since: new Date(now.getTime() - SHARE_DAYS * DAY_MS) };
    const share = await audienceShare(tx, campaign.audience, { ...wanted, productIds: narrowTo(campaign.offers, campaign.members) });
    return { factor: demandFactor(uplift, { share, holdOut: campaign.holdOut }), campaigns: uplift.campaigns };
  });
}

type Planned = Pick<Campaign, 'id' | 'name' | 'startsAt' | 'endsAt'> & {
  readonly offers: readonly Offer[];
  readonly factor: number;
  readonly members: Members;
};
const sourceOf = (id: number): string => `campaign/${id}`;

/** Lets the forecast see a campaign. */
export async function planCampaign(tx: ShopTx, scope: ShopScope, planned: Planned): Promise<void> {
  const { id, name, startsAt, endsAt, offers, factor, members } = planned;
  await planDemand(tx, scope.shop.id, {
    source: sourceOf(id),
    label: name,
    from: dayOf(startsAt, scope.shop.timezone),
    to: endsAt && dayOf(new Date(endsAt.getTime() - 1), scope.shop.timezone),
    factor,
    productIds: narrowTo(offers, members)?.map(BigInt) ?? null,
  });
}

/** Tells the forecast that a campaign is over, or will not come to be; the days on which it ran stay. */
export async function unplanCampaign(tx: ShopTx, scope: ShopScope, campaign: Pick<Campaign, 'id' | 'startsAt'>): Promise<void> {
  const now = scope.clock.now();
  const today = dayOf(now, scope.shop.timezone);
  await endPlan(tx, scope.shop.id, { source: sourceOf(campaign.id), on: campaign.startsAt > now ? addDays(today, -1) : today });
}
