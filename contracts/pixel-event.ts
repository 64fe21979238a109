import { z } from 'zod';

/** What a storefront's web pixel tells the app; the names are Shopify's own customer events. */
export const PIXEL_EVENTS = ['product_viewed', 'product_added_to_cart', 'checkout_started', 'checkout_completed'] as const;

/** Ids as Shopify's browser code makes them: letters, digits, "-" and "_"; no room for an address or a sentence. */
const token = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/);

/**
 * One event of one browser. Nothing in it names a person: no e-mail, no free text, no address of a page. An event that
 * comes again has the same `id` and is written once.
 */
export const pixelEvent = z.strictObject({
  id: token,
  name: z.enum(PIXEL_EVENTS),
  /** Shopify's id of the browser. */
  clientId: token,
  at: z.iso.datetime(),
  /** Numbers of the variants it is about, as texts, since they pass 2^53. */
  variantIds: z.array(z.string().regex(/^[1-9]\d{0,17}$/)).max(100),
  /** Of the checkout, where there is one: by it the store's checkout is found. */
  checkoutToken: token.nullable(),
});

/** What is posted: the shop's myshopify.com domain and up to 20 of its events. */
export const pixelPost = z.strictObject({ shop: z.string().max(120), events: z.array(pixelEvent).min(1).max(20) });

export type PixelEvent = z.infer<typeof pixelEvent>;
export type PixelPost = z.infer<typeof pixelPost>;
