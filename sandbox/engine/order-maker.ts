import { divideRounded, parseMinor, toDecimal } from '../../app/core/money.ts';
import { nextVersion, seconds } from './clock.ts';
import type { AppliedAutomatic } from './automatic-discounts.ts';
import type { AppliedCode } from './discount-rules.ts';
import { listAt, nodeAt, numberAt, text, type Node, type OrderGroup } from './node.ts';
import type { Store } from './store.ts';

export type CartItem = { variant: Node; quantity: number; price: bigint; productId: string };
export type NewBuyer = {
  email: string;
  firstName?: string;
  lastName?: string;
  acceptsMarketing?: boolean;
  phone?: string;
  address?: { address1: string; zip: string; city: string; countryCode: string };
};
export type Card = { company: string; number: string };

/** Makes orders and their parts as Shopify would hold them; writes nothing into the store but new numbers. */
export class OrderMaker {
  readonly #store: Store;
  readonly #now: () => Date;

  constructor(store: Store, now: () => Date) {
    this.#store = store;
    this.#now = now;
  }

  gid(type: string): string {
    return `gid://shopify/${type}/${this.#store.nextId()}`;
  }

  money(minor: bigint): Node {
    const money = { amount: toDecimal(minor, this.#store.currency), currencyCode: this.#store.currency };
    return { shopMoney: money, presentmentMoney: money };
  }

  /** An amount of an order that was paid in another currency: turned at the rate of the order's own total. */
  moneyOf(order: Node, minor: bigint): Node {
    const presentment = text(order, 'presentmentCurrencyCode') || this.#store.currency;
    const total = nodeAt(order, 'totalPriceSet');
    const shop = parseMinor(text(nodeAt(total, 'shopMoney'), 'amount') || '0', this.#store.currency);
    const paid = parseMinor(text(nodeAt(total, 'presentmentMoney'), 'amount') || '0', presentment);
    if (presentment === this.#store.currency || shop === 0n) return this.money(minor);
    const abroad = { amount: toDecimal(divideRounded(minor * paid, shop), presentment), currencyCode: presentment };
    return { ...this.money(minor), presentmentMoney: abroad };
  }

  /** Shop money of an order's or a line's amount, in minor units; 0 where there is none. */
  minorOf(node: Node | undefined, field: string): bigint {
    return parseMinor(text(nodeAt(nodeAt(node, field), 'shopMoney'), 'amount') || '0', this.#store.currency);
  }

  /** A later version of an order. */
  edited(group: OrderGroup, changes: Node): OrderGroup {
    return { ...group, order: { ...group.order, updatedAt: nextVersion(text(group.order, 'updatedAt'), this.#now()), ...changes } };
  }

  newCustomer(input: NewBuyer): Node {
    const at = seconds(this.#now());
    const customer: Node = {
      __typename: 'Customer',
      id: this.gid('Customer'),
      firstName: input.firstName ?? null,
      lastName: input.lastName ?? null,
      displayName: [input.firstName, input.lastName].filter(Boolean).join(' ') || input.email,
      email: input.email,
      phone: input.phone ?? null,
      locale: 'en',
      state: 'DISABLED',
      verifiedEmail: true,
      taxExempt: false,
      note: null,
      tags: [],
      createdAt: at,
      updatedAt: at,
      defaultAddress: input.address
        ? {
            address1: input.address.address1,
            address2: null,
            zip: input.address.zip,
            city: input.address.city,
            provinceCode: null,
            countryCodeV2: input.address.countryCode,
          }
        : null,
      emailMarketingConsent: {
        marketingState: input.acceptsMarketing ? 'SUBSCRIBED' : 'NOT_SUBSCRIBED',
        marketingOptInLevel: 'SINGLE_OPT_IN',
        consentUpdatedAt: at,
      },
      smsMarketingConsent: null,
    };
    return customer;
  }

  /** An order as the checkout leaves it: paid, not yet sent. */
  newOrder(cart: {
    lines: CartItem[];
    shipping: bigint;
    customer: Node | null;
    applied: AppliedCode[];
    automatic: AppliedAutomatic[];
    sourceName: string;
    card?: Card | undefined;
  }): OrderGroup {
    const at = seconds(this.#now());
    const id = this.gid('Order');
    const agreement = { __typename: 'OrderAgreement', id: this.gid('SalesAgreement'), reason: 'ORDER', happenedAt: at, __parentId: id };
    const all = [...cart.applied, ...cart.automatic];
    const lines = cart.lines.map((line, index) => this.newLine(line, { orderId: id, shares: all.map((use) => use.shares[index] ?? 0n) }));
    const subtotal = cart.lines.reduce((sum, line) => sum + line.price * BigInt(line.quantity), 0n);
    const off = all.reduce((sum, use) => sum + use.amount, 0n);
    const shippingOff = all.reduce((sum, use) => sum + use.shippingOff, 0n);
    const total = this.money(subtotal + cart.shipping - off);
    return {
      order: {
        __typename: 'Order',
        id,
        name: this.#store.nextOrderName(),
        createdAt: at,
        processedAt: at,
        updatedAt: at,
        cancelledAt: null,
        cancelReason: null,
        closedAt: null,
        test: false,
        edited: false,
        sourceName: cart.sourceName,
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
        subtotalPriceSet: this.money(subtotal - (off - shippingOff)),
        totalDiscountsSet: this.money(off),
        totalShippingPriceSet: this.money(cart.shipping - shippingOff),
        totalTaxSet: this.money(0n),
        totalPriceSet: total,
        refunds: [],
        transactions: [
          {
            id: this.gid('OrderTransaction'),
            kind: 'SALE',
            status: 'SUCCESS',
            gateway: 'shopify_payments',
            createdAt: at,
            processedAt: at,
            amountSet: total,
            parentTransaction: null,
            ...(cart.card ? { paymentDetails: { __typename: 'CardPaymentDetails', ...cart.card } } : {}),
          },
        ],
        fulfillments: [],
      },
      lines,
      applications: all.map((use, index) => ({
        ...('code' in use
          ? { __typename: 'DiscountCodeApplication', code: use.code.code, value: this.#valueOf(use) }
          : {
              __typename: 'AutomaticDiscountApplication',
              title: use.title,
              value: { __typename: 'PricingPercentageValue', percentage: use.percentage },
            }),
        __parentId: id,
        index,
        targetType: use.shippingOff > 0n || ('code' in use && use.discount.value.kind === 'shipping') ? 'SHIPPING_LINE' : 'LINE_ITEM',
        // No line says what was taken off shipping.
        shippingOff: this.money(use.shippingOff),
      })),
      agreements: [agreement],
      sales: lines.map((line) => this.sale(agreement, line, { order: {}, quantity: numberAt(line, 'quantity'), actionType: 'ORDER' })),
    };
  }

  #valueOf({ discount: { value } }: AppliedCode): Node {
    if (value.kind === 'amount') return { __typename: 'MoneyV2', amount: value.amount, currencyCode: this.#store.currency };
    const percentage = value.kind === 'shipping' ? 1 : value.percentage;
    return { __typename: 'PricingPercentageValue', percentage: percentage * 100 };
  }

  newLine(line: CartItem, order: { orderId: string; shares: bigint[] }): Node {
    const product = this.#store.products.get(text(line.variant, '__parentId'));
    return {
      __typename: 'LineItem',
      __parentId: order.orderId,
      id: this.gid('LineItem'),
      title: product?.['title'] ?? line.variant['title'],
      variantTitle: line.variant['title'] === 'Default Title' ? null : line.variant['title'],
      sku: line.variant['sku'] ?? null,
      vendor: product?.['vendor'] ?? null,
      quantity: line.quantity,
      currentQuantity: line.quantity,
      isGiftCard: false,
      requiresShipping: true,
      originalUnitPriceSet: this.money(line.price),
      product: product ? { id: product['id'] } : null,
      variant: { id: line.variant['id'] },
      discountAllocations: order.shares.flatMap((share, index) =>
        share === 0n ? [] : [{ allocatedAmountSet: this.money(share), discountApplication: { index } }],
      ),
    };
  }

  /** What was paid for a whole line, and how much of it is tax; with the tax where the price does not hold it. */
  #lineValue(line: Node, taxesIncluded: boolean): { paid: bigint; tax: bigint } {
    const gross = this.minorOf(line, 'originalUnitPriceSet') * BigInt(numberAt(line, 'quantity'));
    const discounts = listAt(line, 'discountAllocations').reduce((sum, part) => sum + this.minorOf(part, 'allocatedAmountSet'), 0n);
    const tax = listAt(line, 'taxLines').reduce((sum, part) => sum + this.minorOf(part, 'priceSet'), 0n);
    return { paid: gross - discounts + (taxesIncluded ? 0n : tax), tax };
  }

  /** A sale of an agreement: pieces of a line that were sold (positive) or came back (negative). */
  sale(agreement: Node, line: Node, sold: { order: Node; quantity: number; actionType: string }): Node {
    const whole = numberAt(line, 'quantity');
    const { paid, tax } = this.#lineValue(line, sold.order['taxesIncluded'] === true);
    // Pieces go back one after the other: the parts of a line that is returned bit by bit sum to its value.
    const gone = sold.quantity < 0 ? whole - numberAt(line, 'currentQuantity') : 0;
    const part = (value: bigint): bigint => {
      const upTo = (count: number): bigint => (whole === 0 ? 0n : (value * BigInt(count)) / BigInt(whole));
      return sold.quantity < 0 ? upTo(gone) - upTo(gone - sold.quantity) : upTo(sold.quantity);
    };
    return {
      __typename: 'ProductSale',
      __parentId: agreement['id'],
      id: this.gid('Sale'),
      actionType: sold.actionType,
      lineType: 'PRODUCT',
      quantity: sold.quantity,
      totalAmount: this.moneyOf(sold.order, part(paid)),
      totalTaxAmount: this.moneyOf(sold.order, part(tax)),
      totalDiscountAmountBeforeTaxes: this.money(0n),
      lineItem: { id: line['id'] },
    };
  }
}
