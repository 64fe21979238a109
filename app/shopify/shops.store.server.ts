import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { Db, ShopTx } from '../platform/db.server.ts';

export type ShopDetails = {
  name: string;
  currency: string;
  /** IANA zone. Where it is another one than the record's days are kept in, it waits as `nextTimezone` until they are moved. */
  timezone: string;
  email: string | null;
  plan: string | null;
};

export type InstalledShop = ShopRef & {
  readonly name: string;
  readonly locale: string;
  readonly scopes: string;
  readonly historyLimited: boolean;
  /** What the store has changed its zone to, until the record's days have been moved there; null otherwise. */
  readonly nextTimezone: string | null;
  readonly installedAt: Date;
  readonly uninstalledAt: Date | null;
};

/** An installed shop by its myshopify.com domain; null where there is none, or it has uninstalled. */
export async function shopByDomain(platform: Pick<Platform, 'db'>, domain: string): Promise<InstalledShop | null> {
  const shop = await anyShopByDomain(platform, domain);
  return shop?.uninstalledAt === null ? shop : null;
}

export async function shopById(platform: Pick<Platform, 'db'>, id: number): Promise<InstalledShop | null> {
  return platform.db.forShop(id, (tx) => tx.shop.findFirst({ where: { id, uninstalledAt: null } }));
}

/** The ids of all installed shops, ascending. */
export async function listShopIds(platform: Pick<Platform, 'db'>): Promise<number[]> {
  const rows = await platform.db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_installed_shops() AS id' });
  return rows.map((row) => row.id);
}

/** All installed shops, each read in a transaction of its own. */
export async function listShops(platform: Pick<Platform, 'db'>): Promise<InstalledShop[]> {
  const shops: InstalledShop[] = [];
  for (const id of await listShopIds(platform)) {
    const shop = await shopById(platform, id);
    if (shop) shops.push(shop);
  }
  return shops;
}

/** Also those that have uninstalled: their rows stay until the store has them erased. */
export async function allShops(platform: Pick<Platform, 'db'>): Promise<InstalledShop[]> {
  const shops: InstalledShop[] = [];
  for (const { id } of await platform.db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_known_shops() AS id' })) {
    const shop = await platform.db.forShop(id, (tx) => tx.shop.findUnique({ where: { id } }));
    if (shop) shops.push(shop);
  }
  return shops;
}

/** Also finds a shop that has uninstalled: its last webhooks come after that. */
export async function anyShopByDomain(platform: Pick<Platform, 'db'>, domain: string): Promise<InstalledShop | null> {
  return platform.db.forDomain(domain, (tx) => tx.shop.findFirst({ where: { domain } }));
}

/** Makes or renews the row of an installation. @returns the shop, and whether this is its first installation or the first after an uninstall. */
export async function saveInstallation(
  platform: Pick<Platform, 'db'>,
  installation: { domain: string; details: ShopDetails; scopes: string; historyLimited: boolean; at: Date },
): Promise<{ shop: InstalledShop; fresh: boolean }> {
  const { domain, details, scopes, historyLimited, at } = installation;
  const saved = await platform.db.forDomain(domain, async (tx) => {
    const [row] = await tx.sql.rows<{ shop_id: number; fresh: boolean }>(
      { text: 'SELECT shop_id, fresh FROM storebook_save_installation($1, $2, $3, $4, $5, $6, $7, $8)' },
      [details.name, details.currency, details.timezone, details.email, details.plan, scopes, historyLimited, at],
    );
    return row;
  });
  // The row of a new shop is seen only by a transaction that is bound to its id.
  const shop = saved && (await shopById(platform, saved.shop_id));
  if (!shop) throw new Error('the installation ended while it was being saved');
  return { shop, fresh: saved.fresh };
}

export async function saveDetails(tx: ShopTx, shopId: number, { timezone, ...details }: ShopDetails): Promise<void> {
  await tx.shop.update({ where: { id: shopId }, data: details });
  await tx.$executeRaw`UPDATE shops SET next_timezone = NULLIF(${timezone}, timezone) WHERE id = ${shopId}`;
}

/** The zone in which the record keeps a shop's days now, and the one that they are to be moved to (null: none). */
export async function zonesOf(tx: ShopTx, shopId: number): Promise<{ timezone: string; nextTimezone: string | null }> {
  return tx.shop.findUniqueOrThrow({ where: { id: shopId }, select: { timezone: true, nextTimezone: true } });
}

/** Makes another zone the one that days are kept in, in the transaction that moves them. */
export async function takeTimezone(tx: ShopTx, shopId: number, timezone: string): Promise<void> {
  await tx.shop.update({ where: { id: shopId }, data: { timezone, nextTimezone: null } });
}

/** Shops whose days are to be moved to another zone. */
export async function shopsWithNextTimezone(db: Pick<Db, 'across'>): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_next_timezone() AS id' });
  return rows.map((row) => row.id);
}

export async function saveScopes(tx: ShopTx, shopId: number, scopes: readonly string[]): Promise<void> {
  await tx.shop.update({ where: { id: shopId }, data: { scopes: scopes.join(','), historyLimited: !scopes.includes('read_all_orders') } });
}

/** Ends the installation: no session can be used from here on, in the same transaction. */
export async function markUninstalled(tx: ShopTx, shop: ShopRef, at: Date): Promise<void> {
  // A reinstallation after the event was triggered stands.
  const { count } = await tx.shop.updateMany({
    where: { id: shop.id, uninstalledAt: null, installedAt: { lt: at } },
    data: { uninstalledAt: at },
  });
  if (count > 0) await tx.session.deleteMany({ where: { shopDomain: shop.domain } });
}
