/** The campaigns' front door. */
export {
  allCodes,
  campaignPage,
  codesOf,
  countRedemptions,
  endCampaign,
  listCampaigns,
  pauseCampaign,
  rebuildRedemptions,
  resumeCampaign,
  retryCampaign,
  verifyCampaigns,
  type ActOutcome,
  type CampaignPage,
  type CampaignRow,
} from './campaigns.server.ts';
export {
  audienceCount,
  createCampaign,
  createFromForm,
  foreseeFromForm,
  type Risky,
  type WantedCampaign,
} from './create-campaign.server.ts';
export { campaignProof, type CampaignProof } from './proof.server.ts';
export { campaignSettings, saveCampaignSettings } from './settings.server.ts';
export { AGREED, COMBINES, type CampaignForm, type OfferForm } from './campaign-form.ts';
export type { RuleWords, ShownStatus } from './campaign.ts';
export type { ExpectedMargin } from './economics.ts';
export type { Offer } from './offer.ts';
