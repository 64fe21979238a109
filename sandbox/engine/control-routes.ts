import type { Express, Request } from 'express';
import { z } from 'zod';
import type { CheckoutInput } from './actions.ts';
import type { Chaos } from './deliveries.ts';
import { isNode, nodeAt, text, type Node } from './node.ts';
import { idToken } from './oauth.ts';
import type { Placed, Refused } from './outcome.ts';
import type { App, Shop } from './shop.ts';

const line = z.object({ variantId: z.string(), quantity: z.number() });
const customer = z.union([
  z.object({ id: z.string() }),
  z.object({
    email: z.email(),
    firstName: z.string().max(255).optional(),
    lastName: z.string().max(255).optional(),
    acceptsMarketing: z.boolean().optional(),
    phone: z.string().max(32).optional(),
    address: z
      .object({ address1: z.string().max(255), zip: z.string().max(32), city: z.string().max(255), countryCode: z.string().length(2) })
      .optional(),
  }),
  z.null(),
]);
const checkout = z.object({
  lines: z.array(line).max(250),
  customer: customer.default(null),
  discountCodes: z.array(z.string().max(255)).max(10).default([]),
  shipping: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,3})?$/)
    .optional(),
  sourceName: z.string().max(255).optional(),
  card: z.object({ company: z.string().max(64), number: z.string().max(32) }).optional(),
});
const pieces = z.array(z.object({ lineItemId: z.string(), quantity: z.number().int() })).max(250);
const part = z.number().min(0).max(1);
const bodies = {
  refund: z.object({ orderId: z.string(), lines: pieces, restock: z.boolean().default(true) }),
  order: z.object({ orderId: z.string() }),
  edit: z.object({ orderId: z.string(), add: z.array(line).max(250).default([]), remove: pieces.default([]) }),
  changes: z.object({ id: z.string(), changes: z.record(z.string(), z.unknown()) }),
  one: z.object({ id: z.string() }),
  stock: z.object({ inventoryItemId: z.string(), locationId: z.string(), available: z.number().int() }),
  player: z.object({ ordersPerMinute: z.number().min(0).max(6_000) }),
  chaos: z.object({
    duplicate: part.default(0),
    shuffle: z.boolean().default(false),
    drop: part.default(0),
    delayMs: z.tuple([z.number().min(0), z.number().min(0)]).default([0, 0]),
  }),
  play: z.object({ orders: z.number().int().min(1).max(100_000), seed: z.number().int().default(1) }),
  privacy: z.object({ topic: z.enum(['customers/data_request', 'customers/redact', 'shop/redact']), customerId: z.string().optional() }),
  nothing: z.object({}).loose(),
};

const NO_SHOP = { errors: [{ code: 'SHOP_NOT_FOUND', message: 'The sandbox has no such shop.' }] };

/** The sandbox's own side: what people do in the store, and the switches of the control page. */
export function mountControl(
  server: Express,
  tools: { shops: ReadonlyMap<string, Shop>; app: App; appUrl: string; now: () => Date },
): void {
  const { shops, app, now } = tools;
  const shopOf = (request: Request): Shop | undefined => {
    const { shop: asked } = request.query;
    const domain = (isNode(request.body) ? text(request.body, 'shop') : '') || (typeof asked === 'string' ? asked : '');
    return domain === '' ? [...shops.values()][0] : shops.get(domain);
  };
  const post = <Body>(route: string, schema: z.ZodType<Body>, act: (shop: Shop, body: Body) => unknown): void => {
    server.post(`/sandbox/${route}`, (request, response, next) => {
      const shop = shopOf(request);
      if (!shop) return void response.status(404).json(NO_SHOP);
      const parsed = schema.safeParse(request.body);
      if (!parsed.success) {
        const errors = parsed.error.issues.map((issue) => ({ code: 'INVALID', message: `${issue.path.join('.')}: ${issue.message}` }));
        return void response.status(422).json({ errors });
      }
      const answer = async (): Promise<void> => {
        const result = await act(shop, parsed.data);
        const isRefused = isNode(result) && result['kind'] === 'refused';
        response.status(isRefused ? 422 : 200).json(isRefused ? { errors: result['errors'] } : (result ?? { done: true }));
      };
      answer().then(undefined, next);
    });
  };
  server.get('/sandbox/state', (request, response) => {
    const shop = shopOf(request);
    response.status(shop ? 200 : 404).json(shop ? stateOf(shop) : NO_SHOP);
  });
  server.get('/sandbox/id-token', (request, response) => {
    const shop = shopOf(request);
    if (!shop) return void response.status(404).json(NO_SHOP);
    // The app's own page asks for it too, from its own origin; no other page may.
    response.set({ 'access-control-allow-origin': new URL(tools.appUrl).origin, vary: 'origin' });
    response.json({ token: idToken(app, shop.store.domain, now()) });
  });
  mountPeople(post);
  post('player', bodies.player, (shop, body) => {
    shop.player.setRate(body.ordersPerMinute);
    return stateOf(shop);
  });
  post('chaos', bodies.chaos, (shop, body) => {
    const chaos: Chaos = body;
    shop.deliveries.chaos = chaos;
    return stateOf(shop);
  });
  post('play', bodies.play, play);
  post('install', bodies.nothing, (shop) => shop.store.put({ t: 'facts', v: { installed: true } }));
  post('uninstall', bodies.nothing, (shop) => shop.actions.uninstall());
  post('privacy', bodies.privacy, (shop, body) => shop.actions.askPrivacy(body));
}

type Post = <Body>(route: string, schema: z.ZodType<Body>, act: (shop: Shop, body: Body) => unknown) => void;

/** What customers and the merchant do. */
function mountPeople(post: Post): void {
  const asCheckout = (body: z.output<typeof checkout>): CheckoutInput => body;
  post('checkout', checkout, (shop, body) => placed(shop.actions.checkout(asCheckout(body))));
  post('checkout/quote', checkout, (shop, body) => {
    const quote = shop.actions.quote(asCheckout(body));
    return quote.kind === 'quote'
      ? { totalPrice: quote.total, subtotalPrice: quote.subtotal, applied: quote.applied, automatic: quote.automatic }
      : quote;
  });
  post('checkout/abandon', checkout, (shop, body) => ({ abandoned: shop.actions.abandon(asCheckout(body)) }));
  post('orders/refund', bodies.refund, (shop, body) => placed(shop.actions.refund(body)));
  post('orders/cancel', bodies.order, (shop, body) => placed(shop.actions.cancel(body.orderId)));
  post('orders/fulfill', bodies.order, (shop, body) => placed(shop.actions.fulfil(body.orderId)));
  post('orders/edit', bodies.edit, (shop, body) => placed(shop.actions.edit(body)));
  post('orders/delete', bodies.order, (shop, body) => shop.actions.deleteOrder(body.orderId));
  post('customers/update', bodies.changes, (shop, body) => shop.actions.updateCustomer(body));
  post('customers/delete', bodies.one, (shop, body) => shop.actions.merchant.deleteCustomer(body.id));
  post('variants/update', bodies.changes, (shop, body) => shop.actions.merchant.updateVariant(body));
  post('items/update', bodies.changes, (shop, body) => shop.actions.merchant.updateItem(body));
  post('locations/update', bodies.changes, (shop, body) => shop.actions.merchant.updateLocation(body));
  post('locations/delete', bodies.one, (shop, body) => shop.actions.merchant.deleteLocation(body.id));
  post('products/update', bodies.changes, (shop, body) => shop.actions.updateProduct(body));
  post('products/delete', bodies.one, (shop, body) => shop.actions.deleteProduct(body.id));
  post('collections/update', bodies.changes, (shop, body) => shop.actions.collections.update(body));
  post('collections/delete', bodies.one, (shop, body) => shop.actions.collections.delete(body.id));
  post('inventory/set', bodies.stock, (shop, body) => shop.actions.inventorySet(body));
}

/** Plays orders with all that goes with them, and waits until every webhook was taken or given up. */
async function play(shop: Shop, body: { orders: number; seed: number }): Promise<object> {
  const { deliveries, player } = shop;
  const before = { ...deliveries.counts };
  deliveries.seed(body.seed);
  const played = await player.play(body);
  await deliveries.idle();
  const { counts } = deliveries;
  return {
    ...played,
    deliveries: counts.sent - before.sent,
    duplicates: counts.duplicates - before.duplicates,
    dropped: counts.dropped - before.dropped,
    failed: counts.failed - before.failed,
  };
}

function placed(result: Placed | Refused): unknown {
  if (result.kind === 'refused') return result;
  const { order, lines } = result.group;
  return {
    order: {
      id: order['id'],
      name: order['name'],
      totalPrice: text(nodeAt(nodeAt(order, 'totalPriceSet'), 'shopMoney'), 'amount'),
      lines: lines.map((entry: Node) => ({ id: entry['id'], quantity: entry['currentQuantity'] })),
    },
    applied: result.applied,
  };
}

function stateOf(shop: Shop): object {
  const { store } = shop;
  return {
    counts: {
      orders: store.orderEntries().length,
      customers: store.customers.size,
      products: store.products.size,
      variants: store.variants.size,
      discounts: store.discounts.size,
      codes: store.codes.size,
    },
    deliveries: shop.deliveries.counts,
    chaos: shop.deliveries.chaos,
    ordersPerMinute: shop.player.rate,
    played: shop.player.played,
    lastError: shop.player.lastError ?? null,
    installed: store.installed,
  };
}
