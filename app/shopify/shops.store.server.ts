import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';

export type ShopDetails = {
  name: string;
  currency: string;
  timezone: string;
  email: string | null;
  plan: string | null;
};

export type InstalledShop = ShopRef & {
  readonly name: string;
  readonly locale: string;
  readonly scopes: string;
  readonly historyLimited: boolean;
  readonly installedAt: Date;
  readonly uninstalledAt: Date | null;
};

const INSTALLED = { uninstalledAt: null };

/** An installed shop by its myshopify.com domain; null where there is none, or it has uninstalled. */
export async function shopByDomain(platform: Pick<Platform, 'db'>, domain: string): Promise<InstalledShop | null> {
  return platform.db.prisma.shop.findFirst({ where: { domain, ...INSTALLED } });
}

export async function shopById(platform: Pick<Platform, 'db'>, id: number): Promise<InstalledShop | null> {
  return platform.db.prisma.shop.findFirst({ where: { id, ...INSTALLED } });
}

export async function listShops(platform: Pick<Platform, 'db'>): Promise<InstalledShop[]> {
  return platform.db.prisma.shop.findMany({ where: INSTALLED, orderBy: { id: 'asc' } });
}

/** Also those that have uninstalled: their rows stay until the store has them erased. */
export async function allShops(platform: Pick<Platform, 'db'>): Promise<InstalledShop[]> {
  return platform.db.prisma.shop.findMany({ orderBy: { id: 'asc' } });
}

/** Also finds a shop that has uninstalled: its last webhooks come after that. */
export async function anyShopByDomain(platform: Pick<Platform, 'db'>, domain: string): Promise<InstalledShop | null> {
  return platform.db.prisma.shop.findFirst({ where: { domain } });
}

/** Makes or renews the row of an installation. @returns the shop, and whether this is its first installation or the first after an uninstall. */
export async function saveInstallation(
  platform: Pick<Platform, 'db'>,
  installation: { domain: string; details: ShopDetails; scopes: string; historyLimited: boolean; at: Date },
): Promise<{ shop: InstalledShop; fresh: boolean }> {
  const { domain, details, scopes, historyLimited, at } = installation;
  const before = await platform.db.prisma.shop.findUnique({ where: { domain } });
  const fresh = before === null || before.uninstalledAt !== null;
  const shop = await platform.db.prisma.shop.upsert({
    where: { domain },
    create: { domain, ...details, scopes, historyLimited, installedAt: at },
    update: { ...details, scopes, historyLimited, ...(fresh ? { installedAt: at, uninstalledAt: null } : {}) },
  });
  return { shop, fresh };
}

export async function saveDetails(tx: ShopTx, shopId: number, details: ShopDetails): Promise<void> {
  await tx.shop.update({ where: { id: shopId }, data: details });
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
