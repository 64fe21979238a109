import { z } from 'zod';
import { gidNumber, parseId } from '../../core/gid.ts';
import { isDeeperThan } from '../../core/json-depth.ts';
import { parseLossless } from '../../core/lossless-json.ts';
import { isSigned, SHOP_DOMAIN, type Secrets } from './secrets.server.ts';

/** A customer as Flow names one: a gid, or its number. */
const customerId = z.union([z.string(), z.number().int().positive(), z.bigint()]).transform((value, context) => {
  const text = String(value);
  try {
    const id = parseId(text.startsWith('gid:') ? String(gidNumber(text, 'Customer')) : text);
    if (id !== null) return id;
  } catch {
    // Said below.
  }
  context.addIssue({ code: 'custom', message: 'names no customer' });
  return z.NEVER;
});

const action = z.object({
  shopify_domain: z.string().regex(SHOP_DOMAIN),
  handle: z.string().regex(/^[a-z0-9-]{1,64}$/),
  action_run_id: z.string().regex(/^[A-Za-z0-9_-]{1,200}$/),
  properties: z.object({ customer_id: customerId }),
});

/** One run of an action of this app in a merchant's workflow. */
export type FlowAction = { readonly shop: string; readonly handle: string; readonly runId: string; readonly customerId: bigint };

export type FlowRequest =
  | { readonly kind: 'action'; readonly action: FlowAction }
  | { readonly kind: 'refused'; readonly reason: 'bad-signature' | 'not-json' | 'bad-body' };

/** Reads a run of a Flow action: signed as webhooks are (base64 HMAC over the raw body), UTF-8, JSON, of its shape. */
export function readFlowAction(request: { body: Buffer; signature: string }, secrets: Secrets): FlowRequest {
  if (!isSigned(secrets, { bytes: request.body, signature: request.signature, encoding: 'base64' }))
    return { kind: 'refused', reason: 'bad-signature' };
  const json = jsonOf(request.body);
  if (json === undefined) return { kind: 'refused', reason: 'not-json' };
  const parsed = action.safeParse(json);
  if (!parsed.success) return { kind: 'refused', reason: 'bad-body' };
  const { shopify_domain: shop, handle, action_run_id: runId, properties } = parsed.data;
  return { kind: 'action', action: { shop, handle, runId, customerId: properties.customer_id } };
}

/** Nobody who is meant to come nests deeper. */
const MOST_DEPTH = 64;

/** The JSON of bytes that are strict UTF-8 without a byte order mark, not too deep; undefined where they are not. */
export function jsonOf(bytes: Buffer): unknown {
  if (isDeeperThan(bytes, MOST_DEPTH)) return undefined;
  try {
    return parseLossless(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
