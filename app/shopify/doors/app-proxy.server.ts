import { parseId } from '../../core/gid.ts';
import { isSigned, SHOP_DOMAIN, type Secrets } from './secrets.server.ts';

/** Seconds that a signed request may be away from now, either way. */
const TOLERANCE_SECONDS = 90;

/**
 * What Shopify adds to a request that it forwards from a storefront. The signature is over "k=v" pairs joined with
 * nothing, so that a boundary between two pairs could be moved ("a=1b=2"); values that are held to their own narrow
 * shape, and no other names, leave one way to read what was signed.
 */
const PARAMETERS: Readonly<Record<string, RegExp>> = {
  shop: SHOP_DOMAIN,
  timestamp: /^\d{1,12}$/,
  path_prefix: /^\/[a-z]{1,12}\/[A-Za-z0-9_-]{1,64}$/,
  logged_in_customer_id: /^\d{0,19}$/,
  // Of the storefront's own: in which language it shows.
  lang: /^(en|zh-CN)$/,
};
const isKnown = (name: string): boolean => Object.hasOwn(PARAMETERS, name);

/** Whether all is known, of its shape and there once, and what has to be there is. */
function fits(pairs: readonly [string, string][]): boolean {
  const names = new Set(pairs.map(([name]) => name));
  const all = pairs.every(([name, value]) => isKnown(name) && PARAMETERS[name]?.test(value) === true);
  return all && names.size === pairs.length && names.has('shop') && names.has('timestamp');
}

export type ProxyVisit =
  | {
      readonly kind: 'visit';
      readonly shop: string;
      /** Null for a guest. */ readonly customerId: bigint | null;
      /** Null where it was not asked for. */ readonly lang: string | null;
    }
  | { readonly kind: 'refused'; readonly reason: 'bad-query' | 'bad-signature' | 'stale' };

/**
 * Reads a request of Shopify's app proxy by its query, as it stands in the address (with or without "?").
 * `bad-query`: a parameter that is unknown, twice there or not of its shape; `stale`: signed, but not within 90 s of now.
 */
export function readProxyVisit(query: string, known: { secrets: Secrets; now: Date }): ProxyVisit {
  const pairs = [...new URLSearchParams(query)];
  const signatures = pairs.filter(([name]) => name === 'signature');
  const rest = pairs.filter(([name]) => name !== 'signature');
  if (signatures.length !== 1) return { kind: 'refused', reason: signatures.length === 0 ? 'bad-signature' : 'bad-query' };
  if (!fits(rest)) return { kind: 'refused', reason: 'bad-query' };

  const bytes = rest
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join('');
  if (!isSigned(known.secrets, { bytes, signature: signatures[0]?.[1] ?? '', encoding: 'hex' }))
    return { kind: 'refused', reason: 'bad-signature' };

  const values = new Map(rest);
  const away = Math.abs(known.now.getTime() / 1_000 - Number(values.get('timestamp')));
  if (away > TOLERANCE_SECONDS) return { kind: 'refused', reason: 'stale' };
  return {
    kind: 'visit',
    shop: values.get('shop') ?? '',
    customerId: parseId(values.get('logged_in_customer_id')),
    lang: values.get('lang') ?? null,
  };
}
