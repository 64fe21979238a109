/** The campaigns' front door. */
export {
  campaignPage,
  codesOf,
  listCampaigns,
  switchCampaign,
  verifyCampaigns,
  type CampaignDifference,
  type SwitchOutcome,
} from './campaign-pages.server.ts';
export { audienceCount, createCampaign, type CampaignDraft } from './create-campaign.server.ts';
export { countRedemptions } from './jobs.server.ts';
export type { CodeRow } from './campaigns.store.server.ts';
export type { Audience } from './rules/registry.ts';
