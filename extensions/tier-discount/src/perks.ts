/** What a customer's tier gives; the percentage as Shopify takes it, null for none. */
export type Perks = { readonly tier: string; readonly percent: string | null; readonly freeShipping: boolean };

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** A percentage above 0 and up to 100, in hundredths of a percent, rounded down: never more than was promised. */
function percentText(value: unknown): string | null {
  if (typeof value !== 'number' || !(value > 0 && value <= 100)) return null;
  // What a float holds of 12.35 is 12.3499…: a millionth is nobody's promise.
  const hundredths = Math.floor(value * 100 + 1e-6);
  return hundredths < 1 ? null : String(hundredths / 100);
}

/** Reads `perks` of the customer's metafield (contracts/customer-loyalty.ts); null where it gives nothing or is of no shape that is known. */
export function perksOf(loyalty: unknown): Perks | null {
  if (!isRecord(loyalty) || loyalty['version'] !== 1 || typeof loyalty['tier'] !== 'string') return null;
  const perks = loyalty['perks'];
  if (!isRecord(perks)) return null;
  const percent = percentText(perks['discountPercent']);
  const freeShipping = perks['freeShipping'] === true;
  return percent === null && !freeShipping ? null : { tier: loyalty['tier'], percent, freeShipping };
}
