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

export const TAG_CUSTOMER = `#graphql
  mutation TagCustomer($id: ID!, $tags: [String!]!) {
    tagsAdd(id: $id, tags: $tags) {
      userErrors {
        field
        message
      }
    }
  }
`;

export const UNTAG_CUSTOMER = `#graphql
  mutation UntagCustomer($id: ID!, $tags: [String!]!) {
    tagsRemove(id: $id, tags: $tags) {
      userErrors {
        field
        message
      }
    }
  }
`;

/** Writes the segments where extensions and other tools read them. */
export const SET_SEGMENTS_METAFIELDS = `#graphql
  mutation SetSegmentsMetafields($metafields: [MetafieldsSetInput!]!) {
    metafieldsSet(metafields: $metafields) {
      metafields {
        id
      }
      userErrors {
        field
        message
        code
      }
    }
  }
`;
