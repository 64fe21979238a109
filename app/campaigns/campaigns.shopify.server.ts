/** One discount for a whole campaign; the customers' codes are added to it. */
export const CREATE_DISCOUNT = `#graphql
  mutation CreateCampaignDiscount($discount: DiscountCodeBasicInput!) {
    discountCodeBasicCreate(basicCodeDiscount: $discount) {
      codeDiscountNode {
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

/** The same for free shipping. */
export const CREATE_SHIPPING_DISCOUNT = `#graphql
  mutation CreateCampaignShippingDiscount($discount: DiscountCodeFreeShippingInput!) {
    discountCodeFreeShippingCreate(freeShippingCodeDiscount: $discount) {
      codeDiscountNode {
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

/** The same for pieces that come with others. */
export const CREATE_GETS_DISCOUNT = `#graphql
  mutation CreateCampaignGetsDiscount($discount: DiscountCodeBxgyInput!) {
    discountCodeBxgyCreate(bxgyCodeDiscount: $discount) {
      codeDiscountNode {
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

export const DISCOUNT_BY_CODE = `#graphql
  query CampaignDiscountByCode($code: String!) {
    codeDiscountNodeByCode(code: $code) {
      id
    }
  }
`;

export const ADD_CODES = `#graphql
  mutation AddCampaignCodes($discountId: ID!, $codes: [DiscountRedeemCodeInput!]!) {
    discountRedeemCodeBulkAdd(discountId: $discountId, codes: $codes) {
      bulkCreation {
        id
        done
      }
      userErrors {
        field
        message
        code
      }
    }
  }
`;

export const CODES_ADDED = `#graphql
  query CampaignCodesAdded($id: ID!) {
    discountRedeemCodeBulkCreation(id: $id) {
      id
      done
      codes(first: 250) {
        nodes {
          code
          errors {
            message
            code
          }
        }
      }
    }
  }
`;

export const DEACTIVATE_DISCOUNT = `#graphql
  mutation DeactivateCampaignDiscount($id: ID!) {
    discountCodeDeactivate(id: $id) {
      codeDiscountNode {
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

export const ACTIVATE_DISCOUNT = `#graphql
  mutation ActivateCampaignDiscount($id: ID!) {
    discountCodeActivate(id: $id) {
      codeDiscountNode {
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

/** Activating takes an end date away; this sets it again. */
export const SET_DISCOUNT_DATES = `#graphql
  mutation SetCampaignDiscountDates($id: ID!, $discount: DiscountCodeBasicInput!) {
    discountCodeBasicUpdate(id: $id, basicCodeDiscount: $discount) {
      codeDiscountNode {
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

export const SET_SHIPPING_DISCOUNT_DATES = `#graphql
  mutation SetCampaignShippingDiscountDates($id: ID!, $discount: DiscountCodeFreeShippingInput!) {
    discountCodeFreeShippingUpdate(id: $id, freeShippingCodeDiscount: $discount) {
      codeDiscountNode {
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

export const SET_GETS_DISCOUNT_DATES = `#graphql
  mutation SetCampaignGetsDiscountDates($id: ID!, $discount: DiscountCodeBxgyInput!) {
    discountCodeBxgyUpdate(id: $id, bxgyCodeDiscount: $discount) {
      codeDiscountNode {
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

/** Where a code of a discount is; none where it has been deleted. */
export const FIND_CODE = `#graphql
  query FindCampaignCode($id: ID!, $code: String!) {
    codeDiscountNode(id: $id) {
      codeDiscount {
        ... on DiscountCodeBasic {
          codes(first: 10, query: $code) {
            nodes {
              id
              code
            }
          }
        }
        ... on DiscountCodeFreeShipping {
          codes(first: 10, query: $code) {
            nodes {
              id
              code
            }
          }
        }
        ... on DiscountCodeBxgy {
          codes(first: 10, query: $code) {
            nodes {
              id
              code
            }
          }
        }
      }
    }
  }
`;

/** Deletes codes by and by: the job that is given back only says that it has begun. */
export const DELETE_CODES = `#graphql
  mutation DeleteCampaignCodes($discountId: ID!, $ids: [ID!]!) {
    discountCodeRedeemCodeBulkDelete(discountId: $discountId, ids: $ids) {
      job {
        id
        done
      }
      userErrors {
        field
        message
        code
      }
    }
  }
`;
