/** Writes the tier where extensions and Functions read it. */
export const SET_LOYALTY_METAFIELDS = `#graphql
  mutation SetLoyaltyMetafields($metafields: [MetafieldsSetInput!]!) {
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
