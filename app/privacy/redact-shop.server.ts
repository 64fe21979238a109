import crypto from 'node:crypto';
import type { Platform } from '../platform/context.server.ts';
import { projectionLock } from '../record/index.server.ts';
import { completeRequest, ERASED_LATELY_MS } from './requests.store.server.ts';
import {
  addToProof,
  deleteRows,
  endErasure,
  erasuresOf,
  lockShop,
  removeShop,
  tablesOfShops,
  type OpenErasure,
} from './shop-rows.store.server.ts';
import { shopVerdict } from './shop-verdict.ts';

const ROWS = 10_000;

/** Works off a shop's requests to be erased. Killed anywhere, the next run goes on with the rows that are left. */
export async function redactShop(platform: Platform, shopId: number): Promise<void> {
  const since = new Date(platform.clock.now().getTime() - ERASED_LATELY_MS);
  for (const request of await erasuresOf(platform.db, shopId, since)) {
    const verdict = await begin(platform, shopId, request);
    if (verdict === 'erase') await eraseRows(platform, shopId, request);
    else if (verdict === 'wait')
      platform.log.warn({ shop: shopId, request: String(request.id) }, 'asked to erase a shop of which no uninstall is known');
  }
}

/**
 * Decides under the lock of the shop's row and takes that row out at once: who installs the app from here on gets a new
 * row with a new id, which the erasure of the old one cannot touch.
 */
async function begin(platform: Platform, shopId: number, request: OpenErasure): Promise<'erase' | 'installed-again' | 'wait'> {
  return platform.db.forShop(shopId, async (tx) => {
    await projectionLock(tx, shopId);
    const shop = await lockShop(tx, shopId);
    // It was taken out by an earlier run.
    if (!shop) return 'erase';
    // Done, and yet the shop is there: the request was answered by leaving it alone.
    if (request.completedAt) return 'installed-again';
    const verdict = shopVerdict(shop, request.askedAt);
    if (verdict === 'erase') {
      const counts = await removeShop(tx, shopId, shop.domain);
      // A hash can answer whether a shop was erased, and names none.
      await addToProof(tx, shopId, {
        id: request.id,
        counts,
        outcome: 'erased',
        shop: crypto.createHash('sha256').update(shop.domain).digest('hex'),
      });
    } else if (verdict === 'installed-again') {
      await completeRequest(tx, shopId, { id: request.id, at: platform.clock.now(), proof: { outcome: verdict } });
    }
    return verdict;
  });
}

async function eraseRows(platform: Platform, shopId: number, request: OpenErasure): Promise<void> {
  const { id } = request;
  for (let found = true; found;) {
    found = false;
    for (const table of await platform.db.forShop(shopId, tablesOfShops)) {
      while ((await eraseChunk(platform, shopId, { table, id })) > 0) found = true;
    }
  }
  const counts = await platform.db.forShop(shopId, (tx) => endErasure(tx, shopId, { id, at: platform.clock.now() }));
  platform.log.info({ shop: shopId, request: String(id), counts }, 'a shop was erased');
}

async function eraseChunk(platform: Platform, shopId: number, from: { table: string; id: bigint }): Promise<number> {
  return platform.db.forShop(shopId, async (tx) => {
    const count = await deleteRows(tx, shopId, { table: from.table, limit: ROWS });
    if (count > 0) await addToProof(tx, shopId, { id: from.id, counts: { [from.table]: count }, outcome: 'erased' });
    return count;
  });
}
