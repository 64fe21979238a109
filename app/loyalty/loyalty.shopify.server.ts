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

export const TAG_TIER_MEMBER = `#graphql
  mutation TagTierMember($id: ID!, $tags: [String!]!) {
    tagsAdd(id: $id, tags: $tags) {
      userErrors {
        field
        message
      }
    }
  }
`;

export const UNTAG_TIER_MEMBER = `#graphql
  mutation UntagTierMember($id: ID!, $tags: [String!]!) {
    tagsRemove(id: $id, tags: $tags) {
      userErrors {
        field
        message
      }
    }
  }
`;

export const SEND_TIER_TO_FLOW = `#graphql
  mutation SendTierToFlow($handle: String!, $payload: JSON!) {
    flowTriggerReceive(handle: $handle, payload: $payload) {
      userErrors {
        field
        message
      }
    }
  }
`;
