import fs from 'node:fs';
import path from 'node:path';
import type { Goods } from './catalogue.ts';
import { skuOf } from './catalogue.ts';
import { amount, CURRENCY, gid, instant, LineFile, type Ids } from './jsonl.ts';
import type { WriteOff } from './match-returns.ts';

export type Places = { main: string; second: string };

/** One warehouse that ships everything, and a small shop with a little stock of its own. */
export function writeLocations(folder: string, ids: Ids): Places {
  const out = new LineFile(path.join(folder, 'locations.jsonl'));
  const [main, second] = [gid('Location', ids.next('Location')), gid('Location', ids.next('Location'))];
  const place = (id: string, name: string, facts: { city: string; primary: boolean }): string =>
    JSON.stringify({
      id,
      name,
      isActive: true,
      isPrimary: facts.primary,
      fulfillsOnlineOrders: true,
      shipsInventory: true,
      hasActiveInventory: true,
      isFulfillmentService: false,
      address: {
        address1: null,
        address2: null,
        city: facts.city,
        zip: null,
        province: null,
        country: 'United Kingdom',
        countryCode: 'GB',
        phone: null,
      },
    });
  out.add(place(main, 'Warehouse', { city: 'London', primary: true }));
  out.add(place(second, 'Camden shop', { city: 'London', primary: false }));
  out.close();
  return { main, second };
}

function handleOf({ title, sku }: Goods): string {
  const words = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return `${words || 'product'}-${sku.toLowerCase().replaceAll('_', '-')}`;
}

type Frame = { ids: Ids; shiftMs: number };

/** products.jsonl: each product, then its variant and the metafield with its supplier's lead time. */
export function writeProducts(file: string, goods: Iterable<Goods>, { ids, shiftMs }: Frame): number {
  const out = new LineFile(file);
  let products = 0;
  for (const item of goods) {
    products += 1;
    const createdAt = instant(item.firstSeenAt + shiftMs);
    const updatedAt = instant(item.lastSeenAt + shiftMs);
    out.add(
      JSON.stringify({
        id: item.productGid,
        title: item.title,
        handle: handleOf(item),
        vendor: item.vendor,
        productType: item.type,
        status: item.sold ? 'ACTIVE' : 'ARCHIVED',
        isGiftCard: item.giftCard,
        tags: [],
        createdAt,
        updatedAt,
        publishedAt: item.sold ? createdAt : null,
      }),
    );
    out.add(
      JSON.stringify({
        id: item.variantGid,
        title: 'Default Title',
        displayName: `${item.title} - Default Title`,
        sku: item.sku,
        barcode: null,
        price: amount(item.price),
        compareAtPrice: null,
        position: 1,
        taxable: false,
        inventoryPolicy: 'CONTINUE',
        selectedOptions: [{ name: 'Title', value: 'Default Title' }],
        createdAt,
        updatedAt,
        inventoryItem: {
          id: item.itemGid,
          sku: item.sku,
          tracked: !item.giftCard,
          requiresShipping: !item.giftCard,
          unitCost: item.giftCard ? null : { amount: amount(item.unitCost), currencyCode: CURRENCY },
        },
        __parentId: item.productGid,
      }),
    );
    if (item.giftCard) continue;
    out.add(
      JSON.stringify({
        id: gid('Metafield', ids.next('Metafield')),
        namespace: 'supply',
        key: 'lead_time_days',
        type: 'number_integer',
        value: String(item.leadTimeDays),
        createdAt,
        updatedAt: createdAt,
        __parentId: item.productGid,
      }),
    );
  }
  out.close();
  return products;
}

/** inventory.jsonl: the made-up stock of today, one line per item and location. */
export function writeInventory(file: string, goods: Iterable<Goods>, { places, now }: { places: Places; now: number }): number {
  const out = new LineFile(file);
  for (const item of goods) {
    if (item.giftCard) continue;
    for (const [locationId, stock] of [
      [places.main, item.main],
      [places.second, item.second],
    ] as const) {
      if (!stock) continue;
      out.add(
        JSON.stringify({
          id: `gid://shopify/InventoryLevel/${locationId.slice(locationId.lastIndexOf('/') + 1)}?inventory_item_id=${item.itemId}`,
          inventoryItemId: item.itemGid,
          locationId,
          available: stock.available,
          on_hand: stock.available,
          incoming: stock.incoming,
          updatedAt: instant(now),
        }),
      );
    }
  }
  out.close();
  return out.lines;
}

/** inventory-adjustments.jsonl: the file's write-offs (damages, losses): goods that left with no sale, and so in no order. */
export function writeAdjustments(
  file: string,
  writeOffs: readonly WriteOff[],
  { goods, places, shiftMs }: { goods: ReadonlyMap<string, Goods>; places: Places; shiftMs: number },
): number {
  const out = new LineFile(file);
  for (const { at, code, quantity, note } of writeOffs) {
    const item = goods.get(skuOf(code));
    if (!item) continue;
    out.add(
      JSON.stringify({
        inventoryItemId: item.itemGid,
        locationId: places.main,
        delta: -quantity,
        reason: 'shrinkage',
        note: note || null,
        happenedAt: instant(at + shiftMs),
      }),
    );
  }
  out.close();
  return out.lines;
}

export function writeShop(folder: string, sandbox: Record<string, unknown>): void {
  const shop = {
    id: 'gid://shopify/Shop/67112009001',
    name: 'Online Retail',
    myshopifyDomain: 'online-retail.myshopify.com',
    primaryDomain: { host: 'online-retail.myshopify.com', url: 'https://online-retail.myshopify.com' },
    currencyCode: CURRENCY,
    ianaTimezone: 'Europe/London',
    email: 'owner@online-retail.example',
    contactEmail: 'owner@online-retail.example',
    shopOwnerName: 'The sandbox',
    taxesIncluded: false,
    weightUnit: 'KILOGRAMS',
    plan: { displayName: 'Development', publicDisplayName: 'Development', partnerDevelopment: true, shopifyPlus: false },
    billingAddress: { country: 'United Kingdom', countryCodeV2: 'GB', city: 'London' },
    sandbox,
  };
  fs.writeFileSync(path.join(folder, 'shop.json'), `${JSON.stringify(shop, null, 2)}\n`);
}
