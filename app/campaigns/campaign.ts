import { MOST_ARMS, MOST_HOLD_OUT } from './arms.ts';
import { budgetSchema, type Budget } from './budget.ts';
import { WORD } from './codes.ts';
import { waveProblems, type Waves } from './waves/waves.ts';
import { offerProblem, offerSchema, type Offer } from './offer.ts';

/** One rule of an audience in the shape of its kind (rules/); amounts are minor units of the shop's currency, as text. */
export type AudienceRule = { readonly code: string };
/** A rule in words: a message key and what fills it. Amounts are minor units, as text; tiers are named by whoever shows it. */
export type RuleWords = {
  readonly key: string;
  readonly days?: number;
  readonly least?: string | null;
  readonly most?: string | null;
  readonly tierIds?: readonly number[];
  readonly query?: string;
};
/** Rules joined by AND; none means every customer. */
export type Audience = readonly AudienceRule[];

export const STATUSES = ['creating', 'active', 'paused', 'ended', 'failed'] as const;
export type CampaignStatus = (typeof STATUSES)[number];
/** What a reader sees: an active campaign also waits for its start or is over by its dates. */
export type ShownStatus = CampaignStatus | 'scheduled';

export function shownStatus(campaign: { status: CampaignStatus; startsAt: Date; endsAt: Date | null }, now: Date): ShownStatus {
  if (campaign.status !== 'active') return campaign.status;
  if (campaign.endsAt && campaign.endsAt <= now) return 'ended';
  return campaign.startsAt > now ? 'scheduled' : 'active';
}

/** `audience` null: its rules were no rules. `holdOut`: the share kept back, in hundredths of a percent. */
export type CampaignDraft = {
  name: string;
  audience: Audience | null;
  offers: readonly unknown[];
  holdOut: number | null;
  startsAt: Date | null;
  endsAt: Date | null;
  /** What the codes begin with. */
  word?: string | null;
  budget?: unknown;
  /** The mail to those who get a code, by language; null: the merchant hands the codes over. */
  mail?: readonly MailTexts[] | null;
  /** Handed to Shopify Flow, where there is no mail. */
  flow?: boolean;
  /** Goes out in so many waves, so many days after each other; null: to everybody at once. */
  waves?: number | null;
  waveDays?: number | null;
  /** The program chooses who gets which offer, or none, from wave to wave. */
  learns?: boolean;
};
export type CheckedCampaign = {
  name: string;
  audience: Audience;
  offers: readonly Offer[];
  holdOut: number;
  startsAt: Date;
  endsAt: Date | null;
  word: string | null;
  budget: Budget | null;
  mail: readonly MailTexts[] | null;
  flow: boolean;
  /** Null: everybody at once. */
  waves: Waves | null;
  learns: boolean;
};
export type MailTexts = { readonly locale: string; readonly subject: string; readonly body: string };

/** Checks a draft. @returns what may be created, or message keys by field; those of an offer end in its place (`offer.0`). */
export function checkDraft(draft: CampaignDraft, now: Date): { campaign: CheckedCampaign } | { fields: Record<string, string> } {
  const name = draft.name.trim();
  const { audience, startsAt, endsAt, holdOut } = draft;
  const { offers, problems } = checkOffers(draft.offers);
  const { extras, problems: others } = checkExtras(draft, now);
  const fields: Record<string, string> = { ...others, ...periodProblems(draft, now), ...problems };
  if (name.length < 1 || name.length > 80) fields['name'] = 'campaigns.error.name';
  if (!audience) fields['audience'] = 'campaigns.error.audience';
  if (holdOut === null || !Number.isInteger(holdOut) || holdOut < 0 || holdOut > MOST_HOLD_OUT)
    fields['holdOut'] = 'campaigns.error.holdOut';
  if (audience && holdOut !== null && startsAt && Object.keys(fields).length === 0)
    return { campaign: { name, audience, offers, holdOut, startsAt, endsAt, ...extras } };
  return { fields };
}

type Extras = Pick<CheckedCampaign, 'word' | 'budget' | 'mail' | 'flow' | 'waves' | 'learns'>;

function checkExtras(draft: CampaignDraft, now: Date): { extras: Extras; problems: Record<string, string> } {
  const { mail = null, flow = false } = draft;
  const { told, problems } = checkWaves(draft, now);
  const word = draft.word?.trim().toUpperCase() || null;
  if (word !== null && !WORD.test(word)) problems['word'] = 'offers.error.word';
  const budget = budgetSchema.nullish().safeParse(draft.budget);
  if (!budget.success) problems['budget'] = 'offers.error.budget';
  return { extras: { word, budget: budget.data ?? null, mail, flow, ...told }, problems };
}

function checkWaves(draft: CampaignDraft, now: Date): { told: Pick<Extras, 'waves' | 'learns'>; problems: Record<string, string> } {
  const { waves = null, waveDays = null, learns = false, startsAt, endsAt } = draft;
  const first = startsAt && startsAt > now ? startsAt : now;
  const inWaves = waves === null || waveDays === null ? null : { count: waves, days: waveDays };
  return { told: { waves: inWaves, learns }, problems: waveProblems({ waves, waveDays, learns }, { first, endsAt }) };
}

function checkOffers(wanted: readonly unknown[]): { offers: Offer[]; problems: Record<string, string> } {
  if (wanted.length < 1 || wanted.length > MOST_ARMS) return { offers: [], problems: { offers: 'campaigns.error.offers' } };
  const parsed = wanted.map((offer) => offerSchema.safeParse(offer).data ?? null);
  const offers = parsed.filter((offer) => offer !== null);
  const problems: Record<string, string> = {};
  for (const [at, offer] of parsed.entries()) {
    const problem = offer ? offerProblem(offer) : 'campaigns.error.offer';
    if (problem) problems[`offer.${at}`] = problem;
  }
  const texts = offers.map((offer) => JSON.stringify(offer));
  const twice = texts.findIndex((text, at) => texts.indexOf(text) < at);
  if (Object.keys(problems).length === 0 && twice >= 0) problems[`offer.${twice}`] = 'campaigns.error.sameOffer';
  return { offers, problems };
}

function periodProblems({ startsAt, endsAt }: CampaignDraft, now: Date): Record<string, string> {
  if (!startsAt) return { startsAt: 'campaigns.error.startsAt' };
  if (!endsAt) return {};
  if (endsAt <= startsAt) return { endsAt: 'campaigns.error.endsBeforeStart' };
  return endsAt <= now ? { endsAt: 'campaigns.error.endsPast' } : {};
}
