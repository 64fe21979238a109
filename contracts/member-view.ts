import { z } from 'zod';

/** Languages in which a customer is told. */
export const VIEW_LANGUAGES = ['en', 'zh-CN'] as const;
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** The programme in words: for anybody. Texts are in `language`, amounts in them in the shop's currency. */
export const programmeView = z.strictObject({
  version: z.literal(1),
  language: z.enum(VIEW_LANGUAGES),
  /** What earns points, a sentence each; none where there is no programme. */
  earns: z.array(z.string()),
  /** The lowest first. */
  tiers: z.array(z.strictObject({ name: z.string(), from: z.string() })),
});
export type ProgrammeView = z.infer<typeof programmeView>;

/** A reward that a member can have for points. */
const reward = z.strictObject({
  id: z.string(),
  title: z.string(),
  points: z.number().int(),
  kind: z.string(),
  affordable: z.boolean(),
  /** How many of it the points bear now; more than one of a sliding one. */
  steps: z.number().int().min(0),
  worth: z.string(),
});

const member = z.strictObject({
  /** The number of the gid: whose answer it is, so that a page does not show what a browser kept of somebody else. */
  customerId: z.string(),
  /** Null where there is no points programme. `available` may be below zero. */
  points: z
    .strictObject({
      available: z.number().int(),
      pending: z.number().int(),
      nextLapse: z.strictObject({ points: z.number().int(), on: day, text: z.string() }).nullable(),
    })
    .nullable(),
  tier: z.strictObject({ name: z.string(), since: day.nullable() }).nullable(),
  /** To the next tier; null at the top and where there are no tiers. `share`: whole percent of the way. */
  progress: z.strictObject({ tier: z.string(), missing: z.string(), share: z.number().int().min(0).max(100), text: z.string() }).nullable(),
  /** What moved points last, the newest first. */
  history: z.array(z.strictObject({ at: z.string(), on: day, shown: z.string(), points: z.number().int(), reason: z.string() })),
  rewards: z.array(reward),
  /** What was redeemed last, the newest first. `code` where the store has made it and nothing has used it. */
  redemptions: z.array(z.strictObject({ title: z.string(), code: z.string().nullable(), state: z.string(), shown: z.string() })),
  /** The member's code for friends; null where there is none. `link` is null until the store has it. */
  referral: z.strictObject({ code: z.string(), link: z.string().nullable() }).nullable(),
});

/** What a customer sees of the programme in the storefront and the customer account; `member` null: nobody is logged in. */
export const memberView = programmeView.extend({ member: member.nullable() });
export type MemberView = z.infer<typeof memberView>;

/** What a member asks for: `key` is the press, so that a repeat is the same redemption. */
export const redeemAsked = z.strictObject({
  reward: z.string().regex(/^\d{1,9}$/),
  steps: z.int().min(1).max(1_000).default(1),
  key: z.string().regex(/^[\w-]{8,100}$/),
});

/** `why` is one of: no-programme, no-reward, gone, too-few, too-often, product. */
export const redeemAnswer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ok'), points: z.number().int() }),
  z.strictObject({ kind: z.literal('refused'), why: z.string(), text: z.string() }),
]);
export type RedeemAnswer = z.infer<typeof redeemAnswer>;
