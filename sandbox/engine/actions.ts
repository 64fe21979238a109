import { parseMinor, toDecimal } from '../../app/core/money.ts';
import { nextVersion, seconds } from './clock.ts';
import { CollectionChanges } from './collection-changes.ts';
import { applyAutomatic, type AppliedAutomatic } from './automatic-discounts.ts';
import { applyCodes, type AppliedCode } from './discount-rules.ts';
import type { Deliveries } from './deliveries.ts';
import { listAt, nodeAt, tail, text, type Node } from './node.ts';
import { OrderChanges } from './order-changes.ts';
import { MerchantChanges } from './merchant-changes.ts';
import { OrderMaker, type Card, type CartItem, type NewBuyer } from './order-maker.ts';
import { refuse, type Done, type Placed, type Refused } from './outcome.ts';
import * as rest from './rest.ts';
import type { Store } from './store.ts';

export type { Placed, Refused } from './outcome.ts';

export type CheckoutInput = {
  lines: { variantId: string; quantity: number }[];
  customer: { id: string } | NewBuyer | null;
  discountCodes: string[];
  /** What shipping costs, a decimal; nothing where it is not said. */
  shipping?: string;
  sourceName?: string;
  /** What was paid with, masked as Shopify shows it. */
  card?: Card;
};
export type Quote = {
  kind: 'quote';
  subtotal: string;
  total: string;
  applied: { code: string; amount: string }[];
  automatic: { title: string; amount: string }[];
};
type Uses = { kind: 'uses'; applied: AppliedCode[]; automatic: AppliedAutomatic[] };

/** What people do in a store: each action changes the state as Shopify does and sends the topics that Shopify sends. */
export class Actions {
  readonly #store: Store;
  readonly #deliveries: Deliveries;
  readonly #now: () => Date;
  readonly #maker: OrderMaker;
  readonly #changes: OrderChanges;
  /** What the merchant does to goods, places and customers. */
  readonly merchant: MerchantChanges;
  readonly collections: CollectionChanges;

  constructor(store: Store, deliveries: Deliveries, now: () => Date) {
    this.#store = store;
    this.#deliveries = deliveries;
    this.#now = now;
    this.#maker = new OrderMaker(store, now);
    const send = (topics: { topic: string; body: rest.Rest }[]): void => this.#send(topics);
    this.merchant = new MerchantChanges({ store, maker: this.#maker, send, now });
    this.collections = new CollectionChanges({ store, maker: this.#maker, send, now });
    this.#changes = new OrderChanges({ store, maker: this.#maker, send, moveStock: (itemId, by) => this.#moveStock(itemId, by) });
  }

  #send(topics: { topic: string; body: rest.Rest }[]): void {
    if (this.#store.installed) this.#deliver(topics);
  }

  #deliver(topics: { topic: string; body: rest.Rest }[]): void {
    const bodies = topics.map(({ topic, body }) => ({ topic, body: rest.toBody(body) }));
    this.#deliveries.send(this.#store.domain, bodies, this.#now());
  }

  /** The cart with its prices, or why it cannot be bought. */
  #cart(input: CheckoutInput): { lines: CartItem[]; shipping: bigint } | Refused {
    if (input.lines.length === 0) return refuse('CART_EMPTY', 'The cart is empty.');
    const lines: CartItem[] = [];
    for (const { variantId, quantity } of input.lines) {
      const variant = this.#store.variants.get(variantId);
      if (!variant) return refuse('VARIANT_NOT_FOUND', `There is no variant ${variantId}.`);
      if (!Number.isInteger(quantity) || quantity < 1 || quantity > 100_000)
        return refuse('QUANTITY_INVALID', 'A quantity is a whole number from 1 on.');
      lines.push({
        variant,
        quantity,
        price: parseMinor(text(variant, 'price'), this.#store.currency),
        productId: text(variant, '__parentId'),
      });
    }
    return { lines, shipping: parseMinor(input.shipping ?? '0', this.#store.currency) };
  }

  #knownCustomer(input: CheckoutInput): Node | null {
    if (!input.customer) return null;
    if ('id' in input.customer) return this.#store.customers.get(input.customer.id) ?? null;
    return this.#store.customerByEmail.get(input.customer.email.toLowerCase()) ?? null;
  }

  /** The codes that apply to a cart, and the automatic discounts beside them; who names no account is a guest to a Function. */
  #uses(input: CheckoutInput, cart: { lines: CartItem[]; shipping: bigint }): Uses | Refused {
    const now = this.#now();
    const customerId = text(this.#knownCustomer(input) ?? undefined, 'id') || null;
    const codes = applyCodes(this.#store, input.discountCodes, { ...cart, customerId, now });
    if (codes.kind === 'refused') return codes;
    const loggedIn = input.customer && 'id' in input.customer ? customerId : null;
    const { applied } = codes;
    const result = applyAutomatic(this.#store, { ...cart, customerId: loggedIn, applied, now });
    return result.kind === 'refused' ? result : { kind: 'uses', applied, automatic: result.automatic };
  }

  quote(input: CheckoutInput): Quote | Refused {
    const cart = this.#cart(input);
    if ('kind' in cart) return cart;
    const uses = this.#uses(input, cart);
    if (uses.kind === 'refused') return uses;
    const subtotal = cart.lines.reduce((sum, line) => sum + line.price * BigInt(line.quantity), 0n);
    const off = [...uses.applied, ...uses.automatic].reduce((sum, use) => sum + use.amount, 0n);
    const decimal = (minor: bigint): string => toDecimal(minor, this.#store.currency);
    return {
      kind: 'quote',
      subtotal: decimal(subtotal),
      total: decimal(subtotal + cart.shipping - off),
      applied: uses.applied.map((use) => ({ code: use.code.code, amount: decimal(use.amount) })),
      automatic: uses.automatic.map(({ title, amount }) => ({ title, amount: decimal(amount) })),
    };
  }

  checkout(input: CheckoutInput): Placed | Refused {
    const cart = this.#cart(input);
    if ('kind' in cart) return cart;
    if (input.customer && 'id' in input.customer && !this.#store.customers.has(input.customer.id))
      return refuse('CUSTOMER_NOT_FOUND', 'There is no such customer.');
    const known = this.#knownCustomer(input);
    const uses = this.#uses(input, cart);
    if (uses.kind === 'refused') return uses;
    const customer = known ?? (input.customer && 'email' in input.customer ? this.#maker.newCustomer(input.customer) : null);
    if (customer && !known) this.#store.put({ t: 'customer', v: customer });
    const group = this.#maker.newOrder({
      ...cart,
      customer,
      applied: uses.applied,
      automatic: uses.automatic,
      sourceName: input.sourceName ?? 'web',
      card: input.card,
    });
    this.#store.put({ t: 'order', v: group });
    for (const use of uses.applied) {
      const customers = customer ? [...use.code.customers, text(customer, 'id')] : use.code.customers;
      this.#store.put({ t: 'code', v: { ...use.code, uses: use.code.uses + 1, customers } });
    }
    const levels = cart.lines.flatMap((line) => this.#moveStock(text(nodeAt(line.variant, 'inventoryItem'), 'id'), -line.quantity));
    const body = rest.orderBody(group, this.#store);
    this.#send([
      ...(customer && !known ? [{ topic: 'customers/create', body: rest.customerBody(customer) }] : []),
      ...(customer && !known && input.customer && 'acceptsMarketing' in input.customer && input.customer.acceptsMarketing
        ? rest.consentTopics({}, customer)
        : []),
      { topic: 'orders/create', body },
      { topic: 'orders/paid', body },
      { topic: 'orders/updated', body },
      ...listAt(group.order, 'transactions').map((transaction) => ({
        topic: 'order_transactions/create',
        body: rest.transactionBody(transaction, text(group.order, 'id')),
      })),
      ...levels,
    ]);
    const decimal = (minor: bigint): string => toDecimal(minor, this.#store.currency);
    return { kind: 'placed', group, applied: uses.applied.map((use) => ({ code: use.code.code, amount: decimal(use.amount) })) };
  }

  /** Changes the stock of an item where it has most. @returns the topics to send. */
  #moveStock(itemId: string, by: number): { topic: string; body: rest.Rest }[] {
    const [level] = this.#store.levelsOf(itemId).toSorted((a, b) => b.available - a.available);
    return level ? [this.setStock(itemId, level.locationId, level.available + by)] : [];
  }

  /** Sets a level, without sending. */
  setStock(inventoryItemId: string, locationId: string, available: number): { topic: string; body: rest.Rest } {
    const before = this.#store.levels.get(`${inventoryItemId}/${locationId}`);
    const level = { inventoryItemId, locationId, available, updatedAt: nextVersion(before?.updatedAt ?? '', this.#now()) };
    this.#store.put({ t: 'level', v: level });
    return { topic: 'inventory_levels/update', body: rest.levelBody(level) };
  }

  inventorySet(input: { inventoryItemId: string; locationId: string; available: number }): Done | Refused {
    if (!this.#store.variantOfItem.has(input.inventoryItemId) || !this.#store.locations.has(input.locationId))
      return refuse('NOT_FOUND', 'There is no such item or place.');
    this.#send([this.setStock(input.inventoryItemId, input.locationId, input.available)]);
    return { kind: 'done' };
  }

  /** Stock of a variant that came from a supplier. */
  receive(variantId: string, units: number): boolean {
    const variant = this.#store.variants.get(variantId);
    if (!variant) return false;
    const topics = this.#moveStock(text(nodeAt(variant, 'inventoryItem'), 'id'), units);
    this.#send(topics);
    return topics.length > 0;
  }

  abandon(input: CheckoutInput): boolean {
    const cart = this.#cart(input);
    if ('kind' in cart) return false;
    const at = seconds(this.#now());
    const token = `${this.#store.nextId()}${this.#store.nextId()}`;
    this.#store.put({ t: 'checkout', v: { token, createdAt: at } });
    this.#send([
      {
        topic: 'checkouts/create',
        body: {
          id: BigInt(this.#store.nextId()),
          token,
          created_at: at,
          updated_at: at,
          completed_at: null,
          currency: this.#store.currency,
          total_price: toDecimal(
            cart.lines.reduce((sum, line) => sum + line.price * BigInt(line.quantity), 0n),
            this.#store.currency,
          ),
          customer: null,
          line_items: cart.lines.map((line) => ({
            variant_id: BigInt(tail(text(line.variant, 'id'))),
            quantity: line.quantity,
          })),
        },
      },
    ]);
    return true;
  }

  refund(input: Parameters<OrderChanges['refund']>[0]): Placed | Refused {
    return this.#changes.refund(input);
  }

  cancel(orderId: string): Placed | Refused {
    return this.#changes.cancel(orderId);
  }

  fulfil(orderId: string): Placed | Refused {
    return this.#changes.fulfil(orderId);
  }

  edit(input: { orderId: string; add: CheckoutInput['lines']; remove: { lineItemId: string; quantity: number }[] }): Placed | Refused {
    const cart = input.add.length > 0 ? this.#cart({ lines: input.add, customer: null, discountCodes: [] }) : { lines: [] };
    return 'kind' in cart ? cart : this.#changes.edit({ ...input, add: cart.lines });
  }

  updateCustomer(input: { id: string; changes: Node }): Done | Refused {
    return this.merchant.updateCustomer(input);
  }

  updateProduct(input: { id: string; changes: Node }): Done | Refused {
    return this.merchant.updateProduct(input);
  }

  setTags(kind: 'customer' | 'order' | 'product', id: string, tags: string[]): void {
    if (kind === 'customer') this.updateCustomer({ id, changes: { tags } });
    else if (kind === 'product') this.updateProduct({ id, changes: { tags } });
    else this.#changes.retag(id, tags);
  }

  deleteProduct(id: string): Done | Refused {
    return this.merchant.deleteProduct(id);
  }

  deleteOrder(id: string): Done | Refused {
    if (!this.#store.order(id)) return refuse('ORDER_NOT_FOUND', 'There is no such order.');
    this.#store.put({ t: 'gone', v: id });
    this.#send([{ topic: 'orders/delete', body: { id: BigInt(tail(id)) } }]);
    return { kind: 'done' };
  }

  /** What the law lets a customer or a merchant ask of every app; sent when it is asked for, also after an uninstall. */
  askPrivacy(ask: { topic: 'customers/data_request' | 'customers/redact' | 'shop/redact'; customerId?: string }): Done | Refused {
    const shop = { shop_id: BigInt(tail(text(this.#store.shop, 'id'))), shop_domain: this.#store.domain };
    if (ask.topic === 'shop/redact') {
      this.#deliver([{ topic: ask.topic, body: shop }]);
      return { kind: 'done' };
    }
    const customer = this.#store.customers.get(ask.customerId ?? '');
    if (!customer) return refuse('CUSTOMER_NOT_FOUND', 'There is no such customer.');
    const id = text(customer, 'id');
    const orders = this.#store.orderEntries().filter((entry) => entry.customerId === id);
    const numbers = orders.map((entry) => BigInt(tail(entry.id)));
    const who = { id: BigInt(tail(id)), email: customer['email'] ?? null, phone: customer['phone'] ?? null };
    const asked =
      ask.topic === 'customers/redact'
        ? { orders_to_redact: numbers }
        : { orders_requested: numbers, data_request: { id: BigInt(this.#store.nextId()) } };
    this.#deliver([{ topic: ask.topic, body: { ...shop, customer: who, ...asked } }]);
    return { kind: 'done' };
  }

  uninstall(): void {
    if (!this.#store.installed) return;
    const { shop } = this.#store;
    const body = {
      id: BigInt(tail(text(shop, 'id'))),
      name: shop['name'],
      domain: this.#store.domain,
      myshopify_domain: this.#store.domain,
    };
    this.#send([{ topic: 'app/uninstalled', body }]);
    this.#store.put({ t: 'facts', v: { installed: false } });
    for (const token of this.#store.tokens.values()) this.#store.put({ t: 'token', v: { ...token, expiresAt: 0, refreshToken: '' } });
  }
}
