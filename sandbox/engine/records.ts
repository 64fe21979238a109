import type { Node } from './node.ts';

/** What a store holds beside the nodes of its history. Ids are gids, amounts decimals, times ISO UTC. */
export type Level = { inventoryItemId: string; locationId: string; available: number; updatedAt: string };
export type Discount = {
  id: string;
  title: string;
  active: boolean;
  startsAt: string;
  endsAt: string | null;
  value:
    | { kind: 'percentage'; /** 0 to 1 */ percentage: number }
    | { kind: 'amount'; amount: string }
    | { kind: 'shipping'; /** the dearest rate that it makes free */ upTo: string | null }
    | { kind: 'gets'; buys: number; gets: number; given: string[]; percentage: number };
  minimumSubtotal: string | null;
  minimumPieces?: number | null;
  /** The products it takes off from (of `gets`: those to buy); absent or null: the whole order. */
  products?: string[] | null;
  /** The customers who may use it; absent or null: anybody. */
  customers?: string[] | null;
  /** The same by collections. */
  collections?: string[] | null;
  /** How often each code of it may be used; null for any number of times. */
  usageLimit: number | null;
  oncePerCustomer: boolean;
  combinesWithOrder: boolean;
  combinesWithProduct?: boolean;
  combinesWithShipping?: boolean;
  createdAt: string;
  updatedAt: string;
};
/** An automatic discount that a Function of the app decides. */
export type AutomaticDiscount = {
  id: string;
  title: string;
  functionHandle: string;
  classes: ('ORDER' | 'PRODUCT' | 'SHIPPING')[];
  startsAt: string;
  endsAt: string | null;
  combinesWith: { order: boolean; product: boolean; shipping: boolean };
  updatedAt: string;
};
export type Code = { code: string; discountId: string; id: string; uses: number; customers: string[] };
/** An event that tells of a deletion; Shopify keeps such events of products (and collections) only. */
export type Deletion = { number: string; subjectId: string; subjectType: 'PRODUCT' | 'COLLECTION'; occurredAt: string };
export type Token = { token: string; scopes: string[]; expiresAt: number; refreshToken: string; online: boolean };
export type CodeCreation = {
  id: string;
  discountId: string;
  createdAt: string;
  done: boolean;
  codes: { code: string; error: string | null }[];
};

export type BulkOperation = {
  id: string;
  query: string;
  status: 'CREATED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELED';
  errorCode: 'ACCESS_DENIED' | 'INTERNAL_SERVER_ERROR' | null;
  /** The field that the sandbox does not know, when that is why it failed. */
  missingField: string | null;
  objectCount: number;
  rootObjectCount: number;
  fileSize: number;
  file: string | null;
  /** The name of the file in its address; nobody guesses it. */
  token: string;
  scopes: readonly string[];
  createdAt: string;
  completedAt: string | null;
};

/** A subscription made through the API, beside those of the app's configuration. */
export type Subscription = { id: string; topic: string; uri: string; createdAt: string; updatedAt: string };
/** Store credit that the app gave. `amount` in decimals. */
export type StoreCredit = { id: string; customerId: string; at: string; amount: string; currencyCode: string; expiresAt: string | null };
/** A trigger of Shopify Flow that the app set off. */
export type FlowRun = { id: number; at: string; handle: string; payload: Node };
export type MetafieldDefinition = Node;
