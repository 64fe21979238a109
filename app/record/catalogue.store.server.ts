import type { ShopTx } from '../platform/db.server.ts';
import { leaveCollections } from './collections.store.server.ts';
import { markDirty } from './dirty.store.server.ts';
import type { CheckoutFacts, InventoryItemFacts, InventoryLevelFacts, LocationFacts, ProductFacts } from './facts.ts';
import { toJsonRows } from './order.store.server.ts';

type Versioned = { updatedAt: Date; triggeredAt?: Date | null };

/** Versions have whole seconds: of two within one, the one that was triggered later is the newer. */
function isOlder(a: Versioned, b: Versioned): boolean {
  const byVersion = a.updatedAt.getTime() - b.updatedAt.getTime();
  return byVersion !== 0 ? byVersion < 0 : (a.triggeredAt?.getTime() ?? 0) < (b.triggeredAt?.getTime() ?? 0);
}

/** The newest entry of each key, in key order. */
function newestByKey<T extends Versioned>(rows: readonly T[], keyOf: (row: T) => string): T[] {
  const newest = new Map<string, T>();
  for (const row of rows) {
    const held = newest.get(keyOf(row));
    if (!held || !isOlder(row, held)) newest.set(keyOf(row), row);
  }
  return [...newest.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** Writes products that are newer than what stands, with their variants. */
export async function applyProducts(tx: ShopTx, shopId: number, products: readonly ProductFacts[]): Promise<number> {
  if (products.length === 0) return 0;
  const rows = newestByKey(products, (product) => String(product.id));
  const written = await tx.$queryRaw<{ id: bigint }[]>`
    INSERT INTO products AS p (shop_id, id, title, handle, vendor, product_type, status, tags, image_url, created_at, updated_at, triggered_at)
    SELECT ${shopId}, r.id, r.title, r.handle, r.vendor, r."productType", r.status, r.tags, r."imageUrl", r."createdAt", r."updatedAt", r."triggeredAt"
    FROM jsonb_to_recordset(${toJsonRows(rows.map(({ variants: _variants, ...row }) => row))}::jsonb) AS r(id bigint, title text, handle text, vendor text,
      "productType" text, status text, tags text[], "imageUrl" text, "createdAt" timestamptz, "updatedAt" timestamptz, "triggeredAt" timestamptz)
    ON CONFLICT (shop_id, id) DO UPDATE SET title = excluded.title, handle = excluded.handle, vendor = excluded.vendor,
      product_type = excluded.product_type, status = excluded.status, tags = excluded.tags, image_url = excluded.image_url,
      created_at = COALESCE(excluded.created_at, p.created_at), updated_at = excluded.updated_at, triggered_at = excluded.triggered_at
    WHERE p.deleted_at IS NULL
      AND (p.updated_at, COALESCE(p.triggered_at, 'epoch')) < (excluded.updated_at, COALESCE(excluded.triggered_at, 'epoch'))
    RETURNING id`;
  const changed = new Set(written.map((row) => row.id));
  await writeVariants(
    tx,
    shopId,
    rows.filter((product) => changed.has(product.id)),
  );
  return changed.size;
}

/** Prices that differ from what stands, before they replace it. Of two versions within one second the later stays. */
const NOTE_PRICES = `INSERT INTO variant_prices (shop_id, variant_id, at, price)
  SELECT v.shop_id, v.id, e.at, e.price
  FROM unnest($2::bigint[], $3::bigint[], $4::timestamptz[]) AS r(id, price, at)
  JOIN variants v ON v.shop_id = $1 AND v.id = r.id AND v.price <> r.price
  CROSS JOIN LATERAL (VALUES (timestamptz 'epoch', v.price), (r.at, r.price)) AS e(at, price)
  WHERE e.at > 'epoch' OR NOT EXISTS (SELECT 1 FROM variant_prices h WHERE h.shop_id = $1 AND h.variant_id = v.id)
  ON CONFLICT (shop_id, variant_id, at) DO UPDATE SET price = excluded.price
  RETURNING variant_id AS id`;

/** What a look of the last 90 days before a variant's latest change cannot have seen. */
const DROP_PRICES = `DELETE FROM variant_prices p WHERE p.shop_id = $1 AND p.variant_id = ANY($2::bigint[])
  AND EXISTS (SELECT 1 FROM variant_prices later WHERE later.shop_id = $1 AND later.variant_id = p.variant_id AND later.at > p.at
    AND later.at < (SELECT max(n.at) FROM variant_prices n WHERE n.shop_id = $1 AND n.variant_id = p.variant_id) - interval '90 days')`;

async function notePrices(tx: ShopTx, shopId: number, variants: readonly { id: bigint; price: bigint; updatedAt: Date }[]): Promise<void> {
  const list = (values: readonly (bigint | string)[]): string => `{${values.join(',')}}`;
  const changed = await tx.sql.rows<{ id: bigint }>({ text: NOTE_PRICES, name: 'note-prices' }, [
    shopId,
    list(variants.map(({ id }) => id)),
    list(variants.map(({ price }) => price)),
    list(variants.map(({ updatedAt }) => updatedAt.toISOString())),
  ]);
  if (changed.length > 0) await tx.sql.run({ text: DROP_PRICES }, [shopId, list(changed.map(({ id }) => id))]);
}

async function writeVariants(tx: ShopTx, shopId: number, products: readonly ProductFacts[]): Promise<void> {
  if (products.length === 0) return;
  const variants = products.flatMap((product) => product.variants.map((variant) => ({ ...variant, updatedAt: product.updatedAt })));
  await notePrices(tx, shopId, variants);
  await tx.$executeRaw`
    INSERT INTO variants AS v (shop_id, id, product_id, title, sku, barcode, price, compare_at_price, inventory_item_id, position, updated_at)
    SELECT ${shopId}, r.id, r."productId", r.title, r.sku, r.barcode, r.price, r."compareAtPrice", r."inventoryItemId", r.position, r."updatedAt"
    FROM jsonb_to_recordset(${toJsonRows(variants)}::jsonb) AS r(id bigint, "productId" bigint, title text, sku text, barcode text, price bigint,
      "compareAtPrice" bigint, "inventoryItemId" bigint, position int, "updatedAt" timestamptz)
    ON CONFLICT (shop_id, id) DO UPDATE SET product_id = excluded.product_id, title = excluded.title, sku = excluded.sku, barcode = excluded.barcode,
      price = excluded.price, compare_at_price = excluded.compare_at_price, inventory_item_id = excluded.inventory_item_id,
      position = excluded.position, updated_at = excluded.updated_at, deleted_at = NULL`;
  await tx.variant.updateMany({
    where: {
      shopId,
      productId: { in: products.map((product) => product.id) },
      id: { notIn: variants.map((variant) => variant.id) },
      deletedAt: null,
    },
    data: { deletedAt: products[0]?.updatedAt ?? null },
  });
  await markDirty(tx, shopId, { feed: 'forecast', ids: variants.map((variant) => variant.id) });
}

/** Shopify deleted the product; its sales stay. A product not known yet gets a tombstone, so that a late version does not revive it. */
export async function markProductsDeleted(tx: ShopTx, shopId: number, deletions: readonly { id: bigint; at: Date }[]): Promise<number> {
  let changed = 0;
  for (const { id, at } of deletions) {
    changed += await tx.$executeRaw`
      INSERT INTO products AS p (shop_id, id, title, status, tags, updated_at, deleted_at) VALUES (${shopId}, ${id}, '', 'archived', '{}', 'epoch', ${at})
      ON CONFLICT (shop_id, id) DO UPDATE SET deleted_at = excluded.deleted_at WHERE p.deleted_at IS NULL`;
    await tx.variant.updateMany({ where: { shopId, productId: id, deletedAt: null }, data: { deletedAt: at } });
  }
  await leaveCollections(
    tx,
    shopId,
    deletions.map(({ id }) => id),
  );
  return changed;
}

export async function applyInventoryItems(tx: ShopTx, shopId: number, items: readonly InventoryItemFacts[]): Promise<number> {
  if (items.length === 0) return 0;
  const rows = newestByKey(items, (item) => String(item.id));
  const changed = await tx.$executeRaw`
    INSERT INTO inventory_items AS i (shop_id, id, sku, tracked, unit_cost, unit_cost_currency, updated_at)
    SELECT ${shopId}, r.id, r.sku, r.tracked, r."unitCost", r."unitCostCurrency", r."updatedAt"
    FROM jsonb_to_recordset(${toJsonRows(rows)}::jsonb) AS r(id bigint, sku text, tracked boolean, "unitCost" bigint, "unitCostCurrency" text, "updatedAt" timestamptz)
    ON CONFLICT (shop_id, id) DO UPDATE SET sku = excluded.sku, tracked = excluded.tracked, unit_cost = excluded.unit_cost,
      unit_cost_currency = excluded.unit_cost_currency, updated_at = excluded.updated_at
    WHERE i.updated_at < excluded.updated_at AND i.deleted_at IS NULL`;
  await markVariantsOf(
    tx,
    shopId,
    rows.map((row) => row.id),
  );
  return changed;
}

export async function markInventoryItemsDeleted(tx: ShopTx, shopId: number, deletions: readonly { id: bigint; at: Date }[]): Promise<void> {
  for (const { id, at } of deletions) {
    await tx.$executeRaw`
      INSERT INTO inventory_items (shop_id, id, updated_at, deleted_at) VALUES (${shopId}, ${id}, 'epoch', ${at})
      ON CONFLICT (shop_id, id) DO UPDATE SET deleted_at = excluded.deleted_at`;
  }
}

/** The newest level of each item and place, and every level seen in the history (so that days out of stock are known). */
export async function applyInventoryLevels(
  tx: ShopTx,
  shopId: number,
  seen: { levels: readonly InventoryLevelFacts[]; source: 'webhook' | 'backfill' | 'reconcile' },
): Promise<number> {
  if (seen.levels.length === 0) return 0;
  const history = newestByKey(seen.levels, (level) => `${level.inventoryItemId}/${level.locationId}/${level.updatedAt.getTime()}`);
  const newest = newestByKey(seen.levels, (level) => `${level.inventoryItemId}/${level.locationId}`);
  await tx.$executeRaw`
    INSERT INTO inventory_changes (shop_id, inventory_item_id, location_id, at, available, source)
    SELECT ${shopId}, r."inventoryItemId", r."locationId", r."updatedAt", r.available, ${seen.source}
    FROM jsonb_to_recordset(${toJsonRows(history)}::jsonb) AS r("inventoryItemId" bigint, "locationId" bigint, available int, "updatedAt" timestamptz)
    ON CONFLICT DO NOTHING`;
  const changed = await tx.$executeRaw`
    INSERT INTO inventory_levels AS l (shop_id, inventory_item_id, location_id, available, updated_at)
    SELECT ${shopId}, r."inventoryItemId", r."locationId", r.available, r."updatedAt"
    FROM jsonb_to_recordset(${toJsonRows(newest)}::jsonb) AS r("inventoryItemId" bigint, "locationId" bigint, available int, "updatedAt" timestamptz)
    ON CONFLICT (shop_id, inventory_item_id, location_id) DO UPDATE SET available = excluded.available, updated_at = excluded.updated_at
    WHERE l.updated_at < excluded.updated_at`;
  await markVariantsOf(
    tx,
    shopId,
    newest.map((level) => level.inventoryItemId),
  );
  return changed;
}

/** The variants of inventory items must be forecast anew. */
async function markVariantsOf(tx: ShopTx, shopId: number, itemIds: bigint[]): Promise<void> {
  const variants = await tx.variant.findMany({ where: { shopId, inventoryItemId: { in: itemIds } }, select: { id: true } });
  await markDirty(tx, shopId, { feed: 'forecast', ids: variants.map((variant) => variant.id) });
}

export async function applyLocations(tx: ShopTx, shopId: number, locations: readonly LocationFacts[]): Promise<number> {
  if (locations.length === 0) return 0;
  return tx.$executeRaw`
    INSERT INTO locations AS l (shop_id, id, name, country, city, active, updated_at)
    SELECT ${shopId}, r.id, r.name, r.country, r.city, r.active, r."updatedAt"
    FROM jsonb_to_recordset(${toJsonRows(newestByKey(locations, (location) => String(location.id)))}::jsonb)
      AS r(id bigint, name text, country text, city text, active boolean, "updatedAt" timestamptz)
    ON CONFLICT (shop_id, id) DO UPDATE SET name = excluded.name, country = excluded.country, city = excluded.city, active = excluded.active,
      updated_at = excluded.updated_at
    WHERE l.updated_at < excluded.updated_at AND l.deleted_at IS NULL`;
}

export async function markLocationsDeleted(tx: ShopTx, shopId: number, deletions: readonly { id: bigint; at: Date }[]): Promise<void> {
  for (const { id, at } of deletions) {
    await tx.$executeRaw`
      INSERT INTO locations (shop_id, id, name, active, updated_at, deleted_at) VALUES (${shopId}, ${id}, '', false, 'epoch', ${at})
      ON CONFLICT (shop_id, id) DO UPDATE SET active = false, deleted_at = excluded.deleted_at`;
  }
}

/** A checkout as it stands, for abandonment; a completed one stays completed. */
export async function applyCheckouts(tx: ShopTx, shopId: number, checkouts: readonly CheckoutFacts[]): Promise<number> {
  if (checkouts.length === 0) return 0;
  return tx.$executeRaw`
    INSERT INTO checkouts AS c (shop_id, token, id, customer_id, created_at, updated_at, completed_at, currency, total, units, lines)
    SELECT ${shopId}, r.token, r.id, r."customerId", r."createdAt", r."updatedAt", r."completedAt", r.currency, r.total, r.units, r.lines
    FROM jsonb_to_recordset(${toJsonRows(newestByKey(checkouts, (checkout) => checkout.token))}::jsonb) AS r(token text, id bigint, "customerId" bigint,
      "createdAt" timestamptz, "updatedAt" timestamptz, "completedAt" timestamptz, currency text, total bigint, units int, lines jsonb)
    ON CONFLICT (shop_id, token) DO UPDATE SET id = excluded.id, customer_id = excluded.customer_id, updated_at = excluded.updated_at,
      completed_at = COALESCE(excluded.completed_at, c.completed_at), currency = excluded.currency, total = excluded.total, units = excluded.units,
      lines = excluded.lines
    WHERE c.updated_at < excluded.updated_at`;
}

export async function deleteCheckouts(tx: ShopTx, shopId: number, tokens: string[]): Promise<void> {
  await tx.checkout.deleteMany({ where: { shopId, token: { in: tokens } } });
}
