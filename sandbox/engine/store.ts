import fs from 'node:fs';
import path from 'node:path';
import { isNode, nodeAt, text, type Node, type OrderGroup } from './node.ts';
import { OrderFile, type OrderEntry } from './order-file.ts';
import { collectionOf, isIn, ownCollections, type Collection } from './own-collections.ts';
import { ownSegments } from './own-segments.ts';
import type {
  AutomaticDiscount,
  BulkOperation,
  Code,
  CodeCreation,
  Deletion,
  Discount,
  FlowRun,
  StoreCredit,
  Level,
  MetafieldDefinition,
  Subscription,
  Token,
} from './records.ts';

export type { Code, Discount, Level, Token } from './records.ts';

/** What can change in a store after its history, by the letter it is written down with. */
type Changes = {
  order: OrderGroup;
  gone: string;
  customer: Node;
  product: Node;
  variant: Node;
  'product-gone': string;
  'customer-gone': string;
  'variant-gone': string;
  location: Node;
  'location-gone': string;
  deletion: Deletion;
  metafield: Node;
  'metafield-gone': Node;
  checkout: Node;
  level: Level;
  automatic: AutomaticDiscount;
  'automatic-gone': string;
  discount: Discount;
  'discount-gone': string;
  /** By its code. */
  'code-gone': string;
  code: Code;
  token: Token;
  creation: CodeCreation;
  operation: BulkOperation;
  subscription: Subscription;
  definition: MetafieldDefinition;
  segment: Node;
  'segment-gone': string;
  collection: Node;
  'collection-gone': string;
  flow: FlowRun;
  credit: StoreCredit;
  facts: { installed?: boolean; sequence?: number };
};
/** A change of the store after its history; kept in order, so that a restart goes on from here. */
export type Change = { [Kind in keyof Changes]: { t: Kind; v: Changes[Kind] } }[keyof Changes];

const isChange = (node: unknown): node is Change => isNode(node) && typeof node['t'] === 'string' && 'v' in node;

/** A crash may have cut the last line short; what it would have said was never answered for. */
function dropTornLine(file: string): void {
  if (!fs.existsSync(file)) return;
  const bytes = fs.readFileSync(file);
  const end = bytes.lastIndexOf(10) + 1;
  if (end < bytes.length) fs.truncateSync(file, end);
}

const readLines = (file: string): Node[] =>
  fs.existsSync(file)
    ? fs
        .readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line): unknown => JSON.parse(line))
        .filter(isNode)
    : [];

export type OrderSummary = Omit<OrderEntry, 'offset' | 'length'>;

/** One store: its history from a folder, and what happened since, which it writes down as it happens. */
export class Store {
  readonly domain: string;
  readonly shop: Node;
  readonly locations = new Map<string, Node>();
  readonly products = new Map<string, Node>();
  readonly variants = new Map<string, Node>();
  readonly variantsOf = new Map<string, Node[]>();
  readonly variantOfItem = new Map<string, Node>();
  readonly customers = new Map<string, Node>();
  readonly customerByEmail = new Map<string, Node>();
  readonly levels = new Map<string, Level>();
  readonly metafields = new Map<string, Node>();
  readonly metafieldsOf = new Map<string, Map<string, Node>>();
  readonly checkouts = new Map<string, Node>();
  readonly automatic = new Map<string, AutomaticDiscount>();
  readonly discounts = new Map<string, Discount>();
  readonly codes = new Map<string, Code>();
  /** By discount, then by code in capitals; a discount has up to a hundred thousand. */
  readonly codesOf = new Map<string, Map<string, Code>>();
  readonly tokens = new Map<string, Token>();
  readonly creations = new Map<string, CodeCreation>();
  readonly operations = new Map<string, BulkOperation>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly definitions = new Map<string, MetafieldDefinition>();
  readonly segments = new Map<string, Node>();
  readonly collections = new Map<string, Collection>();
  /** What Shopify keeps of products and collections that were deleted, oldest first. */
  readonly deletions: Deletion[] = [];
  /** What the app handed to Shopify Flow, oldest first. */
  readonly flows: FlowRun[] = [];
  /** Store credit that the app gave, oldest first. */
  readonly credits: StoreCredit[] = [];
  readonly history: OrderFile;
  /** Orders made or changed after the history, newest last. */
  readonly changed = new Map<string, OrderGroup>();
  readonly gone = new Set<string>();
  installed = false;
  isClosed = false;
  #sequence = 1;
  /** Numbers up to this one are written down as given. */
  #reserved = 1;
  #orderNumber: number | undefined;
  readonly #log: number;

  constructor(folder: string, dataFolder: string) {
    const shop: unknown = JSON.parse(fs.readFileSync(path.join(folder, 'shop.json'), 'utf8'));
    if (!isNode(shop)) throw new Error(`${folder}/shop.json is no object`);
    this.shop = { __typename: 'Shop', ...shop };
    this.domain = text(shop, 'myshopifyDomain');
    const own = path.join(dataFolder, this.domain);
    fs.mkdirSync(own, { recursive: true });
    for (const node of readLines(path.join(folder, 'locations.jsonl')))
      this.locations.set(text(node, 'id'), { __typename: 'Location', ...node });
    for (const node of readLines(path.join(folder, 'products.jsonl'))) this.#addProductLine(node);
    for (const node of readLines(path.join(folder, 'customers.jsonl'))) this.#putCustomer({ __typename: 'Customer', ...node });
    for (const node of readLines(path.join(folder, 'inventory.jsonl'))) {
      this.#putLevel({
        inventoryItemId: text(node, 'inventoryItemId'),
        locationId: text(node, 'locationId'),
        available: Number(node['available'] ?? 0),
        updatedAt: text(node, 'updatedAt'),
      });
    }
    const given = readLines(path.join(folder, 'segments.jsonl')).map((node) => ({ __typename: 'Segment', ...node }));
    for (const node of given.length > 0 ? given : ownSegments('2026-01-05T09:00:00Z')) this.segments.set(text(node, 'id'), node);
    const grouped = readLines(path.join(folder, 'collections.jsonl')).map(collectionOf);
    for (const one of grouped.length > 0 ? grouped : ownCollections([...this.products.values()]))
      this.collections.set(text(one, 'id'), one);
    this.history = new OrderFile(path.join(folder, 'orders.jsonl'), path.join(own, 'orders.index.json'));
    const logFile = path.join(own, 'changes.jsonl');
    dropTornLine(logFile);
    for (const change of readLines(logFile)) if (isChange(change)) this.#apply(change);
    this.#sequence = this.#reserved;
    this.#log = fs.openSync(logFile, 'a');
  }

  close(): void {
    this.isClosed = true;
    fs.closeSync(this.#log);
    this.history.close();
  }

  /** Makes a change and writes it down. */
  put(change: Change): void {
    this.#apply(change);
    fs.writeSync(this.#log, `${JSON.stringify(change)}\n`);
  }

  #apply(change: Change): void {
    const held: { [Kind in keyof Changes]: (value: Changes[Kind]) => void } = this.#appliers;
    // Each kind's own function takes just its kind's value.
    const apply: (value: never) => void = held[change.t];
    Reflect.apply(apply, undefined, [change.v]);
  }

  readonly #appliers: { [Kind in keyof Changes]: (value: Changes[Kind]) => void } = {
    order: (group) => {
      // Last in the map is newest.
      this.changed.delete(text(group.order, 'id'));
      this.changed.set(text(group.order, 'id'), group);
    },
    gone: (id) => {
      this.gone.add(id);
      this.changed.delete(id);
    },
    customer: (customer) => this.#putCustomer(customer),
    'customer-gone': (id) => {
      this.customerByEmail.delete(text(this.customers.get(id), 'email').toLowerCase());
      this.customers.delete(id);
    },
    'variant-gone': (id) => this.#dropVariant(id),
    location: (location) => void this.locations.set(text(location, 'id'), location),
    'location-gone': (id) => void this.locations.delete(id),
    deletion: (deletion) => void this.deletions.push(deletion),
    product: (product) => void this.products.set(text(product, 'id'), product),
    variant: (variant) => this.#putVariant(variant),
    'product-gone': (id) => {
      for (const variant of this.variantsOf.get(id) ?? []) {
        this.variants.delete(text(variant, 'id'));
        this.variantOfItem.delete(text(nodeAt(variant, 'inventoryItem'), 'id'));
      }
      this.variantsOf.delete(id);
      this.products.delete(id);
    },
    metafield: (metafield) => this.#putMetafield(metafield),
    'metafield-gone': (metafield) => {
      this.metafields.delete(metafieldKey(metafield));
      this.metafieldsOf.get(text(metafield, 'ownerId'))?.delete(metafieldKey(metafield));
    },
    checkout: (checkout) => void this.checkouts.set(text(checkout, 'token'), checkout),
    level: (level) => this.#putLevel(level),
    automatic: (discount) => void this.automatic.set(discount.id, discount),
    'automatic-gone': (id) => void this.automatic.delete(id),
    discount: (discount) => void this.discounts.set(discount.id, discount),
    'discount-gone': (id) => {
      for (const key of this.codesOf.get(id)?.keys() ?? []) this.codes.delete(key);
      this.codesOf.delete(id);
      this.discounts.delete(id);
    },
    code: (code) => this.#putCode(code),
    'code-gone': (code) => {
      const key = code.toUpperCase();
      this.codesOf.get(this.codes.get(key)?.discountId ?? '')?.delete(key);
      this.codes.delete(key);
    },
    token: (token) => void this.tokens.set(token.token, token),
    creation: (creation) => void this.creations.set(creation.id, creation),
    operation: (operation) => void this.operations.set(operation.id, operation),
    subscription: (subscription) => void this.subscriptions.set(subscription.id, subscription),
    definition: (definition) => void this.definitions.set(text(definition, 'id'), definition),
    segment: (segment) => void this.segments.set(text(segment, 'id'), segment),
    'segment-gone': (id) => void this.segments.delete(id),
    collection: (collection) => void this.collections.set(text(collection, 'id'), collectionOf(collection)),
    'collection-gone': (id) => void this.collections.delete(id),
    flow: (run) => void this.flows.push(run),
    credit: (credit) => void this.credits.push(credit),
    facts: (facts) => {
      this.installed = facts.installed ?? this.installed;
      this.#reserved = facts.sequence ?? this.#reserved;
    },
  };

  #addProductLine(node: Node): void {
    const id = text(node, 'id');
    if (id.startsWith('gid://shopify/ProductVariant/')) this.#putVariant({ __typename: 'ProductVariant', ...node });
    else if (id.startsWith('gid://shopify/Metafield/')) {
      const owned = { __typename: 'Metafield', ...node, ownerId: node['__parentId'] };
      this.#putMetafield(owned);
    } else this.products.set(id, { __typename: 'Product', ...node });
  }

  #putVariant(node: Node): void {
    const productId = text(node, '__parentId');
    const siblings = this.variantsOf.get(productId) ?? [];
    // A change keeps the variant's place among its siblings.
    const isKnown = siblings.some((variant) => variant['id'] === node['id']);
    this.variantsOf.set(productId, isKnown ? siblings.map((one) => (one['id'] === node['id'] ? node : one)) : [...siblings, node]);
    this.variants.set(text(node, 'id'), node);
    this.variantOfItem.set(text(nodeAt(node, 'inventoryItem'), 'id'), node);
  }

  #dropVariant(id: string): void {
    const variant = this.variants.get(id);
    const productId = text(variant, '__parentId');
    this.variantsOf.set(
      productId,
      (this.variantsOf.get(productId) ?? []).filter((sibling) => sibling['id'] !== id),
    );
    this.variantOfItem.delete(text(nodeAt(variant, 'inventoryItem'), 'id'));
    this.variants.delete(id);
  }

  #putCustomer(node: Node): void {
    this.customers.set(text(node, 'id'), node);
    const email = text(node, 'email').toLowerCase();
    if (email !== '') this.customerByEmail.set(email, node);
  }

  #putMetafield(metafield: Node): void {
    const own = this.metafieldsOf.get(text(metafield, 'ownerId')) ?? new Map<string, Node>();
    this.metafieldsOf.set(text(metafield, 'ownerId'), own.set(metafieldKey(metafield), metafield));
    this.metafields.set(metafieldKey(metafield), metafield);
  }

  #putCode(code: Code): void {
    const key = code.code.toUpperCase();
    const siblings = this.codesOf.get(code.discountId) ?? new Map<string, Code>();
    this.codesOf.set(code.discountId, siblings.set(key, code));
    this.codes.set(key, code);
  }

  #putLevel(level: Level): void {
    this.levels.set(`${level.inventoryItemId}/${level.locationId}`, level);
  }

  /** A number for a new gid: 13 digits, never given twice. */
  nextId(): string {
    this.#sequence += 1;
    // Taken a hundred at a time; a restart skips what may have been given of the last hundred.
    if (this.#sequence > this.#reserved) this.put({ t: 'facts', v: { sequence: this.#sequence + 100 } });
    return String(9_100_000_000_000 + this.#sequence * 37);
  }

  /** The name of the next order: one more than the highest number so far. */
  nextOrderName(): string {
    const numberOf = (name: string): number => Number(/\d+$/.exec(name)?.[0] ?? 0);
    this.#orderNumber ??= this.orderEntries().reduce((highest, entry) => Math.max(highest, numberOf(entry.name)), 1_000);
    this.#orderNumber += 1;
    return `#${this.#orderNumber}`;
  }

  order(id: string): OrderGroup | undefined {
    return this.gone.has(id) ? undefined : (this.changed.get(id) ?? this.history.read(id));
  }

  /** Where every order stands, oldest first; what was changed since comes last. */
  orderEntries(): OrderSummary[] {
    const base = [...this.history.entries.values()].filter((entry) => !this.changed.has(entry.id) && !this.gone.has(entry.id));
    const since = [...this.changed.values()].map(({ order }) => ({
      id: text(order, 'id'),
      name: text(order, 'name'),
      updatedAt: text(order, 'updatedAt'),
      processedAt: text(order, 'processedAt'),
      createdAt: text(order, 'createdAt'),
      customerId: text(nodeAt(order, 'customer'), 'id') || null,
    }));
    return [...base, ...since];
  }

  levelsOf(inventoryItemId: string): Level[] {
    return [...this.locations.keys()].flatMap((locationId) => this.levels.get(`${inventoryItemId}/${locationId}`) ?? []);
  }

  /** The products that are in a collection now. */
  productsIn(collectionId: string): Node[] {
    const collection = this.collections.get(collectionId);
    return collection ? [...this.products.values()].filter((product) => isIn(collection, product)) : [];
  }

  available(inventoryItemId: string): number {
    return this.levelsOf(inventoryItemId).reduce((sum, level) => sum + level.available, 0);
  }

  get currency(): string {
    return text(this.shop, 'currencyCode');
  }
}

export function metafieldKey(node: Node): string {
  return `${text(node, 'ownerId')}/${text(node, 'namespace')}/${text(node, 'key')}`;
}

/** The owner's type in a gid: "Order" of "gid://shopify/Order/1". */
export function typeOf(gid: string): string {
  return /^gid:\/\/shopify\/([A-Za-z]+)\//.exec(gid)?.[1] ?? '';
}
