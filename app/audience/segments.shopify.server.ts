/** The store's own customer segments; Shopify takes at most 250 a page. */
export const STORE_SEGMENTS = `#graphql
  query StoreSegments($after: String) {
    segments(first: 250, after: $after, sortKey: ID) {
      nodes {
        id
        name
        query
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;
