import crypto from 'node:crypto';
import type { Env } from '../../platform/env.server.ts';
import { sameText } from '../../platform/crypto.server.ts';

/** The app's secrets, the one in use first; during a rotation the old one is accepted too. */
export type Secrets = readonly string[];

export function appSecrets(env: Pick<Env, 'SHOPIFY_API_SECRET' | 'SHOPIFY_API_SECRET_OLD'>): Secrets {
  return [env.SHOPIFY_API_SECRET, env.SHOPIFY_API_SECRET_OLD].filter((secret) => secret !== undefined);
}

/** Whether one of the secrets signed the bytes (HMAC-SHA256). In constant time, and each is tried, so that time tells nothing. */
export function isSigned(secrets: Secrets, signed: { bytes: Buffer | string; signature: string; encoding: 'hex' | 'base64' }): boolean {
  return secrets
    .map((secret) => sameText(crypto.createHmac('sha256', secret).update(signed.bytes).digest(signed.encoding), signed.signature))
    .some(Boolean);
}

/** "tiny-store.myshopify.com", as Shopify writes it: small letters, no scheme, no port, no dot at its end. */
export const SHOP_DOMAIN = /^[a-z0-9][a-z0-9-]{0,99}\.myshopify\.com$/;
