import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OFFER_MADE, type OfferMadePayload } from '../../contracts/offer-made.ts';

const text = fs.readFileSync('extensions/offer-made/shopify.extension.toml', 'utf8');
const all = (key: string): string[] => [...text.matchAll(new RegExp(`^\\s*${key} = "([^"]*)"`, 'gm'))].map((match) => match[1] ?? '');

describe('the trigger for Shopify Flow', () => {
  it('has the handle and the fields that the app sends', () => {
    const sent: Record<keyof OfferMadePayload, true> = { customer_id: true, Code: true, Campaign: true, Offer: true, 'Ends at': true };
    expect(all('handle')).toEqual([OFFER_MADE]);
    const [type, ...fields] = all('type');
    expect([type, fields[0]]).toEqual(['flow_trigger', 'customer_reference']);
    expect(fields.slice(1)).toEqual(all('key').map(() => 'single_line_text_field'));
    expect(['customer_id', ...all('key')].toSorted()).toEqual(Object.keys(sent).toSorted());
  });

  it('keeps Shopify’s rules for handles and keys', () => {
    expect(OFFER_MADE).toMatch(/^[a-zA-Z0-9-]{1,30}$/);
    for (const key of all('key')) expect(key).toMatch(/^[A-Za-z\s]+$/);
  });
});
