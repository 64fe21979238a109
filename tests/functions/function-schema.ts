import fs from 'node:fs';
import zlib from 'node:zlib';
import {
  buildClientSchema,
  coerceInputValue,
  executeSync,
  getNamedType,
  isLeafType,
  isInputType,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type IntrospectionQuery,
} from 'graphql';
import { z } from 'zod';

const read = z.object({
  data: z.custom<IntrospectionQuery>((value) => typeof value === 'object' && value !== null && '__schema' in value),
});
const file = 'sandbox/schema/functions_discount_2026-07.json.gz';
/** Shopify's own schema of discount Functions, version 2026-07. */
export const functionSchema = buildClientSchema(read.parse(JSON.parse(zlib.gunzipSync(fs.readFileSync(file)).toString())).data);

export const queryAt = (path: string): DocumentNode => parse(fs.readFileSync(path, 'utf8'));

const DEARER: ReadonlySet<string> = new Set(['hasAnyTag', 'hasTags', 'inAnyCollection', 'inCollections']);

/**
 * What an input query costs by Shopify's table: 3 for a metafield (its own fields cost nothing), for tags and for
 * collections, 0 for __typename, 1 for any other leaf. At most 30.
 */
export function costOf(document: DocumentNode): number {
  let cost = 0;
  const info = new TypeInfo(functionSchema);
  visit(
    document,
    visitWithTypeInfo(info, {
      Field(node) {
        const type = getNamedType(info.getType());
        if (type?.name === 'Metafield' || DEARER.has(node.name.value)) {
          cost += 3;
          return false;
        }
        if (isLeafType(type) && node.name.value !== '__typename') cost += 1;
        return undefined;
      },
    }),
  );
  return cost;
}

/** What the query reads of an input that has just its fields: the same, where the input fits types and names. @throws where it does not. */
export function inputAsRead(document: DocumentNode, input: unknown, variables: Record<string, unknown>): unknown {
  const result = executeSync({
    schema: functionSchema,
    document,
    rootValue: input,
    variableValues: variables,
    fieldResolver: (source: Record<string, unknown>, _args, _context, { path }) => source[path.key],
    typeResolver: (value: Record<string, unknown>) => String(value['__typename']),
  });
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('; '));
  return JSON.parse(JSON.stringify(result.data));
}

/** What of a Function's output does not fit the type that Shopify takes. */
export function outputProblems(output: unknown, type: string): string[] {
  const known = functionSchema.getType(type);
  if (!known || !isInputType(known)) throw new Error(`${type} is no input type`);
  const problems: string[] = [];
  coerceInputValue(output, known, (path, _value, error) => problems.push(`${path.join('.')}: ${error.message}`));
  return problems;
}
