import { parseMinor, toDecimal } from '../../app/core/money.ts';
import { nextVersion, seconds } from './clock.ts';
import { applyCodes, type AppliedCode, type Refusal } from './discount-rules.ts';
import type { Deliveries } from './deliveries.ts';
import { listAt, nodeAt, numberAt, text, type Node, type OrderGroup } from './node.ts';
import * as rest from './rest.ts';
import type { Store } from './store.ts';

export type CheckoutInput = {
  lines: { variantId: string; quantity: number }[];
  customer: { id: string } | { email: string; firstName?: string; lastName?: string; acceptsMarketing?: boolean } | null;
  discountCodes: string[];
  sourceName?: string;
};
export type Refused = { kind: 'refused'; errors: Refusal[] };
export type Quote = { kind: 'quote'; subtotal: string; total: string; applied: { code: string; amount: string }[] };
export type Placed = { kind: 'placed'; group: OrderGroup; applied: { code: string; amount: string }[] };

const SHIPPING = '0.00';
const refuse = (code: string, message: string): Refused => ({ kind: 'refused', errors: [{ code, message }] });

/** What people do in a store: each action changes the state as Shopify does and sends the topics that Shopify sends. */
export class Actions {
  readonly #store: Store;
  readonly #deliveries: Deliveries;
  readonly #now: () => Date;

  constructor(store: Store, deliveries: Deliveries, now: () => Date) {
    this.#store = store;
    this.#deliveries = deliveries;
    this.#now = now;
  }

  #money(minor: bigint): Node {
    const money = { amount: toDecimal(minor, this.#store.currency), currencyCode: this.#store.currency };
    return { shopMoney: money, presentmentMoney: money };
  }

  #send(topics: { topic: string; body: rest.Rest }[]): void {
    if (!this.#store.installed) return;
    this.#deliveries.send(
      this.#store.domain,
      topics.map(({ topic, body }) => ({ topic, body: rest.toBody(body) })),
      this.#now(),
    );
  }

  #gid(type: string): string {
    return `gid://shopify/${type}/${this.#store.nextId()}`;
  }

  /** The cart with its prices, or why it cannot be bought. */
  #cart(input: CheckoutInput): { lines: { variant: Node; quantity: number; price: bigint }[] } | Refused {
    if (input.lines.length === 0) return refuse('CART_EMPTY', 'The cart is empty.');
    const lines: { variant: Node; quantity: number; price: bigint }[] = [];
    for (const { variantId, quantity } of input.lines) {
      const variant = this.#store.variants.get(variantId);
      if (!variant) return refuse('VARIANT_NOT_FOUND', `There is no variant ${variantId}.`);
      if (!Number.isInteger(quantity) || quantity < 1 || quantity > 100_000)
        return refuse('QUANTITY_INVALID', 'A quantity is a whole number from 1 on.');
      lines.push({ variant, quantity, price: parseMinor(text(variant, 'price'), this.#store.currency) });
    }
    return { lines };
  }

  #knownCustomer(input: CheckoutInput): Node | null {
    if (!input.customer) return null;
    if ('id' in input.customer) return this.#store.customers.get(input.customer.id) ?? null;
    return this.#store.customerByEmail.get(input.customer.email.toLowerCase()) ?? null;
  }

  quote(input: CheckoutInput): Quote | Refused {
    const cart = this.#cart(input);
    if ('kind' in cart) return cart;
    const customerId = text(this.#knownCustomer(input) ?? undefined, 'id') || null;
    const result = applyCodes(this.#store, input.discountCodes, { lines: cart.lines, customerId, now: this.#now() });
    if (result.kind === 'refused') return result;
    const subtotal = cart.lines.reduce((sum, line) => sum + line.price * BigInt(line.quantity), 0n);
    const off = result.applied.reduce((sum, use) => sum + use.amount, 0n);
    const decimal = (minor: bigint): string => toDecimal(minor, this.#store.currency);
    return {
      kind: 'quote',
      subtotal: decimal(subtotal),
      total: decimal(subtotal - off),
      applied: result.applied.map((use) => ({ code: use.code.code, amount: decimal(use.amount) })),
    };
  }

  checkout(input: CheckoutInput): Placed | Refused {
    const cart = this.#cart(input);
    if ('kind' in cart) return cart;
    if (input.customer && 'id' in input.customer && !this.#store.customers.has(input.customer.id))
      return refuse('CUSTOMER_NOT_FOUND', 'There is no such customer.');
    const known = this.#knownCustomer(input);
    const result = applyCodes(this.#store, input.discountCodes, {
      lines: cart.lines,
      customerId: text(known ?? undefined, 'id') || null,
      now: this.#now(),
    });
    if (result.kind === 'refused') return result;
    const customer = known ?? (input.customer && 'email' in input.customer ? this.#newCustomer(input.customer) : null);
    const group = this.#newOrder(input, { lines: cart.lines, customer, applied: result.applied });
    this.#store.put({ t: 'order', v: group });
    for (const use of result.applied) {
      const customers = customer ? [...use.code.customers, text(customer, 'id')] : use.code.customers;
      this.#store.put({ t: 'code', v: { ...use.code, uses: use.code.uses + 1, customers } });
    }
    const levels = cart.lines.flatMap((line) => this.#moveStock(text(nodeAt(line.variant, 'inventoryItem'), 'id'), -line.quantity));
    const body = rest.orderBody(group, this.#store);
    this.#send([
      ...(customer && !known ? [{ topic: 'customers/create', body: rest.customerBody(customer) }] : []),
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
    return { kind: 'placed', group, applied: result.applied.map((use) => ({ code: use.code.code, amount: decimal(use.amount) })) };
  }

  #newCustomer(input: { email: string; firstName?: string; lastName?: string; acceptsMarketing?: boolean }): Node {
    const at = seconds(this.#now());
    const customer: Node = {
      __typename: 'Customer',
      id: this.#gid('Customer'),
      firstName: input.firstName ?? null,
      lastName: input.lastName ?? null,
      displayName: [input.firstName, input.lastName].filter(Boolean).join(' ') || input.email,
      email: input.email,
      phone: null,
      locale: 'en',
      state: 'DISABLED',
      verifiedEmail: true,
      taxExempt: false,
      note: null,
      tags: [],
      createdAt: at,
      updatedAt: at,
      defaultAddress: null,
      emailMarketingConsent: {
        marketingState: input.acceptsMarketing ? 'SUBSCRIBED' : 'NOT_SUBSCRIBED',
        marketingOptInLevel: 'SINGLE_OPT_IN',
        consentUpdatedAt: at,
      },
      smsMarketingConsent: null,
    };
    this.#store.put({ t: 'customer', v: customer });
    return customer;
  }

  #newOrder(
    input: CheckoutInput,
    cart: { lines: { variant: Node; quantity: number; price: bigint }[]; customer: Node | null; applied: AppliedCode[] },
  ): OrderGroup {
    const at = seconds(this.#now());
    const id = this.#gid('Order');
    const agreement = { __typename: 'OrderAgreement', id: this.#gid('SalesAgreement'), reason: 'ORDER', happenedAt: at, __parentId: id };
    const lines = cart.lines.map((line, index) =>
      this.#newLine(line, { orderId: id, shares: cart.applied.map((use) => use.shares[index] ?? 0n) }),
    );
    const subtotal = cart.lines.reduce((sum, line) => sum + line.price * BigInt(line.quantity), 0n);
    const off = cart.applied.reduce((sum, use) => sum + use.amount, 0n);
    const total = this.#money(subtotal - off);
    return {
      order: {
        __typename: 'Order',
        id,
        name: `#${1_000_000 + Number(this.#store.nextId().slice(-6))}`,
        createdAt: at,
        processedAt: at,
        updatedAt: at,
        cancelledAt: null,
        cancelReason: null,
        closedAt: null,
        test: false,
        edited: false,
        sourceName: input.sourceName ?? 'web',
        currencyCode: this.#store.currency,
        presentmentCurrencyCode: this.#store.currency,
        taxesIncluded: false,
        displayFinancialStatus: 'PAID',
        displayFulfillmentStatus: 'UNFULFILLED',
        tags: [],
        note: null,
        email: cart.customer?.['email'] ?? null,
        customer: cart.customer ? { id: cart.customer['id'] } : null,
        retailLocation: null,
        discountCodes: cart.applied.map((use) => use.code.code),
        subtotalPriceSet: total,
        totalDiscountsSet: this.#money(off),
        totalShippingPriceSet: this.#money(parseMinor(SHIPPING, this.#store.currency)),
        totalTaxSet: this.#money(0n),
        totalPriceSet: total,
        refunds: [],
        transactions: [
          {
            id: this.#gid('OrderTransaction'),
            kind: 'SALE',
            status: 'SUCCESS',
            gateway: 'shopify_payments',
            createdAt: at,
            processedAt: at,
            amountSet: total,
            parentTransaction: null,
          },
        ],
        fulfillments: [],
      },
      lines,
      applications: cart.applied.map((use, index) => ({
        __typename: 'DiscountCodeApplication',
        __parentId: id,
        index,
        code: use.code.code,
        value:
          use.discount.value.kind === 'percentage'
            ? { __typename: 'PricingPercentageValue', percentage: use.discount.value.percentage * 100 }
            : { __typename: 'MoneyV2', amount: use.discount.value.amount, currencyCode: this.#store.currency },
      })),
      agreements: [agreement],
      sales: lines.map((line) => this.#sale(agreement.id, line, { quantity: numberAt(line, 'quantity'), actionType: 'ORDER' })),
    };
  }

  #newLine(line: { variant: Node; quantity: number; price: bigint }, order: { orderId: string; shares: bigint[] }): Node {
    const product = this.#store.products.get(text(line.variant, '__parentId'));
    return {
      __typename: 'LineItem',
      __parentId: order.orderId,
      id: this.#gid('LineItem'),
      title: product?.['title'] ?? line.variant['title'],
      variantTitle: line.variant['title'] === 'Default Title' ? null : line.variant['title'],
      sku: line.variant['sku'] ?? null,
      vendor: product?.['vendor'] ?? null,
      quantity: line.quantity,
      currentQuantity: line.quantity,
      isGiftCard: false,
      requiresShipping: true,
      originalUnitPriceSet: this.#money(line.price),
      product: product ? { id: product['id'] } : null,
      variant: { id: line.variant['id'] },
      discountAllocations: order.shares.flatMap((share, index) =>
        share === 0n ? [] : [{ allocatedAmountSet: this.#money(share), discountApplication: { index } }],
      ),
    };
  }

  /** What the line is worth a piece, after its discounts: the whole value by quantity, so that parts sum to it. */
  #lineValue(line: Node): bigint {
    const minor = (node: Node, field: string): bigint =>
      parseMinor(text(nodeAt(nodeAt(node, field), 'shopMoney'), 'amount') || '0', this.#store.currency);
    const gross = minor(line, 'originalUnitPriceSet') * BigInt(numberAt(line, 'quantity'));
    return gross - listAt(line, 'discountAllocations').reduce((sum, part) => sum + minor(part, 'allocatedAmountSet'), 0n);
  }

  #sale(agreementId: string, line: Node, sold: { quantity: number; actionType: string }): Node {
    const whole = numberAt(line, 'quantity');
    const left = numberAt(line, 'currentQuantity');
    const value = this.#lineValue(line);
    const upTo = (count: number): bigint => (whole === 0 ? 0n : (value * BigInt(count)) / BigInt(whole));
    // Pieces go back one after the other: the parts of a line that is returned bit by bit sum to its value.
    const amount = sold.quantity >= 0 ? upTo(sold.quantity) : -(upTo(whole - left - sold.quantity) - upTo(whole - left));
    return {
      __typename: 'ProductSale',
      __parentId: agreementId,
      id: this.#gid('Sale'),
      actionType: sold.actionType,
      lineType: 'PRODUCT',
      quantity: sold.quantity,
      totalAmount: this.#money(amount),
      totalTaxAmount: this.#money(0n),
      totalDiscountAmountBeforeTaxes: this.#money(0n),
      lineItem: { id: line['id'] },
    };
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

  inventorySet(input: { inventoryItemId: string; locationId: string; available: number }): { kind: 'done' } | Refused {
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
            variant_id: BigInt(/\d+$/.exec(text(line.variant, 'id'))?.[0] ?? '0'),
            quantity: line.quantity,
          })),
        },
      },
    ]);
    return true;
  }

  #edited(group: OrderGroup, changes: Node): OrderGroup {
    return { ...group, order: { ...group.order, updatedAt: nextVersion(text(group.order, 'updatedAt'), this.#now()), ...changes } };
  }

  /** Takes lines back. Refused: nothing left to return, or a line that is not the order's. */
  refund(input: { orderId: string; lines: { lineItemId: string; quantity: number }[]; restock: boolean; note?: string }): Placed | Refused {
    const group = this.#store.order(input.orderId);
    if (!group) return refuse('ORDER_NOT_FOUND', 'There is no such order.');
    const wanted = input.lines.map(({ lineItemId, quantity }) => ({
      line: group.lines.find((line) => line['id'] === lineItemId),
      quantity,
    }));
    if (wanted.length === 0 || wanted.some(({ line, quantity }) => !line || quantity < 1 || quantity > numberAt(line, 'currentQuantity'))) {
      return refuse('REFUND_INVALID', 'A refund takes back pieces that the order still has.');
    }
    const next = this.#edited(group, {});
    const at = text(next.order, 'updatedAt');
    const refundId = this.#gid('Refund');
    const agreement: Node = {
      __typename: 'RefundAgreement',
      __parentId: input.orderId,
      id: this.#gid('SalesAgreement'),
      reason: 'REFUND',
      happenedAt: at,
      refund: { id: refundId },
    };
    const sales = wanted.flatMap(({ line, quantity }) =>
      line ? [this.#sale(text(agreement, 'id'), line, { quantity: -quantity, actionType: 'RETURN' })] : [],
    );
    const total = -sales.reduce(
      (sum, sale) => sum + parseMinor(text(nodeAt(nodeAt(sale, 'totalAmount'), 'shopMoney'), 'amount'), this.#store.currency),
      0n,
    );
    const taken = new Map(wanted.map(({ line, quantity }) => [line?.['id'], quantity]));
    const lines = group.lines.map((line) => ({
      ...line,
      currentQuantity: numberAt(line, 'currentQuantity') - (taken.get(line['id']) ?? 0),
    }));
    const refund: Node = { id: refundId, createdAt: at, note: input.note ?? null, totalRefundedSet: this.#money(total) };
    const transaction: Node = {
      id: this.#gid('OrderTransaction'),
      kind: 'REFUND',
      status: 'SUCCESS',
      gateway: 'shopify_payments',
      createdAt: at,
      processedAt: at,
      amountSet: this.#money(total),
      parentTransaction: { id: listAt(group.order, 'transactions')[0]?.['id'] ?? null },
      refund: { id: refundId },
    };
    const isAll = lines.every((line) => line.currentQuantity === 0);
    const after: OrderGroup = {
      ...next,
      lines,
      agreements: [...group.agreements, agreement],
      sales: [...group.sales, ...sales],
      order: {
        ...next.order,
        displayFinancialStatus: isAll ? 'REFUNDED' : 'PARTIALLY_REFUNDED',
        refunds: [...listAt(group.order, 'refunds'), refund],
        transactions: [...listAt(group.order, 'transactions'), transaction],
      },
    };
    this.#store.put({ t: 'order', v: after });
    const levels = input.restock ? wanted.flatMap(({ line, quantity }) => this.#moveStock(this.#itemOf(line), quantity)) : [];
    this.#send([
      { topic: 'refunds/create', body: rest.refundBody(after, refund) },
      { topic: 'order_transactions/create', body: rest.transactionBody(transaction, input.orderId) },
      { topic: 'orders/updated', body: rest.orderBody(after, this.#store) },
      ...levels,
    ]);
    return { kind: 'placed', group: after, applied: [] };
  }

  #itemOf(line: Node | undefined): string {
    const variant = this.#store.variants.get(text(nodeAt(line, 'variant'), 'id'));
    return text(nodeAt(variant, 'inventoryItem'), 'id');
  }

  /** Cancels an order that was not sent yet; what was paid goes back. */
  cancel(orderId: string): Placed | Refused {
    const group = this.#store.order(orderId);
    if (!group) return refuse('ORDER_NOT_FOUND', 'There is no such order.');
    if (group.order['cancelledAt']) return refuse('ALREADY_CANCELLED', 'The order is cancelled already.');
    if (listAt(group.order, 'fulfillments').length > 0) return refuse('ALREADY_FULFILLED', 'An order that was sent cannot be cancelled.');
    const left = group.lines.filter((line) => numberAt(line, 'currentQuantity') > 0);
    if (left.length > 0) {
      const refunded = this.refund({
        orderId,
        lines: left.map((line) => ({ lineItemId: text(line, 'id'), quantity: numberAt(line, 'currentQuantity') })),
        restock: true,
        note: 'Order cancelled',
      });
      if (refunded.kind === 'refused') return refunded;
    }
    const present = this.#store.order(orderId) ?? group;
    const after = this.#edited(present, {});
    after.order['cancelledAt'] = after.order['updatedAt'];
    after.order['cancelReason'] = 'CUSTOMER';
    this.#store.put({ t: 'order', v: after });
    const body = rest.orderBody(after, this.#store);
    this.#send([
      { topic: 'orders/cancelled', body },
      { topic: 'orders/updated', body },
    ]);
    return { kind: 'placed', group: after, applied: [] };
  }

  fulfil(orderId: string): Placed | Refused {
    const group = this.#store.order(orderId);
    if (!group) return refuse('ORDER_NOT_FOUND', 'There is no such order.');
    if (group.order['cancelledAt']) return refuse('CANCELLED', 'A cancelled order is not sent.');
    if (text(group.order, 'displayFulfillmentStatus') === 'FULFILLED') return refuse('ALREADY_FULFILLED', 'The order was sent already.');
    const after = this.#edited(group, { displayFulfillmentStatus: 'FULFILLED' });
    const at = after.order['updatedAt'];
    const location = [...this.#store.locations.keys()][0] ?? null;
    const fulfilment: Node = {
      id: this.#gid('Fulfillment'),
      status: 'SUCCESS',
      displayStatus: 'FULFILLED',
      createdAt: at,
      updatedAt: at,
      location: location ? { id: location } : null,
      trackingInfo: [],
    };
    after.order['fulfillments'] = [...listAt(group.order, 'fulfillments'), fulfilment];
    this.#store.put({ t: 'order', v: after });
    const body = rest.orderBody(after, this.#store);
    this.#send([
      { topic: 'fulfillments/create', body: rest.fulfilmentBody(fulfilment, orderId) },
      { topic: 'orders/fulfilled', body },
      { topic: 'orders/updated', body },
    ]);
    return { kind: 'placed', group: after, applied: [] };
  }

  /** Adds lines, and takes lines off (which is a refund without a return). */
  edit(input: {
    orderId: string;
    add: { variantId: string; quantity: number }[];
    remove: { lineItemId: string; quantity: number }[];
  }): Placed | Refused {
    const group = this.#store.order(input.orderId);
    if (!group) return refuse('ORDER_NOT_FOUND', 'There is no such order.');
    if (group.order['cancelledAt']) return refuse('CANCELLED', 'A cancelled order cannot be edited.');
    const cart = input.add.length > 0 ? this.#cart({ lines: input.add, customer: null, discountCodes: [] }) : { lines: [] };
    if ('kind' in cart) return cart;
    if (cart.lines.length > 0) {
      const next = this.#edited(group, { edited: true });
      const agreement: Node = {
        __typename: 'OrderEditAgreement',
        __parentId: input.orderId,
        id: this.#gid('SalesAgreement'),
        reason: 'ORDER_EDIT',
        happenedAt: next.order['updatedAt'],
      };
      const added = cart.lines.map((line) => this.#newLine(line, { orderId: input.orderId, shares: [] }));
      const more = cart.lines.reduce((sum, line) => sum + line.price * BigInt(line.quantity), 0n);
      const before = parseMinor(text(nodeAt(nodeAt(group.order, 'totalPriceSet'), 'shopMoney'), 'amount'), this.#store.currency);
      next.order['totalPriceSet'] = this.#money(before + more);
      next.order['subtotalPriceSet'] = this.#money(before + more);
      this.#store.put({
        t: 'order',
        v: {
          ...next,
          lines: [...group.lines, ...added],
          agreements: [...group.agreements, agreement],
          sales: [
            ...group.sales,
            ...added.map((line) => this.#sale(text(agreement, 'id'), line, { quantity: numberAt(line, 'quantity'), actionType: 'UPDATE' })),
          ],
        },
      });
    }
    if (input.remove.length > 0) {
      const removed = this.refund({ orderId: input.orderId, lines: input.remove, restock: true, note: 'Order edited' });
      if (removed.kind === 'refused') return removed;
    }
    const after = this.#store.order(input.orderId) ?? group;
    this.#send([
      {
        topic: 'orders/edited',
        body: { order_edit: { order_id: BigInt(/\d+$/.exec(input.orderId)?.[0] ?? '0'), created_at: after.order['updatedAt'] } },
      },
      { topic: 'orders/updated', body: rest.orderBody(after, this.#store) },
    ]);
    return { kind: 'placed', group: after, applied: [] };
  }

  updateCustomer(input: { id: string; changes: Node }): { kind: 'done' } | Refused {
    const customer = this.#store.customers.get(input.id);
    if (!customer) return refuse('CUSTOMER_NOT_FOUND', 'There is no such customer.');
    const after = { ...customer, ...input.changes, id: input.id, updatedAt: nextVersion(text(customer, 'updatedAt'), this.#now()) };
    this.#store.put({ t: 'customer', v: after });
    this.#send([{ topic: 'customers/update', body: rest.customerBody(after) }]);
    return { kind: 'done' };
  }

  updateProduct(input: { id: string; changes: Node }): { kind: 'done' } | Refused {
    const product = this.#store.products.get(input.id);
    if (!product) return refuse('PRODUCT_NOT_FOUND', 'There is no such product.');
    const after = { ...product, ...input.changes, id: input.id, updatedAt: nextVersion(text(product, 'updatedAt'), this.#now()) };
    this.#store.put({ t: 'product', v: after });
    this.#send([{ topic: 'products/update', body: rest.productBody(after, this.#store) }]);
    return { kind: 'done' };
  }

  uninstall(): void {
    this.#send([{ topic: 'app/uninstalled', body: { myshopify_domain: this.#store.domain } }]);
    this.#store.put({ t: 'facts', v: { installed: false } });
    for (const token of this.#store.tokens.values()) this.#store.put({ t: 'token', v: { ...token, expiresAt: 0, refreshToken: '' } });
  }
}
