import { toGid, parseId } from '../core/gid.ts';
import type { TierDiscountConfig } from '../../contracts/tier-discount.ts';

/** As a person typed it; lists between commas. */
export type TierDiscountForm = Readonly<Record<'tags' | 'collections' | 'products', string>> &
  Readonly<Record<'isOn' | 'combines' | 'holdersOnly', boolean>>;

/** What is wanted of the discount. */
export type TierDiscountWish = {
  readonly isOn: boolean;
  readonly tags: readonly string[];
  /** Numbers of gids. */
  readonly collections: readonly bigint[];
  readonly products: readonly bigint[];
  readonly combines: boolean;
  readonly holdersOnly: boolean;
};

/** Shopify's own bound; contracts/tier-discount.ts. */
const MOST = 100;
/** Shopify passes no metafield above 10,000 bytes to a Function. */
const MOST_BYTES = 10_000;

const partsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,，\n]/)
      .map((part) => part.trim())
      .filter(Boolean),
  ),
];

function numbersOf(text: string): bigint[] | null {
  const numbers = partsOf(text).map((part) => (/^[1-9]\d{0,18}$/.test(part) ? parseId(part) : null));
  const known = numbers.filter((number) => number !== null);
  return known.length < numbers.length || known.length > MOST ? null : known;
}

/** What stands in the discount's metafield. */
export function configOf(wish: TierDiscountWish, codeKey: string): TierDiscountConfig {
  return {
    version: 1,
    tags: [...wish.tags],
    collections: wish.collections.map((id) => toGid('Collection', String(id))),
    products: wish.products.map((id) => toGid('Product', String(id))),
    codeKey: wish.holdersOnly ? codeKey : null,
  };
}

/** Reads what was typed. @returns what is wrong by field, empty where nothing is. */
export function wishOf(form: TierDiscountForm): { readonly wish: TierDiscountWish; readonly problems: Record<string, string> } {
  const { isOn, combines, holdersOnly } = form;
  const tags = partsOf(form.tags);
  const [collections, products] = [numbersOf(form.collections), numbersOf(form.products)];
  const wish = { isOn, tags, collections: collections ?? [], products: products ?? [], combines, holdersOnly };
  const bytes = new TextEncoder().encode(JSON.stringify(configOf(wish, '0'.repeat(64)))).length;
  const problems = {
    ...(tags.length > MOST || tags.some((tag) => tag.length > 255) ? { tags: 'tierDiscount.error.tags' } : {}),
    ...(collections === null ? { collections: 'tierDiscount.error.numbers' } : {}),
    ...(products === null ? { products: 'tierDiscount.error.numbers' } : {}),
  };
  return { wish, problems: Object.keys(problems).length === 0 && bytes > MOST_BYTES ? { tags: 'tierDiscount.error.large' } : problems };
}
