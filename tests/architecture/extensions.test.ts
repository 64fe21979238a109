import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OFFER_MADE, type OfferMadePayload } from '../../contracts/offer-made.ts';
import { TIER_CHANGED, type TierChangedPayload } from '../../contracts/tier-changed.ts';

const offerMade: Record<keyof OfferMadePayload, true> = { customer_id: true, Code: true, Campaign: true, Offer: true, 'Ends at': true };
const tierChanged: Record<keyof TierChangedPayload, true> = {
  customer_id: true,
  'Tier before': true,
  Tier: true,
  Direction: true,
  Cause: true,
};

describe.each([
  { handle: OFFER_MADE, sent: offerMade },
  { handle: TIER_CHANGED, sent: tierChanged },
])('the trigger $handle for Shopify Flow', ({ handle, sent }) => {
  const text = fs.readFileSync(`extensions/${handle}/shopify.extension.toml`, 'utf8');
  const all = (key: string): string[] => [...text.matchAll(new RegExp(`^\\s*${key} = "([^"]*)"`, 'gm'))].map((match) => match[1] ?? '');

  it('has the handle and the fields that the app sends', () => {
    expect(all('handle')).toEqual([handle]);
    const [type, ...fields] = all('type');
    expect([type, fields[0]]).toEqual(['flow_trigger', 'customer_reference']);
    expect(fields.slice(1)).toEqual(all('key').map(() => 'single_line_text_field'));
    expect(['customer_id', ...all('key')].toSorted()).toEqual(Object.keys(sent).toSorted());
  });

  it('keeps Shopify’s rules for handles and keys', () => {
    expect(handle).toMatch(/^[a-zA-Z0-9-]{1,30}$/);
    for (const key of all('key')) expect(key).toMatch(/^[A-Za-z\s]+$/);
  });
});
