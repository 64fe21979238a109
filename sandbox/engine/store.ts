import fs from 'node:fs';
import path from 'node:path';
import { isNode, nodeAt, text, type Node, type OrderGroup } from './node.ts';
import { OrderFile, type OrderEntry } from './order-file.ts';

export type Level = { inventoryItemId: string; locationId: string; available: number; updatedAt: string };
export type Discount = {
  id: string;
  title: string;
  active: boolean;
  startsAt: string;
  endsAt: string | null;
  value: { kind: 'percentage'; percentage: number } | { kind: 'amount'; amount: string };
  minimumSubtotal: string | null;
  usageLimit: number | null;
  oncePerCustomer: boolean;
  combinesWithOrder: boolean;
  createdAt: string;
  updatedAt: string;
};
export type Code = { code: string; discountId: string; id: string; uses: number; customers: string[] };
export type Token = { token: string; scopes: string[]; expiresAt: number; refreshToken: string; online: boolean };

/** A change of the store after its history; kept in order, so that a restart goes on from here. */
type Change =
  | { t: 'order'; v: OrderGroup }
  | { t: 'gone'; v: string }
  | { t: 'customer' | 'product' | 'variant' | 'metafield' | 'checkout'; v: Node }
  | { t: 'level'; v: Level }
  | { t: 'discount'; v: Discount }
  | { t: 'code'; v: Code }
  | { t: 'token'; v: Token }
  | { t: 'facts'; v: { installed?: boolean; sequence?: number } };

const readLines = (file: string): Node[] =>
  fs.existsSync(file)
    ? fs
        .readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line): unknown => JSON.parse(line))
        .filter(isNode)
    : [];

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
  readonly checkouts = new Map<string, Node>();
  readonly discounts = new Map<string, Discount>();
  readonly codes = new Map<string, Code>();
  /** By discount, then by code in capitals; a discount has up to a hundred thousand. */
  readonly codesOf = new Map<string, Map<string, Code>>();
  readonly tokens = new Map<string, Token>();
  readonly history: OrderFile;
  /** Orders made or changed after the history, newest last. */
  readonly changed = new Map<string, OrderGroup>();
  readonly gone = new Set<string>();
  installed = false;
  #sequence = 1;
  /** Numbers up to this one are written down as given. */
  #reserved = 1;
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
    this.history = new OrderFile(path.join(folder, 'orders.jsonl'), path.join(own, 'orders.index.json'));
    const logFile = path.join(own, 'changes.jsonl');
    for (const change of readLines(logFile)) this.#apply(change as Change);
    this.#sequence = this.#reserved;
    this.#log = fs.openSync(logFile, 'a');
  }

  close(): void {
    fs.closeSync(this.#log);
    this.history.close();
  }

  /** Makes a change and writes it down. */
  put(change: Change): void {
    this.#apply(change);
    fs.writeSync(this.#log, `${JSON.stringify(change)}\n`);
  }

  #apply(change: Change): void {
    switch (change.t) {
      case 'order':
        // Last in the map is newest.
        this.changed.delete(text(change.v.order, 'id'));
        this.changed.set(text(change.v.order, 'id'), change.v);
        return;
      case 'gone':
        this.gone.add(change.v);
        this.changed.delete(change.v);
        return;
      case 'customer':
        return this.#putCustomer(change.v);
      case 'product':
        this.products.set(text(change.v, 'id'), change.v);
        return;
      case 'variant':
        return this.#putVariant(change.v);
      case 'metafield':
        this.metafields.set(metafieldKey(change.v), change.v);
        return;
      case 'checkout':
        this.checkouts.set(text(change.v, 'token'), change.v);
        return;
      case 'level':
        return this.#putLevel(change.v);
      case 'discount':
        this.discounts.set(change.v.id, change.v);
        return;
      case 'code':
        return this.#putCode(change.v);
      case 'token':
        this.tokens.set(change.v.token, change.v);
        return;
      case 'facts':
        this.installed = change.v.installed ?? this.installed;
        this.#reserved = change.v.sequence ?? this.#reserved;
    }
  }

  #addProductLine(node: Node): void {
    const id = text(node, 'id');
    if (id.startsWith('gid://shopify/ProductVariant/')) this.#putVariant({ __typename: 'ProductVariant', ...node });
    else if (id.startsWith('gid://shopify/Metafield/')) {
      const owned = { __typename: 'Metafield', ...node, ownerId: node['__parentId'] };
      this.metafields.set(metafieldKey(owned), owned);
    } else this.products.set(id, { __typename: 'Product', ...node });
  }

  #putVariant(node: Node): void {
    const productId = text(node, '__parentId');
    const siblings = (this.variantsOf.get(productId) ?? []).filter((variant) => variant['id'] !== node['id']);
    this.variantsOf.set(productId, [...siblings, node]);
    this.variants.set(text(node, 'id'), node);
    this.variantOfItem.set(text(nodeAt(node, 'inventoryItem'), 'id'), node);
  }

  #putCustomer(node: Node): void {
    this.customers.set(text(node, 'id'), node);
    const email = text(node, 'email').toLowerCase();
    if (email !== '') this.customerByEmail.set(email, node);
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

  order(id: string): OrderGroup | undefined {
    return this.gone.has(id) ? undefined : (this.changed.get(id) ?? this.history.read(id));
  }

  /** Where every order stands, oldest first; what was changed since comes last. */
  orderEntries(): Pick<OrderEntry, 'id' | 'name' | 'updatedAt' | 'processedAt' | 'customerId'>[] {
    const base = [...this.history.entries.values()].filter((entry) => !this.changed.has(entry.id) && !this.gone.has(entry.id));
    const since = [...this.changed.values()].map(({ order }) => ({
      id: text(order, 'id'),
      name: text(order, 'name'),
      updatedAt: text(order, 'updatedAt'),
      processedAt: text(order, 'processedAt'),
      customerId: text(nodeAt(order, 'customer'), 'id') || null,
    }));
    return [...base, ...since];
  }

  levelsOf(inventoryItemId: string): Level[] {
    return [...this.locations.keys()].flatMap((locationId) => this.levels.get(`${inventoryItemId}/${locationId}`) ?? []);
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
