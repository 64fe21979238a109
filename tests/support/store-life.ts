import { seeded, type Chance } from '../../sandbox/random.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { nodeAt, numberAt, text, type Node } from '../../sandbox/engine/node.ts';

type Shop = ReturnType<Sandbox['shop']>;
type Life = { shop: Shop; chance: Chance; step: number };

const pick = <T>(chance: Chance, items: readonly T[]): T | undefined => items[chance.whole(0, items.length - 1)];
const ids = (nodes: Iterable<Node>): string[] => [...nodes].map((node) => text(node, 'id'));

const orderId = ({ shop, chance }: Life): string => pick(chance, shop.store.orderEntries())?.id ?? '';
const lines = ({ shop, chance }: Life) => {
  const variants = ids(shop.store.variants.values());
  return Array.from({ length: chance.whole(1, 3) }, () => ({ variantId: pick(chance, variants) ?? '', quantity: chance.whole(1, 4) }));
};
const itemIds = ({ shop }: Life): string[] => [...shop.store.variantOfItem.keys()];

function checkout(life: Life): void {
  const { shop, chance, step } = life;
  const known = ids(shop.store.customers.values());
  const kind = chance.whole(0, 9);
  const customer =
    kind < 5
      ? { id: pick(chance, known) ?? '' }
      : kind < 8
        ? { email: `new${step}@example.com`, firstName: 'New', lastName: `Buyer${step}`, acceptsMarketing: chance.next() < 0.5 }
        : null;
  shop.actions.checkout({ lines: lines(life), customer, discountCodes: chance.next() < 0.4 ? ['LIFE10'] : [] });
}

/** Pieces that an order still has: some of them, as a person would choose. */
function pieces(life: Life, id: string): { lineItemId: string; quantity: number }[] {
  const left = (life.shop.store.order(id)?.lines ?? []).filter((line) => numberAt(line, 'currentQuantity') > 0);
  const line = pick(life.chance, left);
  return line ? [{ lineItemId: text(line, 'id'), quantity: life.chance.whole(1, numberAt(line, 'currentQuantity')) }] : [];
}

const ACTS: readonly [weight: number, act: (life: Life) => void][] = [
  [14, checkout],
  [
    6,
    (life) => {
      const id = orderId(life);
      const asked = pieces(life, id);
      life.shop.actions.refund({ orderId: id, lines: asked, restock: life.chance.next() < 0.7, note: 'Returned' });
    },
  ],
  [3, (life) => void life.shop.actions.cancel(orderId(life))],
  [6, (life) => void life.shop.actions.fulfil(orderId(life))],
  [
    4,
    (life) => {
      const id = orderId(life);
      life.shop.actions.edit({ orderId: id, add: life.chance.next() < 0.6 ? lines(life).slice(0, 1) : [], remove: pieces(life, id) });
    },
  ],
  [3, (life) => void life.shop.actions.deleteOrder(orderId(life))],
  [2, (life) => life.shop.actions.setTags('order', orderId(life), ['gift', `step ${life.step}`])],
  [
    6,
    (life) => {
      const { shop, chance, step } = life;
      const at = shop.store.customers.get(pick(chance, ids(shop.store.customers.values())) ?? '');
      const consent = {
        marketingState: chance.next() < 0.5 ? 'SUBSCRIBED' : 'UNSUBSCRIBED',
        marketingOptInLevel: 'SINGLE_OPT_IN',
        consentUpdatedAt: new Date(Date.parse(text(at, 'updatedAt')) + 1_000).toISOString().replace('.000', ''),
      };
      const changes: Node[] = [
        { tags: ['friend', `step ${step}`] },
        { tags: [] },
        { lastName: `Named${step}` },
        { emailMarketingConsent: consent },
        { phone: `+4477009${String(step).padStart(5, '0')}`, smsMarketingConsent: consent },
        { defaultAddress: { countryCodeV2: 'IE', city: 'Cork', provinceCode: null } },
      ];
      shop.actions.updateCustomer({ id: text(at, 'id'), changes: pick(chance, changes) ?? {} });
    },
  ],
  [3, ({ shop, step }) => void shop.actions.merchant.createCustomer({ email: `written${step}@example.com`, firstName: 'Written' })],
  [3, ({ shop, chance }) => void shop.actions.merchant.deleteCustomer(pick(chance, ids(shop.store.customers.values()).slice(-6)) ?? '')],
  [
    3,
    (life) => {
      const { shop, chance, step } = life;
      const product = shop.actions.merchant.createProduct({ title: `Thing ${step}`, sku: `THING-${step}`, price: '12.50', cost: '4.10' });
      const item = text(nodeAt(shop.store.variantsOf.get(product)?.[0], 'inventoryItem'), 'id');
      shop.actions.inventorySet({
        inventoryItemId: item,
        locationId: pick(chance, ids(shop.store.locations.values())) ?? '',
        available: 25,
      });
    },
  ],
  [
    3,
    ({ shop, chance, step }) =>
      void shop.actions.merchant.addVariant(pick(chance, ids(shop.store.products.values())) ?? '', {
        title: `Kind ${step}`,
        sku: `KIND-${step}`,
        price: '7.00',
        cost: null,
      }),
  ],
  [
    4,
    ({ shop, chance, step }) =>
      void shop.actions.merchant.updateVariant({
        id: pick(chance, ids(shop.store.variants.values())) ?? '',
        changes: { price: `${step}.25` },
      }),
  ],
  [2, ({ shop, chance }) => void shop.actions.merchant.deleteVariant(pick(chance, ids(shop.store.variants.values())) ?? '')],
  [
    4,
    (life) =>
      void life.shop.actions.merchant.updateItem({
        id: pick(life.chance, itemIds(life)) ?? '',
        changes: { unitCost: { amount: `${life.step}.10`, currencyCode: 'GBP' }, tracked: life.chance.next() < 0.8 },
      }),
  ],
  [
    3,
    ({ shop, chance, step }) =>
      void shop.actions.updateProduct({
        id: pick(chance, ids(shop.store.products.values())) ?? '',
        changes: { title: `Renamed ${step}`, tags: ['new'] },
      }),
  ],
  [2, ({ shop, chance }) => void shop.actions.deleteProduct(pick(chance, ids(shop.store.products.values()).slice(-5)) ?? '')],
  [
    3,
    ({ shop, chance, step }) => {
      const productIds = ids(shop.store.products.values()).filter(() => chance.next() < 0.3);
      const conditions = chance.next() < 0.5 ? [{ of: 'tag' as const, value: 'new' }] : [];
      shop.actions.collections.create({ title: `Shelf ${step}`, productIds, conditions });
    },
  ],
  [
    4,
    ({ shop, chance, step }) => {
      const productIds = ids(shop.store.products.values()).filter(() => chance.next() < 0.3);
      const changes: Node[] = [{ title: `Board ${step}` }, { productIds }, { conditions: [{ of: 'type', value: 'home' }] }];
      const id = pick(chance, ids(shop.store.collections.values())) ?? '';
      shop.actions.collections.update({ id, changes: pick(chance, changes) ?? {} });
    },
  ],
  [2, ({ shop, chance }) => void shop.actions.collections.delete(pick(chance, ids(shop.store.collections.values())) ?? '')],
  [2, ({ shop, step }) => void shop.actions.merchant.createLocation({ name: `Place ${step}`, city: 'York', countryCode: 'GB' })],
  [
    3,
    ({ shop, chance, step }) =>
      void shop.actions.merchant.updateLocation({
        id: pick(chance, ids(shop.store.locations.values())) ?? '',
        changes: { name: `Moved ${step}`, isActive: chance.next() < 0.7 },
      }),
  ],
  [2, ({ shop, chance }) => void shop.actions.merchant.deleteLocation(pick(chance, ids(shop.store.locations.values())) ?? '')],
  [
    6,
    (life) =>
      void life.shop.actions.inventorySet({
        inventoryItemId: pick(life.chance, itemIds(life)) ?? '',
        locationId: pick(life.chance, ids(life.shop.store.locations.values())) ?? '',
        available: life.chance.whole(0, 90),
      }),
  ],
];

/** A discount that the life's customers may use. */
export function giveDiscount({ store }: Shop, at: string): void {
  const id = 'gid://shopify/DiscountCodeNode/777';
  store.put({
    t: 'discount',
    v: {
      id,
      title: 'Ten off',
      active: true,
      startsAt: '2026-01-01T00:00:00Z',
      endsAt: null,
      value: { kind: 'percentage', percentage: 0.1 },
      minimumSubtotal: null,
      usageLimit: null,
      oncePerCustomer: false,
      combinesWithOrder: true,
      createdAt: at,
      updatedAt: at,
    },
  });
  store.put({ t: 'code', v: { code: 'Life10', discountId: id, id: 'gid://shopify/DiscountRedeemCode/778', uses: 0, customers: [] } });
}

/**
 * A life of a store, the same for the same seed: orders with edits, refunds, cancellations, fulfilments and deletions,
 * customers with tags and consents, goods, costs, places and stock. What the store refuses does not happen.
 * `between` is called after each step with its number, to let time go on or deliveries out.
 */
export async function playLife(
  shop: Shop,
  options: { seed: number; steps: number; between: (step: number) => Promise<void> },
): Promise<void> {
  const chance = seeded(`life ${options.seed}`);
  const total = ACTS.reduce((sum, [weight]) => sum + weight, 0);
  for (let step = 1; step <= options.steps; step += 1) {
    let at = chance.whole(1, total);
    const act = ACTS.find(([weight]) => (at -= weight) <= 0)?.[1];
    act?.({ shop, chance, step });
    await options.between(step);
  }
}
