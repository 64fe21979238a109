/** How codes reach the customers: by mail, or handed to Shopify Flow; null: the merchant hands them over. */
export const DELIVERIES = ['mail', 'flow'] as const;
export type Delivery = (typeof DELIVERIES)[number] | null;

/** What a draft comes to; texts for a mail win. */
export const deliveryOf = ({ mail, flow }: { readonly mail: unknown; readonly flow: boolean }): Delivery =>
  mail ? 'mail' : flow ? 'flow' : null;
