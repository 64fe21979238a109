import { jwtVerify } from 'jose';
import { z } from 'zod';
import { gidNumber, parseId } from '../../core/gid.ts';
import { SHOP_DOMAIN, type Secrets } from './secrets.server.ts';

/** Seconds that Shopify's clock and ours may differ. */
const TOLERANCE_SECONDS = 10;

/** Three parts of base64url without padding, so that a token has one spelling. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const claims = z.object({
  aud: z.string(),
  /** "https://tiny-store.myshopify.com" in the admin; extensions leave the scheme out. */
  dest: z.string().transform((text) => text.replace(/^https:\/\//, '')),
  iss: z.string().optional(),
  sub: z.string().optional(),
  exp: z.number(),
  nbf: z.number(),
  iat: z.number().optional(),
});

/** A session token that Shopify signed for this app: which shop, and who by `sub`. `secret` is the place of the secret that signed it. */
export type SessionToken = {
  readonly shop: string;
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly secret: number;
};

/**
 * Reads a session token: HS256 alone, signed by one of the secrets, for this app, begun and not over (10 s of
 * tolerance), of a *.myshopify.com shop.
 * @returns null whatever is wrong with it: the bearer learns no more.
 */
export async function readSessionToken(
  token: string,
  known: { secrets: Secrets; apiKey: string; now: Date },
): Promise<SessionToken | null> {
  if (!COMPACT.test(token)) return null;
  for (const [secret, text] of known.secrets.entries()) {
    const payload = await verified(token, { ...known, key: Buffer.from(text) });
    if (!payload) continue;
    const parsed = claims.safeParse(payload);
    // `aud` may be a list in a JWT; Shopify's is one text, so that a list is somebody else's.
    if (!parsed.success || parsed.data.aud !== known.apiKey || !SHOP_DOMAIN.test(parsed.data.dest)) return null;
    if ((parsed.data.iat ?? 0) > known.now.getTime() / 1_000 + TOLERANCE_SECONDS) return null;
    return { shop: parsed.data.dest, issuer: parsed.data.iss ?? null, subject: parsed.data.sub ?? null, secret };
  }
  return null;
}

async function verified(token: string, known: { key: Buffer; apiKey: string; now: Date }): Promise<unknown> {
  try {
    const { payload } = await jwtVerify(token, known.key, {
      algorithms: ['HS256'],
      audience: known.apiKey,
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: known.now,
      requiredClaims: ['aud', 'dest', 'exp', 'nbf'],
    });
    return payload;
  } catch {
    return null;
  }
}

/** The token of "Authorization: Bearer …"; null where the header is of another shape. */
export function bearerToken(header: string): string | null {
  return /^Bearer (\S+)$/.exec(header)?.[1] ?? null;
}

/**
 * Whether a token is of a member of the shop's staff. Shopify signs the tokens of customers' extensions with the same
 * secret for the same app, so that nothing but issuer and subject keeps a customer out of the admin.
 */
export function isStaff(token: SessionToken): boolean {
  return token.issuer === `https://${token.shop}/admin` && /^\d{1,20}$/.test(token.subject ?? '');
}

export type Customer = { readonly kind: 'customer'; readonly id: bigint } | { readonly kind: 'guest' } | { readonly kind: 'somebody-else' };

/** Whose token of a customer account it is; `guest` where nobody is logged in or the app may not know who. */
export function customerOf(token: SessionToken): Customer {
  if (token.issuer?.endsWith('/admin') === true) return { kind: 'somebody-else' };
  if (token.subject === null) return { kind: 'guest' };
  try {
    const id = parseId(String(gidNumber(token.subject, 'Customer')));
    return id === null ? { kind: 'somebody-else' } : { kind: 'customer', id };
  } catch {
    return { kind: 'somebody-else' };
  }
}
