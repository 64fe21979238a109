import { MOST_OFFERS, type CustomerOffers } from '../../../contracts/customer-offers.ts';
import type { CampaignStatus } from '../campaign.ts';
import type { Offer } from '../offer.ts';

/** A code that a customer was given, as things stand. */
export type HeldOffer = {
  readonly code: string;
  readonly codeStatus: string;
  readonly redeemed: boolean;
  readonly campaignId: number;
  readonly campaign: string;
  readonly status: CampaignStatus;
  readonly startsAt: Date;
  readonly endsAt: Date | null;
  readonly offer: Offer;
};

const works = (held: HeldOffer, now: Date): boolean =>
  held.status === 'active' &&
  held.codeStatus === 'added' &&
  !held.redeemed &&
  held.startsAt <= now &&
  (held.endsAt === null || held.endsAt > now);

const endOf = ({ endsAt }: HeldOffer): number => endsAt?.getTime() ?? Infinity;
/** What ends first stands first; then the newest campaign. */
const inOrder = (a: HeldOffer, b: HeldOffer): number =>
  (endOf(a) === endOf(b) ? 0 : endOf(a) - endOf(b)) || b.campaignId - a.campaignId || (a.code < b.code ? -1 : 1);

type Told = CustomerOffers[number];

function offerTold({ value, minimum, pieces, items }: Offer, currency: string): Told['offer'] {
  const isShipping = value.kind === 'shipping';
  return {
    kind: value.kind,
    currency,
    percent: value.kind === 'percent' || value.kind === 'gets' ? value.percent : null,
    amount: value.kind === 'amount' ? value.amount : isShipping ? value.upTo : null,
    buys: value.kind === 'gets' ? value.buys : null,
    gets: value.kind === 'gets' ? value.gets : null,
    given: value.kind === 'gets' ? value.ids : null,
    minimum,
    pieces,
    products: items.kind === 'products' && !isShipping ? items.ids : null,
    ...(items.kind === 'collections' && !isShipping ? { collections: items.ids } : {}),
  };
}

/** What a customer's metafield has to say: the offers that work now, with a title in the customer's language. The same offers say the same, in whatever order they come. */
export function offersContent(
  held: readonly HeldOffer[],
  { now, currency, title }: { now: Date; currency: string; title: (offer: Offer) => string },
): CustomerOffers {
  return held
    .filter((one) => works(one, now))
    .toSorted(inOrder)
    .slice(0, MOST_OFFERS)
    .map(({ code, campaign, offer, endsAt }) => ({
      code,
      campaign,
      offer: offerTold(offer, currency),
      title: title(offer),
      endsAt: endsAt?.toISOString() ?? null,
    }));
}
