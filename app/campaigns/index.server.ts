/** The campaigns' front door. */
export {
  allCodes,
  audienceCount,
  campaignPage,
  codesOf,
  createCampaign,
  endCampaign,
  listCampaigns,
  pauseCampaign,
  resumeCampaign,
  retryCampaign,
  verifyCampaigns,
  type ActOutcome,
  type CampaignPage,
  type CampaignRow,
} from './campaigns.server.ts';
export type { Audience, AudienceRule, CampaignDraft, Offer, ShownStatus } from './campaign.ts';
export { checkDraft } from './campaign.ts';
export { audienceOf, draftOf, type CampaignForm } from './campaign-form.ts';
