/** The campaigns' front door. */
export {
  allCodes,
  audienceCount,
  campaignPage,
  codesOf,
  countFromForm,
  createCampaign,
  createFromForm,
  endCampaign,
  listCampaigns,
  pauseCampaign,
  resumeCampaign,
  retryCampaign,
  verifyCampaigns,
  type ActOutcome,
  type CampaignPage,
  type CampaignRow,
  type WantedCampaign,
} from './campaigns.server.ts';
export type { Offer, RuleWords, ShownStatus } from './campaign.ts';
export type { CampaignForm } from './campaign-form.ts';
