/** The trigger of extensions/offer-made, and the keys of what it hands to Shopify Flow; a test holds the two together. */
export const OFFER_MADE = 'offer-made';

/** `customer_id` is the number of the customer's gid; `Ends at` is ISO, or empty where no end is known. */
export type OfferMadePayload = {
  readonly customer_id: number;
  readonly Code: string;
  readonly Campaign: string;
  readonly Offer: string;
  readonly 'Ends at': string;
};
