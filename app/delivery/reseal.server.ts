import type { Platform, ShopRef } from '../platform/context.server.ts';
import { seal, sealedKeyId, unseal } from '../platform/crypto.server.ts';
import { openPerson } from '../record/index.server.ts';
import { addressHashes } from './address.server.ts';
import { contextOf } from './settings.server.ts';

const PAGE = 500;

/**
 * Seals a shop's mail password under the first key, and writes the hashes of suppressed addresses anew whose customers are
 * still there. To be done before the customers are sealed anew, since their old hashes find them. A suppressed address
 * that no customer has keeps its old hash, which holds as long as its key is in the ring.
 */
export async function resealMail(platform: Platform, shop: ShopRef): Promise<void> {
  const { keys } = platform.env;
  await platform.db.forShop(shop.id, async (tx) => {
    const row = await tx.mailSettings.findUnique({ where: { shopId: shop.id } });
    if (!row?.password || sealedKeyId(row.password) === keys[0]?.id) return;
    const password = seal(unseal(row.password, keys, contextOf(shop.id)), keys, contextOf(shop.id));
    await tx.mailSettings.update({ where: { shopId: shop.id }, data: { password } });
  });
  const text = `SELECT s.address_hash AS hash, c.id, c.person FROM mail_suppressions s
    JOIN LATERAL (SELECT id, person FROM customers WHERE shop_id = s.shop_id AND email_hash = s.address_hash LIMIT 1) AS c ON true
    WHERE s.shop_id = $1 AND s.address_hash > $2 ORDER BY s.address_hash LIMIT ${PAGE}`;
  for (let after = Buffer.alloc(0); ;) {
    const from = after;
    const rows = await platform.db.forShop(shop.id, async (tx) => {
      const found = await tx.sql.rows<{ hash: Buffer; id: bigint; person: string | null }>({ text }, [shop.id, from]);
      for (const { hash, id, person } of found) {
        const { email } = openPerson({ shopId: shop.id, keys }, { id, person });
        const [fresh] = addressHashes({ shop, env: platform.env }, email);
        if (!fresh || fresh.equals(hash)) continue;
        const move = `UPDATE mail_suppressions SET address_hash = $3 WHERE shop_id = $1 AND address_hash = $2
          AND NOT EXISTS (SELECT 1 FROM mail_suppressions o WHERE o.shop_id = $1 AND o.address_hash = $3)`;
        await tx.sql.run({ text: move }, [shop.id, hash, fresh]);
      }
      return found;
    });
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = Buffer.from(last.hash);
  }
}
