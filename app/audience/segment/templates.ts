/** Segments to begin with; name and description stand in app/i18n/segments.ts under the key. */
export const SEGMENT_TEMPLATES = [
  { key: 'firstTime', query: 'number_of_orders = 1 AND last_order_date BETWEEN -60d AND -30d' },
  { key: 'lapsingVips', query: 'number_of_orders >= 5 AND last_order_date < -90d' },
  { key: 'newWeek', query: 'first_order_date >= -7d' },
  { key: 'never', query: 'number_of_orders = 0 AND customer_added_date < -14d' },
  { key: 'bigSpenders', query: 'amount_spent > 500 AND last_order_date >= -180d' },
  { key: 'lost', query: 'number_of_orders > 1 AND last_order_date < -365d' },
  { key: 'returners', query: 'number_of_orders >= 3 AND return_rate >= 0.33' },
  { key: 'fullPrice', query: 'number_of_orders >= 3 AND discount_share < 0.05 AND last_order_date >= -180d' },
  { key: 'discountOnly', query: 'number_of_orders >= 2 AND discount_share >= 0.2' },
  { key: 'subscribers', query: "email_subscription_status = 'SUBSCRIBED' AND number_of_orders > 0 AND last_order_date < -60d" },
  { key: 'recentBuyers', query: 'products_purchased(date: -30d) = true' },
] as const;
export type SegmentTemplate = (typeof SEGMENT_TEMPLATES)[number];

/** The template of a key, as an address names it; null where there is none such. */
export const findTemplate = (key: string | null): SegmentTemplate | null => SEGMENT_TEMPLATES.find((one) => one.key === key) ?? null;
