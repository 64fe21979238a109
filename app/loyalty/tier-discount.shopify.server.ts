/** The store's automatic discounts, and which of them is the tiers'. */
export const FIND_TIER_DISCOUNT = `#graphql
  query FindTierDiscount($namespace: String!, $key: String!, $after: String) {
    automaticDiscountNodes(first: 100, after: $after) {
      nodes {
        id
        metafield(namespace: $namespace, key: $key) {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

export const CREATE_TIER_DISCOUNT = `#graphql
  mutation CreateTierDiscount($discount: DiscountAutomaticAppInput!) {
    discountAutomaticAppCreate(automaticAppDiscount: $discount) {
      automaticAppDiscount {
        discountId
      }
      userErrors {
        field
        message
        code
      }
    }
  }
`;

/** An end that is null makes one go on that was ended by hand. */
export const UPDATE_TIER_DISCOUNT = `#graphql
  mutation UpdateTierDiscount($id: ID!, $discount: DiscountAutomaticAppInput!) {
    discountAutomaticAppUpdate(id: $id, automaticAppDiscount: $discount) {
      automaticAppDiscount {
        discountId
      }
      userErrors {
        field
        message
        code
      }
    }
  }
`;

export const SET_TIER_DISCOUNT_CONFIG = `#graphql
  mutation SetTierDiscountConfig($metafields: [MetafieldsSetInput!]!) {
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

export const DELETE_TIER_DISCOUNT = `#graphql
  mutation DeleteTierDiscount($id: ID!) {
    discountAutomaticDelete(id: $id) {
      deletedAutomaticDiscountId
      userErrors {
        field
        message
        code
      }
    }
  }
`;
