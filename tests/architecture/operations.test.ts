import fs from 'node:fs';
import zlib from 'node:zlib';
import { buildClientSchema, getNamedType, parse, TypeInfo, validate, visit, visitWithTypeInfo, type IntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { SCOPES } from '../../app/shopify/scopes.ts';

type ScopeItem = { type: 'type' | 'field'; typeName: string; fieldName?: string; offlineScopes: string[] };
const raw = JSON.parse(zlib.gunzipSync(fs.readFileSync('sandbox/schema/admin_2026-07.json.gz')).toString()) as {
  data: IntrospectionQuery;
  offline_scopes: { items: ScopeItem[] };
};
const schema = buildClientSchema(raw.data);
const scopesOf = new Map(
  raw.offline_scopes.items.map((item) => [item.type === 'type' ? item.typeName : `${item.typeName}.${item.fieldName}`, item.offlineScopes]),
);

/** Every GraphQL text of the project, by file and name. */
const operations = fs
  .globSync('app/**/*.shopify.server.ts')
  .flatMap((file) => [...fs.readFileSync(file, 'utf8').matchAll(/`#graphql([\s\S]*?)`/g)].map((match) => ({ file, text: match[1] ?? '' })));

/** Scopes that no field of the schema asks for by itself. */
const JUSTIFIED: Record<string, string> = {
  read_all_orders: 'orders older than 60 days; Shopify grants it on request',
  write_customers: 'metafieldsSet asks for what changing the owner asks for, and the owners are customers',
};

/** Any one of the scopes in a list opens the field or type. */
function requirements(): Map<string, string[]> {
  const needed = new Map<string, string[]>();
  const need = (key: string): void => {
    const scopes = scopesOf.get(key);
    if (scopes && scopes.length > 0) needed.set(key, scopes);
  };
  for (const { text } of operations) {
    const info = new TypeInfo(schema);
    visit(
      parse(text),
      visitWithTypeInfo(info, {
        Field(node) {
          need(`${info.getParentType()?.name}.${node.name.value}`);
          need(String(getNamedType(info.getType())));
        },
      }),
    );
  }
  return needed;
}

describe('the project’s operations', () => {
  it('are found', () => expect(operations.length).toBeGreaterThan(8));

  it.each(operations.map(({ file, text }): [string, string, string] => [/(?:query|mutation) (\w+)/.exec(text)?.[1] ?? '?', file, text]))(
    '%s (%s) fits Shopify’s schema',
    (...[, , text]) => {
      expect(validate(schema, parse(text)).map((error) => error.message)).toEqual([]);
    },
  );

  it('are opened by the scopes that the app asks for', () => {
    const closed = [...requirements()].filter(([, scopes]) => !scopes.some((scope) => SCOPES.some((asked) => asked === scope)));
    expect(closed).toEqual([]);
  });

  it('need each of those scopes', () => {
    const idle = SCOPES.filter((scope) => {
      const rest = SCOPES.filter((other) => other !== scope);
      const closes = [...requirements().values()].some(
        (scopes) => scopes.includes(scope) && !scopes.some((other) => rest.some((asked) => asked === other)),
      );
      return !closes && !(scope in JUSTIFIED);
    });
    expect(idle).toEqual([]);
  });

  it('and shopify.app.toml asks for exactly those', () => {
    const declared = /^scopes = "([^"]*)"/m.exec(fs.readFileSync('shopify.app.toml', 'utf8'))?.[1]?.split(',') ?? [];
    expect(declared.toSorted()).toEqual([...SCOPES].toSorted());
  });
});
