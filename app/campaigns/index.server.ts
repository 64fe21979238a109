/** The campaigns' front door. */
export {
  allCodes,
  campaignPage,
  countRedemptions,
  endCampaign,
  listCampaigns,
  offersTo,
  pauseCampaign,
  rebuildRedemptions,
  resumeCampaign,
  retryCampaign,
  verifyCampaigns,
  type ActOutcome,
  type CampaignPage,
  type CampaignRow,
  type CustomerOffers,
} from './campaigns.server.ts';
export {
  audienceCount,
  createCampaign,
  createFromForm,
  foreseeFromForm,
  type Risky,
  type WantedCampaign,
} from './create-campaign.server.ts';
export { compareCampaigns, type ComparedRow, type Comparison } from './compare.server.ts';
export { comparedBy, COMPARED_BY, type ComparedBy, type ComparedGroup } from './comparison.ts';
export { misusePage, type MisusePage } from './misuse/misuse.server.ts';
export { revokeCodes, type RevokeOutcome } from './misuse/revoke.server.ts';
export { replaceCode, type ReplaceOutcome } from './misuse/replace.server.ts';
export { campaignProof, type CampaignProof } from './proof.server.ts';
export { flowsOf } from './hand-over/flow.server.ts';
export { markOffers, onSiteOffers, saveOnSiteOffers } from './hand-over/mark-offers.server.ts';
export { campaignCadence, campaignSettings, saveCadence, saveCampaignSettings } from './settings.server.ts';
export { runStanding } from './standing/run-standing.server.ts';
export {
  createStanding,
  createStandingFromForm,
  listStanding,
  moveStandingTo,
  standingPage,
  type LowOffers,
  type StandingPage,
  type StandingRow,
} from './standing/standing.server.ts';
export { campaignWaves, stopCampaignWaves, type CampaignWaves } from './waves/waves-page.server.ts';
export { AGREED, COMBINES, type CampaignForm, type OfferForm } from './campaign-form.ts';
export { PolicyTable } from './policy/table.ts';
export { readCampaignForm } from './read-form.ts';
export type { RuleWords, ShownStatus } from './campaign.ts';
export type { ExpectedMargin } from './economics.ts';
export { addToOpenDiscount, makePersonalDiscount, newCode, putOpenDiscount, switchOffDiscount } from './personal-discount.server.ts';
export { offerSchema, type Offer } from './offer.ts';
