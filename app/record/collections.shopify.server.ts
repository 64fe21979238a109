/** Collections whole, for the first import and whatever has to be read again. */
export const BULK_COLLECTIONS = `#graphql
  query BulkCollections {
    collections {
      edges {
        node {
          __typename
          id
          title
          handle
          updatedAt
          sources {
            __typename
            ... on CollectionConditionsSource {
              inclusion {
                conditions {
                  __typename
                }
              }
            }
          }
          products {
            edges {
              node {
                __typename
                id
              }
            }
          }
        }
      }
    }
  }
`;

/** In which collections products are: by a condition they come and go without a word of the collection. */
export const BULK_MEMBERSHIPS = `#graphql
  query BulkMemberships {
    products {
      edges {
        node {
          __typename
          id
          collections {
            edges {
              node {
                __typename
                id
              }
            }
          }
        }
      }
    }
  }
`;
