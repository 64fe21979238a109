/** The trigger of extensions/tier-changed, and the keys of what it hands to Shopify Flow; a test holds the two together. */
export const TIER_CHANGED = 'tier-changed';

/**
 * `customer_id` is the number of the customer's gid; tiers by their names, empty for none; `Direction` is `up` or `down`;
 * `Cause` is order, refund, cancellation, points, lapse, grace, manual or manual-end.
 */
export type TierChangedPayload = {
  readonly customer_id: number;
  readonly 'Tier before': string;
  readonly Tier: string;
  readonly Direction: string;
  readonly Cause: string;
};
