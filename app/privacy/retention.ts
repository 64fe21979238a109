/** For how many days what is no longer needed is kept. */
export type Retention = {
  /** Deliveries that were applied (their bodies name persons), and messages to the store that were sent. */
  readonly inboxDays: number;
  /** Checkouts, abandoned or not, since their last change. */
  readonly checkoutDays: number;
};

export const DEFAULT_RETENTION: Retention = { inboxDays: 30, checkoutDays: 180 };

/** Shopify sends a delivery again for up to two days; the row that says it came must outlive that. */
const LIMITS: Readonly<Record<keyof Retention, readonly [number, number]>> = { inboxDays: [7, 365], checkoutDays: [7, 1_095] };
const FIELDS = ['inboxDays', 'checkoutDays'] as const;

/** What is wrong with periods that a merchant wrote, by field; empty when nothing is. */
export function retentionProblems(retention: Retention): Record<string, string> {
  const isWrong = (field: keyof Retention): boolean => {
    const [least, most] = LIMITS[field];
    return !Number.isInteger(retention[field]) || retention[field] < least || retention[field] > most;
  };
  return Object.fromEntries(FIELDS.filter(isWrong).map((field) => [field, `privacy.error.${field}`]));
}
