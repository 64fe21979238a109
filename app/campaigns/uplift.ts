/** Pieces that the customers of a campaign bought of what it was for, with an offer and held out. */
export type CampaignPieces = {
  readonly offered: { readonly customers: number; readonly pieces: number };
  readonly held: { readonly customers: number; readonly pieces: number };
};

export type Uplift = {
  /** How many times as much a customer with an offer buys as one without. */
  readonly ratio: number;
  /** From how many campaigns it was learned; 0: nothing is known, and the ratio is 1. */
  readonly campaigns: number;
};

/** So many pieces weigh as much as the belief that an offer changes nothing. */
const PRIOR = 20;
/** Fewer held-out customers say nothing of how many pieces there would have been. */
const LEAST_HELD = 30;

/**
 * What earlier campaigns did to how much their customers bought: pieces bought by those with an offer beside the pieces that
 * they would have bought at the rate of the held-out, over all campaigns, drawn toward "no change" where there is little to
 * go by: (U + k) / (E + k) with k = 20, the posterior mean of a rate whose prior is a Gamma of mean 1 and weight k.
 */
export function learnUplift(campaigns: readonly CampaignPieces[]): Uplift {
  const told = campaigns.filter(({ offered, held }) => held.customers >= LEAST_HELD && offered.customers > 0);
  const seen = told.reduce((sum, { offered }) => sum + offered.pieces, 0);
  const expected = told.reduce((sum, { offered, held }) => sum + (offered.customers * held.pieces) / held.customers, 0);
  return { ratio: (seen + PRIOR) / (expected + PRIOR), campaigns: told.length };
}

/**
 * By how much a campaign changes the demand of the whole shop.
 * @param share of the pieces that are sold which go to customers of the campaign's audience, 0 to 1.
 * @param holdOut in hundredths of a percent.
 */
export const demandFactor = ({ ratio }: Pick<Uplift, 'ratio'>, { share, holdOut }: { share: number; holdOut: number }): number =>
  1 + share * (1 - holdOut / 10_000) * (ratio - 1);
