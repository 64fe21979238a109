import { z } from 'zod';
import { Session, type SessionParams } from '@shopify/shopify-api';
import type { SessionStorage } from '@shopify/shopify-app-session-storage';
import type { Session as SessionRow } from '../generated/prisma/client.ts';
import type { Platform } from '../platform/context.server.ts';
import { KeyMissingError, seal, sealedKeyId, unseal } from '../platform/crypto.server.ts';

const onlineInfo = z.object({
  expires_in: z.number(),
  associated_user_scope: z.string(),
  associated_user: z.object({
    id: z.number(),
    first_name: z.string(),
    last_name: z.string(),
    email: z.string(),
    email_verified: z.boolean(),
    account_owner: z.boolean(),
    locale: z.string(),
    collaborator: z.boolean(),
  }),
});

/** "offline_shop.myshopify.com" and "shop.myshopify.com_12345" both name their shop. */
export function shopOfSessionId(id: string): string {
  return id.startsWith('offline_') ? id.slice('offline_'.length) : id.replace(/_[^_]*$/, '');
}

const context = (id: string, field: string): string => `session/${id}/${field}`;

/**
 * Shopify's sessions in the database. Tokens are sealed (AES-256-GCM) and bound to their row: a ciphertext that is
 * moved to another shop's row does not open.
 */
export function sessionStorage(platform: Pick<Platform, 'db' | 'env'>): SessionStorage {
  const { db } = platform;
  const { keys } = platform.env;
  const close = (id: string, field: string, value: string | undefined): string | null =>
    value === undefined ? null : seal(value, keys, context(id, field));
  const open = (id: string, field: string, value: string | null): string | undefined =>
    value === null ? undefined : unseal(value, keys, context(id, field));

  const toSession = (row: SessionRow): Session => {
    const online = open(row.id, 'online', row.onlineAccessInfo);
    const params: SessionParams = {
      id: row.id,
      shop: row.shopDomain,
      state: row.state,
      isOnline: row.isOnline,
      scope: row.scope ?? undefined,
      expires: row.expires ?? undefined,
      accessToken: open(row.id, 'access', row.accessToken),
      refreshToken: open(row.id, 'refresh', row.refreshToken),
      refreshTokenExpires: row.refreshTokenExpires ?? undefined,
      ...(online === undefined ? {} : { onlineAccessInfo: onlineInfo.parse(JSON.parse(online)) }),
    };
    return new Session(params);
  };
  const keyOf = (id: string) => ({ shopDomain_id: { shopDomain: shopOfSessionId(id), id } });
  const remove = (id: string) =>
    db.forDomain(shopOfSessionId(id), (tx) => tx.session.deleteMany({ where: { shopDomain: shopOfSessionId(id), id } }));

  return {
    async storeSession(session) {
      const { id } = session;
      const row = {
        state: session.state,
        isOnline: session.isOnline,
        scope: session.scope ?? null,
        expires: session.expires ?? null,
        accessToken: close(id, 'access', session.accessToken),
        refreshToken: close(id, 'refresh', session.refreshToken),
        refreshTokenExpires: session.refreshTokenExpires ?? null,
        onlineAccessInfo: close(id, 'online', session.onlineAccessInfo && JSON.stringify(session.onlineAccessInfo)),
      };
      const shopDomain = shopOfSessionId(id);
      await db.forDomain(shopDomain, (tx) =>
        tx.session.upsert({ where: keyOf(id), create: { shopDomain: session.shop, id, ...row }, update: row }),
      );
      return true;
    },
    async loadSession(id) {
      const row = await db.forDomain(shopOfSessionId(id), (tx) => tx.session.findUnique({ where: keyOf(id) }));
      return row ? toSession(row) : undefined;
    },
    async deleteSession(id) {
      await remove(id);
      return true;
    },
    async deleteSessions(ids) {
      for (const id of ids) await remove(id);
      return true;
    },
    async findSessionsByShop(shop) {
      const rows = await db.forDomain(shop, (tx) => tx.session.findMany({ where: { shopDomain: shop }, orderBy: { id: 'asc' } }));
      return rows.map(toSession);
    },
  };
}

/** A session's sealed texts, and what each is bound to. */
const SEALED = { accessToken: 'access', refreshToken: 'refresh', onlineAccessInfo: 'online' } as const;
const SEALED_FIELDS = ['accessToken', 'refreshToken', 'onlineAccessInfo'] as const;

export type ResealedSessions = { sealed: number; keyMissing: Readonly<Record<string, number>>; damaged: number };

/**
 * Seals a shop's sessions under the first key of the ring, each locked meanwhile so that a token that is renewed in the
 * same moment is not overwritten. One that cannot be opened stands as it stood.
 */
export async function resealSessions(
  { db, env }: Pick<Platform, 'db' | 'env'>,
  shop: { id: number; domain: string },
): Promise<ResealedSessions> {
  const first = env.keys[0]?.id ?? '';
  return db.forShop(shop.id, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM sessions WHERE shop_domain = ${shop.domain} ORDER BY id FOR UPDATE`;
    const total = { sealed: 0, keyMissing: new Map<string, number>(), damaged: 0 };
    for (const row of await tx.session.findMany({ where: { shopDomain: shop.domain }, orderBy: { id: 'asc' } })) {
      const { shopDomain, id } = row;
      const old = SEALED_FIELDS.flatMap((field) => {
        const text = row[field];
        return text === null || sealedKeyId(text) === first ? [] : [{ field, text, bound: context(id, SEALED[field]) }];
      });
      if (old.length === 0) continue;
      try {
        const data = Object.fromEntries(old.map(({ field, text, bound }) => [field, seal(unseal(text, env.keys, bound), env.keys, bound)]));
        await tx.session.update({ where: { shopDomain_id: { shopDomain, id } }, data });
        total.sealed += 1;
      } catch (error) {
        if (error instanceof KeyMissingError) total.keyMissing.set(error.keyId, (total.keyMissing.get(error.keyId) ?? 0) + 1);
        else total.damaged += 1;
      }
    }
    return { ...total, keyMissing: Object.fromEntries(total.keyMissing) };
  });
}

/** How many of a shop's sessions hold a text under each key. */
export async function sessionKeys({ db }: Pick<Platform, 'db'>, shop: { id: number; domain: string }): Promise<Record<string, number>> {
  const rows = await db.forShop(shop.id, (tx) => tx.session.findMany({ where: { shopDomain: shop.domain } }));
  const counts: Record<string, number> = {};
  for (const row of rows) {
    const texts = SEALED_FIELDS.flatMap((field) => row[field] ?? []);
    for (const key of new Set(texts.map((text) => sealedKeyId(text) ?? '?'))) counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
