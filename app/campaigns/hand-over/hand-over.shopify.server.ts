/** Tells the store customers' offers; setting the same again changes nothing. */
export const SET_OFFERS_METAFIELDS = `#graphql
  mutation SetOffersMetafields($metafields: [MetafieldsSetInput!]!) {
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

/** Takes away those of customers who have none; where there is none nothing happens. */
export const DELETE_OFFERS_METAFIELDS = `#graphql
  mutation DeleteOffersMetafields($metafields: [MetafieldIdentifierInput!]!) {
    metafieldsDelete(metafields: $metafields) {
      deletedMetafields {
        key
      }
      userErrors {
        field
        message
      }
    }
  }
`;

/** Sets off the workflows that begin with a trigger of the app's; a second call sets them off a second time. */
export const SEND_TO_FLOW = `#graphql
  mutation SendOfferToFlow($handle: String!, $payload: JSON!) {
    flowTriggerReceive(handle: $handle, payload: $payload) {
      userErrors {
        field
        message
      }
    }
  }
`;
