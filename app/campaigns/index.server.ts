/** The campaigns' front door. */
export {
  allCodes,
  audienceCount,
  campaignPage,
  codesOf,
  countFromForm,
  countRedemptions,
  createCampaign,
  createFromForm,
  endCampaign,
  listCampaigns,
  pauseCampaign,
  resumeCampaign,
  retryCampaign,
  rebuildRedemptions,
  verifyCampaigns,
  type ActOutcome,
  type CampaignPage,
  type CampaignRow,
  type WantedCampaign,
} from './campaigns.server.ts';
export type { Offer, RuleWords, ShownStatus } from './campaign.ts';
export type { CampaignForm } from './campaign-form.ts';
