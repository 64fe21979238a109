import { z } from 'zod';

const minor = z.string().regex(/^\d{1,15}$/);
const days = z.int().min(1).max(3_650);

/** A kind of audience rule; rules are joined by AND. Amounts are minor units of the shop's currency, as text. */
export const audienceRule = z.discriminatedUnion('code', [
  /** Holds one of these loyalty tiers now. */
  z.strictObject({ code: z.literal('tier'), tierIds: z.array(z.int()).min(1).max(10) }),
  /** Ordered last within so many days. */
  z.strictObject({ code: z.literal('recent'), days }),
  /** Ordered before, but not within so many days. */
  z.strictObject({ code: z.literal('lapsed'), days }),
  /** Net spend of all time, at least and at most. */
  z.strictObject({ code: z.literal('spend'), least: minor.nullable(), most: minor.nullable() }),
  /** Agreed to marketing by e-mail. */
  z.strictObject({ code: z.literal('consent') }),
]);
export type AudienceRule = z.infer<typeof audienceRule>;

/** No rule means every customer. Each kind of rule stands at most once. */
export const audienceSchema = z
  .array(audienceRule)
  .max(5)
  .refine((rules) => new Set(rules.map((rule) => rule.code)).size === rules.length);
export type Audience = z.infer<typeof audienceSchema>;

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

export type CampaignDraft = { name: string; audience: unknown; offer: unknown; startsAt: Date | null; endsAt: Date | null };
export type CheckedCampaign = { name: string; audience: Audience; offer: Offer; startsAt: Date; endsAt: Date | null };

/** Checks a draft. @returns what may be created, or message keys by field. */
export function checkDraft(draft: CampaignDraft, now: Date): { campaign: CheckedCampaign } | { fields: Record<string, string> } {
  const name = draft.name.trim();
  const audience = audienceSchema.safeParse(draft.audience);
  const offer = offerSchema.safeParse(draft.offer);
  const { startsAt, endsAt } = draft;
  const fields: Record<string, string> = { ...periodProblems(draft, now) };
  if (name.length < 1 || name.length > 80) fields['name'] = 'campaigns.error.name';
  if (!audience.success) fields['audience'] = 'campaigns.error.audience';
  const wrongOffer = offer.success ? offerProblem(offer.data) : 'campaigns.error.offer';
  if (wrongOffer) fields['offer'] = wrongOffer;
  if (audience.success && offer.success && startsAt && Object.keys(fields).length === 0)
    return { campaign: { name, audience: audience.data, offer: offer.data, startsAt, endsAt } };
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
