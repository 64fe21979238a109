/** Tells the store that a customer wants no mail any more. */
export const UPDATE_EMAIL_CONSENT = `#graphql
  mutation UpdateEmailConsent($input: CustomerEmailMarketingConsentUpdateInput!) {
    customerEmailMarketingConsentUpdate(input: $input) {
      customer {
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
