import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { buildClientSchema, type GraphQLSchema, type IntrospectionQuery } from 'graphql';
import { z } from 'zod';
import { isNode } from './node.ts';

const file = z.object({
  data: z.custom<IntrospectionQuery>((value) => isNode(value) && '__schema' in value),
  offline_scopes: z.object({
    items: z.array(
      z.object({
        type: z.enum(['type', 'field']),
        typeName: z.string(),
        fieldName: z.string().optional(),
        offlineScopes: z.array(z.string()),
      }),
    ),
  }),
});
const parsed = file.parse(
  JSON.parse(zlib.gunzipSync(fs.readFileSync(path.join(import.meta.dirname, '../schema/admin_2026-07.json.gz'))).toString()),
);

/** Shopify's own Admin schema, version 2026-07. */
export const schema: GraphQLSchema = buildClientSchema(parsed.data);

const scopes = new Map<string, readonly string[]>();
for (const item of parsed.offline_scopes.items) {
  if (item.offlineScopes.length > 0)
    scopes.set(item.type === 'type' ? item.typeName : `${item.typeName}.${item.fieldName}`, item.offlineScopes);
}

/** A field that the token's scopes do not open. */
export class AccessDeniedError extends Error {
  override readonly name = 'AccessDeniedError';
  readonly required: readonly string[];
  constructor(field: string, required: readonly string[]) {
    super(`Access denied for ${field} field. Required access: ${required.map((scope) => `\`${scope}\``).join(' or ')} access scope.`);
    this.required = required;
  }
}

/** @throws AccessDeniedError when none of the scopes that open the field, or the type of its value, was granted. */
export function checkAccess(granted: readonly string[], field: { parent: string; name: string; type: string }): void {
  for (const key of [`${field.parent}.${field.name}`, field.type]) {
    const required = scopes.get(key);
    // Who may write may read.
    if (required && !required.some((scope) => granted.includes(scope) || granted.includes(scope.replace(/^read_/, 'write_')))) {
      throw new AccessDeniedError(field.name, required);
    }
  }
}
