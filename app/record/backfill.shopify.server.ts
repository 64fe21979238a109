/**
 * What the first import asks for. Run as bulk operations: at most five connections, two levels deep, none inside a list
 * (Shopify's rules); so refunded lines come by the order's sales agreements and not by `refunds`.
 */
export const BULK_LOCATIONS = `#graphql
  query BulkLocations {
    locations(includeInactive: true) {
      edges {
        node {
          __typename
          id
          name
          isActive
          updatedAt
          address {
            city
            countryCode
          }
        }
      }
    }
  }
`;

export const BULK_PRODUCTS = `#graphql
  query BulkProducts {
    products {
      edges {
        node {
          __typename
          id
          title
          handle
          vendor
          productType
          status
          tags
          createdAt
          updatedAt
          featuredMedia {
            preview {
              image {
                url
              }
            }
          }
          variants {
            edges {
              node {
                __typename
                id
                title
                sku
                barcode
                price
                compareAtPrice
                position
                inventoryItem {
                  id
                  sku
                  tracked
                  updatedAt
                  unitCost {
                    amount
                    currencyCode
                  }
                }
              }
            }
          }
        }
      }
    }
  }
`;

export const BULK_INVENTORY = `#graphql
  query BulkInventory {
    inventoryItems {
      edges {
        node {
          __typename
          id
          inventoryLevels {
            edges {
              node {
                __typename
                id
                updatedAt
                location {
                  id
                }
                quantities(names: ["available"]) {
                  name
                  quantity
                }
              }
            }
          }
        }
      }
    }
  }
`;

export const BULK_CUSTOMERS = `#graphql
  query BulkCustomers {
    customers {
      edges {
        node {
          __typename
          id
          firstName
          lastName
          state
          locale
          tags
          createdAt
          updatedAt
          defaultEmailAddress {
            emailAddress
            marketingState
            marketingUpdatedAt
          }
          defaultPhoneNumber {
            phoneNumber
            marketingState
            marketingUpdatedAt
          }
          defaultAddress {
            address1
            address2
            zip
            city
            provinceCode
            countryCodeV2
          }
          birthDate: metafield(namespace: "facts", key: "birth_date") {
            value
          }
        }
      }
    }
  }
`;

export const BULK_ORDERS = `#graphql
  query BulkOrders {
    orders {
      edges {
        node {
          __typename
          id
          name
          createdAt
          processedAt
          updatedAt
          cancelledAt
          cancelReason
          closedAt
          test
          edited
          sourceName
          displayFinancialStatus
          displayFulfillmentStatus
          tags
          currencyCode
          presentmentCurrencyCode
          taxesIncluded
          customer {
            id
          }
          retailLocation {
            id
          }
          totalPriceSet {
            shopMoney {
              amount
            }
            presentmentMoney {
              amount
            }
          }
          totalTaxSet {
            shopMoney {
              amount
            }
          }
          totalShippingPriceSet {
            shopMoney {
              amount
            }
          }
          discountCodes
          transactions {
            id
            kind
            status
            gateway
            processedAt
            parentTransaction {
              id
            }
            paymentDetails {
              ... on CardPaymentDetails {
                company
                number
              }
            }
            amountSet {
              shopMoney {
                amount
                currencyCode
              }
            }
          }
          refunds {
            id
            createdAt
            processedAt
            note
            totalRefundedSet {
              shopMoney {
                amount
              }
            }
          }
          fulfillments {
            id
            status
            displayStatus
            createdAt
            updatedAt
            location {
              id
            }
            trackingInfo(first: 1) {
              company
            }
          }
          lineItems {
            edges {
              node {
                __typename
                id
                title
                variantTitle
                sku
                vendor
                quantity
                currentQuantity
                isGiftCard
                requiresShipping
                product {
                  id
                }
                variant {
                  id
                }
                originalUnitPriceSet {
                  shopMoney {
                    amount
                  }
                  presentmentMoney {
                    amount
                  }
                }
                discountAllocations {
                  allocatedAmountSet {
                    shopMoney {
                      amount
                    }
                  }
                  discountApplication {
                    index
                  }
                }
                taxLines {
                  priceSet {
                    shopMoney {
                      amount
                    }
                  }
                }
              }
            }
          }
          discountApplications {
            edges {
              node {
                __typename
                index
                value {
                  __typename
                  ... on MoneyV2 {
                    amount
                  }
                  ... on PricingPercentageValue {
                    percentage
                  }
                }
                ... on DiscountCodeApplication {
                  code
                }
                ... on AutomaticDiscountApplication {
                  title
                }
                ... on ManualDiscountApplication {
                  title
                }
                ... on ScriptDiscountApplication {
                  title
                }
              }
            }
          }
          agreements {
            edges {
              node {
                __typename
                id
                happenedAt
                ... on RefundAgreement {
                  refund {
                    id
                  }
                }
                sales {
                  edges {
                    node {
                      __typename
                      id
                      actionType
                      lineType
                      quantity
                      totalAmount {
                        shopMoney {
                          amount
                        }
                      }
                      totalTaxAmount {
                        shopMoney {
                          amount
                        }
                      }
                      ... on ProductSale {
                        lineItem {
                          id
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }
`;
