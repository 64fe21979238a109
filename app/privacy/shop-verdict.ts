/** Shopify asks for a shop's erasure this long after the uninstall. */
const AFTER_UNINSTALL_MS = 48 * 3_600_000;

export type ShopVerdict = 'erase' | 'installed-again' | 'wait';

/**
 * Whether a request to erase a shop still holds. A shop that came back after the uninstall that the request is about is
 * left alone. One of which no uninstall is known waits: either the uninstall's own event is late, or it never came; to
 * wipe a living shop would be worse than to wait, and an open request is seen.
 */
export function shopVerdict(shop: { installedAt: Date; uninstalledAt: Date | null }, askedAt: Date): ShopVerdict {
  const { installedAt, uninstalledAt } = shop;
  if (uninstalledAt) return uninstalledAt.getTime() <= askedAt.getTime() ? 'erase' : 'installed-again';
  return installedAt.getTime() > askedAt.getTime() - AFTER_UNINSTALL_MS ? 'installed-again' : 'wait';
}
