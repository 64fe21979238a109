/** What reconciliation asks beside the exports of the first import. */

/** Places are few and cannot be searched by their last change: all are asked for. BULK_LOCATIONS of the first import does it. */

/** Costs and tracking: an inventory item changes without its product. */
export const BULK_ITEMS_CHANGED = `#graphql
  query BulkItemsChanged {
    inventoryItems {
      edges {
        node {
          __typename
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
`;

/** Levels that changed: an item's own time does not move with its stock, so the levels are searched and not the items. */
export const BULK_LEVELS_CHANGED = `#graphql
  query BulkLevelsChanged {
    locations(includeInactive: true) {
      edges {
        node {
          __typename
          id
          inventoryLevels(includeInactive: true) {
            edges {
              node {
                __typename
                id
                isActive
                updatedAt
                item {
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

/** Products or collections that were deleted: of orders and customers Shopify keeps no such events. */
export const DELETED_OBJECTS = `#graphql
  query DeletedObjects($query: String!, $after: String, $subjects: [DeletionEventSubjectType!]!) {
    deletionEvents(first: 250, after: $after, subjectTypes: $subjects, query: $query, sortKey: CREATED_AT) {
      nodes {
        subjectId
        occurredAt
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

export const COUNT_ORDERS = `#graphql
  query CountOrders($query: String!) {
    ordersCount(query: $query, limit: null) {
      count
      precision
    }
  }
`;

export const COUNT_CUSTOMERS = `#graphql
  query CountCustomers($query: String!) {
    customersCount(query: $query, limit: null) {
      count
      precision
    }
  }
`;

export const ORDER_IDS = `#graphql
  query OrderIds($query: String!) {
    orders(first: 250, query: $query, sortKey: ID) {
      nodes {
        id
      }
    }
  }
`;

export const CUSTOMER_IDS = `#graphql
  query CustomerIds($query: String!) {
    customers(first: 250, query: $query, sortKey: ID) {
      nodes {
        id
      }
    }
  }
`;

/** Which of these the store still has; null where it has not. */
export const STILL_THERE = `#graphql
  query StillThere($ids: [ID!]!) {
    nodes(ids: $ids) {
      id
    }
  }
`;

/** Refunds in full; a bulk export may not look into a list. */
export const REFUNDS_IN_FULL = `#graphql
  query RefundsInFull($ids: [ID!]!) {
    nodes(ids: $ids) {
      ... on Refund {
        id
        order {
          currencyCode
        }
        orderAdjustments(first: 10) {
          nodes {
            amountSet {
              shopMoney {
                amount
              }
            }
          }
        }
        refundLineItems(first: 50) {
          nodes {
            id
            quantity
            restockType
            lineItem {
              id
            }
            location {
              id
            }
            subtotalSet {
              shopMoney {
                amount
              }
            }
            totalTaxSet {
              shopMoney {
                amount
              }
            }
          }
          pageInfo {
            hasNextPage
          }
        }
      }
    }
  }
`;
