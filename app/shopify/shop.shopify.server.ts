/** Who the store is. */
export const SHOP_DETAILS = `#graphql
  query ShopDetails {
    shop {
      name
      email
      currencyCode
      ianaTimezone
      plan {
        publicDisplayName
      }
    }
    currentAppInstallation {
      accessScopes {
        handle
      }
    }
  }
`;
