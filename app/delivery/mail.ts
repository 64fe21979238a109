import { z } from 'zod';

export const SECURITIES = ['tls', 'starttls', 'none'] as const;
/** By which server mail goes out, and from whom; the password in plain only in memory. */
export type MailServer = {
  readonly host: string;
  readonly port: number;
  readonly security: (typeof SECURITIES)[number];
  readonly username: string | null;
  readonly password: string | null;
  readonly fromName: string;
  readonly fromAddress: string;
  readonly replyTo: string | null;
  /** The sender's postal address. */
  readonly postal: string;
  /** Messages a minute at most. */
  readonly perMinute: number;
};

/** Why a message was skipped. */
export type SkipReason = 'no-address' | 'no-consent' | 'suppressed' | 'gone' | 'cancelled' | 'no-template';
export type SuppressionReason = 'unsubscribed' | 'bounced' | 'complained';

/** What a queued message brings; words by language where they differ ("en", "zh-CN"). */
export const messageVariables = z.strictObject({
  code: z.string().optional(),
  offer: z.record(z.string(), z.string()).optional(),
  /** The last day, as an instant within it; ISO. */
  ends: z.string().optional(),
  /** The customer's points that lapse next, and the moment (ISO) at which they do. */
  lapse: z.strictObject({ points: z.int(), at: z.string() }).optional(),
});
export type MessageVariables = z.infer<typeof messageVariables>;

export type NewMessage = {
  /** A second message with the same key is the same message. */
  readonly key: string;
  readonly template: string;
  readonly campaignId: number | null;
  readonly customerId: bigint;
  readonly notBefore: Date;
  readonly variables: MessageVariables;
};

/** Minutes until a message is tried again after so many tries; null: given up. */
export const retryMinutes = (attempts: number): number | null => (attempts >= 6 ? null : attempts * attempts);
