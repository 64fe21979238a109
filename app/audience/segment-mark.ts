/** How the store's customers can be marked: by a tag, or by a word in a metafield that is a list. */
export const MARKS = ['tag', 'metafield'] as const;
export type Mark = { readonly as: (typeof MARKS)[number]; readonly word: string };

const LONGEST_TAG = 40;

/**
 * What a merchant asked for.
 * @returns null for no mark; a message key where the word is none. Shopify parts tags at commas and takes 40 characters.
 */
export function markOf(as: string, text: string): Mark | null | { readonly problem: string } {
  const kind = MARKS.find((one) => one === as);
  if (!kind) return null;
  const word = text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .normalize();
  if (word === '' || word.length > LONGEST_TAG || word.includes(',')) return { problem: 'segments.error.mark' };
  return { as: kind, word };
}
