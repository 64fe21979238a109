/** Where the segments that a customer is in stand in Shopify: a list of the words that the merchant gave them. */
export const SEGMENTS_METAFIELD = { namespace: '$app:storebook', key: 'segments', type: 'list.single_line_text_field' } as const;
