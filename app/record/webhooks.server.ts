import type { z } from 'zod';
import { gidNumber } from '../core/gid.ts';
import { parseMinor } from '../core/money.ts';
import { each } from '../core/payload.ts';
import type { ShopRef } from '../platform/context.server.ts';
import { readingHandler, webhookHandler, type WebhookEvent, type WebhookHandler } from '../platform/webhooks.server.ts';
import type { OrderEvent } from './merge-order.ts';
import { applyPrepared, prepareEvents, type PreparedOrders } from './apply-orders.server.ts';
import {
  applyCheckouts,
  applyInventoryItems,
  applyInventoryLevels,
  applyLocations,
  applyProducts,
  deleteCheckouts,
  markInventoryItemsDeleted,
  markLocationsDeleted,
  markProductsDeleted,
} from './catalogue.store.server.ts';
import { markCollectionsDeleted, markForMemberships, noteCollections } from './collections.store.server.ts';
import { applyConsents, applyCustomers, markCustomersDeleted } from './customers.store.server.ts';
import type { CustomerFacts, ProductFacts } from './facts.ts';
import { markDirty } from './dirty.store.server.ts';
import { addressOf } from './person.ts';
import { fulfilmentFacts, orderFacts, refundFacts, transactionFacts, trueId } from './parse-order-webhook.ts';
import { quickOrder } from './read-order-webhook.ts';
import * as schemas from './webhook-schemas.ts';

function consents(
  payload: schemas.CustomerPayload,
): Pick<CustomerFacts, 'emailConsent' | 'emailConsentAt' | 'smsConsent' | 'smsConsentAt'> {
  const { email_marketing_consent: email, sms_marketing_consent: sms } = payload;
  // Before consents were objects there was one flag, which says nothing about a refusal after a consent.
  const oldConsent = payload.accepts_marketing === null ? null : payload.accepts_marketing ? 'subscribed' : 'not_subscribed';
  return {
    emailConsent: email?.state ?? oldConsent,
    emailConsentAt: email?.consent_updated_at ?? payload.accepts_marketing_updated_at,
    smsConsent: sms?.state ?? null,
    smsConsentAt: sms?.consent_updated_at ?? null,
  };
}

function customerFacts(payload: schemas.CustomerPayload, at: Date): CustomerFacts {
  const { default_address: address } = payload;
  return {
    id: trueId(payload),
    email: payload.email,
    phone: payload.phone,
    firstName: payload.first_name,
    lastName: payload.last_name,
    state: payload.state,
    locale: payload.locale,
    tags: payload.tags,
    country: address?.country_code ?? null,
    province: address?.province_code ?? null,
    city: address?.city ?? null,
    address: addressOf([address?.address1, address?.address2], address?.zip),
    ...consents(payload),
    createdAt: payload.created_at,
    updatedAt: payload.updated_at ?? at,
  };
}

function productFacts(payload: schemas.ProductPayload, at: Date, shop: ShopRef): ProductFacts {
  const id = trueId(payload);
  return {
    id,
    title: payload.title,
    handle: payload.handle,
    vendor: payload.vendor,
    productType: payload.product_type,
    status: payload.status ?? 'active',
    tags: payload.tags,
    imageUrl: payload.image?.src ?? null,
    createdAt: payload.created_at,
    updatedAt: payload.updated_at ?? at,
    triggeredAt: at,
    variants: each(payload.variants).map((variant, index) => ({
      id: trueId(variant),
      productId: id,
      title: variant.title ?? '',
      sku: variant.sku === '' ? null : variant.sku,
      barcode: variant.barcode === '' ? null : variant.barcode,
      price: parseMinor(variant.price, shop.currency),
      compareAtPrice: variant.compare_at_price === null ? null : parseMinor(variant.compare_at_price, shop.currency),
      inventoryItemId: variant.inventory_item_id,
      position: variant.position ?? index + 1,
    })),
  };
}

/** An order's own id in a child's payload; a child without it says nothing that could be kept. */
const ofOrder = <T extends { order_id: bigint | null }>(payload: T): bigint[] => (payload.order_id === null ? [] : [payload.order_id]);

/** What happens to orders: read beforehand, and told to the record together. */
const orderHandler = <Payload>(handler: {
  topics: readonly string[];
  schema: z.ZodType<Payload>;
  quick?: (body: unknown) => Payload;
  read: (event: WebhookEvent<Payload>, shop: ShopRef) => OrderEvent[];
}): WebhookHandler =>
  readingHandler({
    ...handler,
    gather: (told: readonly OrderEvent[][], shop) => prepareEvents(shop, told.flat()),
    apply: async (tx, shop, prepared: PreparedOrders) => {
      await applyPrepared(tx, shop, prepared);
    },
  });

const orders = [
  orderHandler({
    topics: ['orders/create', 'orders/updated', 'orders/paid', 'orders/cancelled', 'orders/fulfilled', 'orders/partially_fulfilled'],
    schema: schemas.order,
    quick: quickOrder,
    read: ({ payload, at }) => [{ kind: 'version', orderId: trueId(payload), facts: orderFacts(payload, at), triggeredAt: at }],
  }),
  orderHandler({
    topics: ['orders/delete'],
    schema: schemas.deletion,
    read: ({ payload, at }) => [{ kind: 'deleted', orderId: payload.id, at }],
  }),
  webhookHandler({
    topics: ['orders/edited'],
    schema: schemas.orderEdited,
    // The payload names the lines only; the order itself is asked for (and orders/updated usually comes as well).
    apply: (tx, shop, events) => markDirty(tx, shop.id, { feed: 'refetch', ids: events.map(({ payload }) => payload.order_edit.order_id) }),
  }),
  orderHandler({
    topics: ['refunds/create'],
    schema: schemas.refund,
    read: ({ payload, at }, { currency }) =>
      ofOrder(payload).map((orderId) => ({ kind: 'refund', orderId, refund: refundFacts(payload, { currency, at }) })),
  }),
  orderHandler({
    topics: ['order_transactions/create'],
    schema: schemas.transaction,
    read: ({ payload, at }, { currency }) =>
      ofOrder(payload).map((orderId) => ({ kind: 'transaction', orderId, transaction: transactionFacts(payload, { currency, at }) })),
  }),
  orderHandler({
    topics: ['fulfillments/create', 'fulfillments/update'],
    schema: schemas.fulfilment,
    read: ({ payload, at }) =>
      ofOrder(payload).map((orderId) => ({ kind: 'fulfilment', orderId, fulfilment: fulfilmentFacts(payload, { at }) })),
  }),
];

const customers = [
  webhookHandler({
    topics: ['customers/create', 'customers/update', 'customers/enable', 'customers/disable'],
    schema: schemas.customer,
    apply: async (tx, shop, events) => {
      await applyCustomers(
        tx,
        { shopId: shop.id, keys: shop.keys },
        events.map(({ payload, at }) => ({ ...customerFacts(payload, at), triggeredAt: at })),
      );
      // Signing up may be worth points, and the customer may come after the first order.
      await markDirty(tx, shop.id, { feed: 'loyalty', ids: events.map(({ payload }) => trueId(payload)) });
    },
  }),
  webhookHandler({
    topics: ['customers/delete'],
    schema: schemas.deletion,
    apply: async (tx, shop, events) => {
      await markCustomersDeleted(
        tx,
        shop.id,
        events.map(({ payload, at }) => ({ id: payload.id, at })),
      );
    },
  }),
  webhookHandler({
    topics: ['customer.tags_added', 'customer.tags_removed'],
    schema: schemas.customerTags,
    // What came and went is no state, and may come in any order: the customer is asked for.
    apply: (tx, shop, events) =>
      markDirty(tx, shop.id, { feed: 'refetch-customers', ids: events.map(({ payload }) => gidNumber(payload.customerId, 'Customer')) }),
  }),
  webhookHandler({
    topics: ['customers_email_marketing_consent/update'],
    schema: schemas.emailConsent,
    apply: async (tx, shop, events) => {
      await applyConsents(
        tx,
        shop.id,
        events.map(({ payload: { customer_id: customerId, email_marketing_consent: consent }, at }) => ({
          customerId,
          channel: 'email',
          state: consent.state,
          at: consent.consent_updated_at ?? at,
        })),
      );
    },
  }),
  webhookHandler({
    topics: ['customers_marketing_consent/update'],
    schema: schemas.smsConsent,
    apply: async (tx, shop, events) => {
      await applyConsents(
        tx,
        shop.id,
        events.map(({ payload: { customer_id: customerId, sms_marketing_consent: consent }, at }) => ({
          customerId,
          channel: 'sms',
          state: consent.state,
          at: consent.consent_updated_at ?? at,
        })),
      );
    },
  }),
];

const catalogue = [
  webhookHandler({
    topics: ['products/create', 'products/update'],
    schema: schemas.product,
    apply: async (tx, shop, events) => {
      await applyProducts(
        tx,
        shop.id,
        events.map(({ payload, at }) => productFacts(payload, at, shop)),
      );
      await markForMemberships(
        tx,
        shop.id,
        events.map(({ payload }) => trueId(payload)),
      );
    },
  }),
  webhookHandler({
    topics: ['products/delete'],
    schema: schemas.deletion,
    apply: async (tx, shop, events) => {
      await markProductsDeleted(
        tx,
        shop.id,
        events.map(({ payload, at }) => ({ id: payload.id, at })),
      );
    },
  }),
  webhookHandler({
    topics: ['collections/create', 'collections/update'],
    schema: schemas.collection,
    apply: (tx, shop, events) =>
      noteCollections(
        tx,
        shop.id,
        events.map(({ payload, at }) => ({
          id: trueId(payload),
          title: payload.title,
          handle: payload.handle,
          updatedAt: payload.updated_at ?? at,
        })),
      ),
  }),
  webhookHandler({
    topics: ['collections/delete'],
    schema: schemas.deletion,
    apply: (tx, shop, events) =>
      markCollectionsDeleted(
        tx,
        shop.id,
        events.map(({ payload, at }) => ({ id: payload.id, at })),
      ),
  }),
  webhookHandler({
    topics: ['inventory_items/create', 'inventory_items/update'],
    schema: schemas.inventoryItem,
    apply: async (tx, shop, events) => {
      await applyInventoryItems(
        tx,
        shop.id,
        events.map(({ payload, at }) => ({
          id: trueId(payload),
          sku: payload.sku,
          tracked: payload.tracked,
          // REST gives the cost in the shop's money.
          unitCost: payload.cost === null ? null : parseMinor(payload.cost, shop.currency),
          unitCostCurrency: payload.cost === null ? null : shop.currency,
          updatedAt: payload.updated_at ?? at,
        })),
      );
    },
  }),
  webhookHandler({
    topics: ['inventory_items/delete'],
    schema: schemas.deletion,
    apply: (tx, shop, events) =>
      markInventoryItemsDeleted(
        tx,
        shop.id,
        events.map(({ payload, at }) => ({ id: payload.id, at })),
      ),
  }),
  webhookHandler({
    topics: ['inventory_levels/connect', 'inventory_levels/update', 'inventory_levels/disconnect'],
    schema: schemas.inventoryLevel,
    apply: async (tx, shop, events) => {
      await applyInventoryLevels(tx, shop.id, {
        source: 'webhook',
        levels: events.map(({ payload, topic, at }) => ({
          ...levelIds(payload),
          available: topic === 'inventory_levels/disconnect' ? null : payload.available,
          updatedAt: payload.updated_at ?? at,
        })),
      });
    },
  }),
  webhookHandler({
    topics: ['locations/create', 'locations/update', 'locations/activate', 'locations/deactivate'],
    schema: schemas.location,
    apply: async (tx, shop, events) => {
      await applyLocations(
        tx,
        shop.id,
        events.map(({ payload, at }) => ({
          id: trueId(payload),
          name: payload.name,
          country: payload.country_code,
          city: payload.city,
          active: payload.active ?? true,
          updatedAt: payload.updated_at ?? at,
        })),
      );
    },
  }),
  webhookHandler({
    topics: ['locations/delete'],
    schema: schemas.deletion,
    apply: (tx, shop, events) =>
      markLocationsDeleted(
        tx,
        shop.id,
        events.map(({ payload, at }) => ({ id: payload.id, at })),
      ),
  }),
];

/** A level's gid names the item in its query and its bare ids may be rounded: "…/InventoryLevel/1?inventory_item_id=2". */
function levelIds(payload: { inventory_item_id: bigint; location_id: bigint; admin_graphql_api_id: string | null }) {
  const gid = payload.admin_graphql_api_id ?? '';
  const item = /inventory_item_id=(\d+)/.exec(gid)?.[1];
  return {
    inventoryItemId: item ? BigInt(item) : payload.inventory_item_id,
    // The number of a level's gid is the location's only in old versions, where both agree.
    locationId: item && gidNumber(gid) === payload.location_id ? gidNumber(gid) : payload.location_id,
  };
}

const checkouts = [
  webhookHandler({
    topics: ['checkouts/create', 'checkouts/update'],
    schema: schemas.checkout,
    apply: async (tx, shop, events) => {
      await applyCheckouts(
        tx,
        shop.id,
        events.map(({ payload, at }) => ({
          token: payload.token,
          id: payload.id,
          customerId: payload.customer ? trueId(payload.customer) : null,
          createdAt: payload.created_at ?? at,
          updatedAt: payload.updated_at ?? at,
          completedAt: payload.completed_at,
          currency: payload.currency,
          total: parseMinor(payload.total_price ?? '0', payload.currency),
          units: each(payload.line_items).reduce((units, line) => units + line.quantity, 0),
          lines: each(payload.line_items).map((line) => ({
            variantId: line.variant_id === null ? null : String(line.variant_id),
            quantity: line.quantity,
          })),
        })),
      );
    },
  }),
  webhookHandler({
    topics: ['checkouts/delete'],
    schema: schemas.checkoutDeletion,
    apply: (tx, shop, events) =>
      deleteCheckouts(
        tx,
        shop.id,
        events.map(({ payload }) => payload.token),
      ),
  }),
];

/** Every topic that writes to the record, in the order in which a batch applies them. */
export const recordWebhooks: readonly WebhookHandler[] = [...catalogue, ...customers, ...checkouts, ...orders];
