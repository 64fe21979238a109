/** What the face needs of the sandbox. Ids are gids, amounts decimals as text in the shop's currency, instants ISO UTC. */
export type FaceShop = {
  /** `name.myshopify.com` */
  domain: string;
  /** What people call it. */
  title: string;
  currency: string;
  timezone: string;
  madeUp: readonly string[];
  /** Where the history comes from, with its attribution. */
  source: string;
};

export type FaceList<Row> = { rows: Row[]; total: number };
/** `search` is text to look for, empty for everything; `onSale` leaves out what the storefront does not sell. */
export type FaceQuery = { search: string; from: number; limit: number; onSale?: boolean };

export type FaceVariant = { id: string; title: string; sku: string | null; price: string; available: number; sellsWithoutStock: boolean };
export type FaceProduct = { id: string; title: string; vendor: string | null; variants: FaceVariant[] };
/** `products`: how many are in it now. */
export type FaceCollection = { id: string; title: string; products: number };
export type FaceCustomer = { id: string; name: string; email: string | null; orders: number; spent: string };
export type FaceOrderRow = {
  /** The number at the end of the gid. */
  number: string;
  name: string;
  processedAt: string;
  customer: string | null;
  total: string;
  financialStatus: string | null;
  fulfilmentStatus: string | null;
  /** Pieces ordered. */
  items: number;
  tags: readonly string[];
};
export type FaceOrder = FaceOrderRow & {
  id: string;
  cancelledAt: string | null;
  discount: string;
  discountCodes: readonly string[];
  lines: { id: string; title: string; sku: string | null; quantity: number; left: number; price: string }[];
};

/** A mail of the app's. */
export type FaceMail = {
  id: number;
  at: string;
  from: string;
  to: readonly string[];
  subject: string;
  text: string;
  html: string;
  headers: Readonly<Record<string, string>>;
};

/** A trigger of Shopify Flow that the app set off. */
export type FaceFlow = { shop: string; at: string; handle: string; payload: Readonly<Record<string, unknown>> };

export type FaceDoors = {
  /** Where the app answers, with no slash at the end. */
  appUrl: string;
  shops(): readonly FaceShop[];
  /** Newest first. `shop` is a domain that `shops()` named. */
  orders(shop: string, query: FaceQuery): FaceList<FaceOrderRow>;
  order(shop: string, number: string): FaceOrder | undefined;
  products(shop: string, query: FaceQuery): FaceList<FaceProduct>;
  collections(shop: string, query: FaceQuery): FaceList<FaceCollection>;
  customers(shop: string, query: FaceQuery): FaceList<FaceCustomer>;
  /** The newest first. */
  mails(): readonly FaceMail[];
  /** A store's newest first. */
  flows(): readonly FaceFlow[];
};
