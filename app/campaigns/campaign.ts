import { z } from 'zod';

const minor = z.string().regex(/^\d{1,15}$/);
/** One rule of an audience in the shape of its kind (rules/); amounts are minor units of the shop's currency, as text. */
export type AudienceRule = { readonly code: string };
/** A rule in words: a message key and what fills it. Amounts are minor units, as text; tiers are named by whoever shows it. */
export type RuleWords = {
  readonly key: string;
  readonly days?: number;
  readonly least?: string | null;
  readonly most?: string | null;
  readonly tierIds?: readonly number[];
};
/** Rules joined by AND; none means every customer. */
export type Audience = readonly AudienceRule[];

export const offerSchema = z.strictObject({
  value: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('percent'), percent: z.int().min(1).max(100) }),
    z.strictObject({ kind: z.literal('amount'), amount: minor }),
  ]),
  /** Least subtotal of the order, minor units. */
  minimum: minor.nullable(),
});
export type Offer = z.infer<typeof offerSchema>;

export const STATUSES = ['creating', 'active', 'paused', 'ended', 'failed'] as const;
export type CampaignStatus = (typeof STATUSES)[number];
/** What a reader sees: an active campaign also waits for its start or is over by its dates. */
export type ShownStatus = CampaignStatus | 'scheduled';

export function shownStatus(campaign: { status: CampaignStatus; startsAt: Date; endsAt: Date | null }, now: Date): ShownStatus {
  if (campaign.status !== 'active') return campaign.status;
  if (campaign.endsAt && campaign.endsAt <= now) return 'ended';
  return campaign.startsAt > now ? 'scheduled' : 'active';
}

/** `audience` null: its rules were no rules. */
export type CampaignDraft = { name: string; audience: Audience | null; offer: unknown; startsAt: Date | null; endsAt: Date | null };
export type CheckedCampaign = { name: string; audience: Audience; offer: Offer; startsAt: Date; endsAt: Date | null };

/** Checks a draft. @returns what may be created, or message keys by field. */
export function checkDraft(draft: CampaignDraft, now: Date): { campaign: CheckedCampaign } | { fields: Record<string, string> } {
  const name = draft.name.trim();
  const offer = offerSchema.safeParse(draft.offer);
  const { audience, startsAt, endsAt } = draft;
  const fields: Record<string, string> = { ...periodProblems(draft, now) };
  if (name.length < 1 || name.length > 80) fields['name'] = 'campaigns.error.name';
  if (!audience) fields['audience'] = 'campaigns.error.audience';
  const wrongOffer = offer.success ? offerProblem(offer.data) : 'campaigns.error.offer';
  if (wrongOffer) fields['offer'] = wrongOffer;
  if (audience && offer.success && startsAt && Object.keys(fields).length === 0)
    return { campaign: { name, audience, offer: offer.data, startsAt, endsAt } };
  return { fields };
}

const offerProblem = ({ value }: Offer): string | null =>
  value.kind === 'amount' && BigInt(value.amount) === 0n ? 'campaigns.error.amount' : null;

function periodProblems({ startsAt, endsAt }: CampaignDraft, now: Date): Record<string, string> {
  if (!startsAt) return { startsAt: 'campaigns.error.startsAt' };
  if (!endsAt) return {};
  if (endsAt <= startsAt) return { endsAt: 'campaigns.error.endsBeforeStart' };
  return endsAt <= now ? { endsAt: 'campaigns.error.endsPast' } : {};
}
