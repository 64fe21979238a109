import path from 'node:path';
import type { Express, Request } from 'express';
import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { costOf, MOST_POINTS } from './cost.ts';
import { parseOperation, runOperation, type Caller, type RootFields } from './execute.ts';
import type { Node } from './node.ts';
import { accessToken } from './oauth.ts';
import { rootFields, type SandboxShared } from './roots.ts';
import type { App, Shop } from './shop.ts';

export const API_VERSION = '2026-07';

type Tools = { shops: ReadonlyMap<string, Shop>; app: App; scopes: readonly string[]; now: () => Date; shared: SandboxShared };

/** What Shopify answers: tokens, GraphQL, exports. */
export function mountShopify(server: Express, tools: Tools): void {
  const { shops, app, scopes, now, shared } = tools;
  const roots = rootFields(shared);
  const byHeader = (request: Request): Shop | undefined => shops.get(request.get('x-sandbox-shop') ?? '');
  server.post('/admin/oauth/access_token', (request, response) => {
    const shop = byHeader(request);
    if (!shop) return void response.status(404).json({ errors: 'Not Found' });
    const { status, body } = accessToken(app, shop.store, { body: request.body, scopes, now: now() });
    response.status(status).json(body);
  });
  server.post('/admin/api/:version/graphql.json', (request, response, next) => {
    const shop = byHeader(request);
    if (!shop || request.params.version !== API_VERSION) return void response.status(404).json({ errors: 'Not Found' });
    const token = shop.store.tokens.get(request.get('x-shopify-access-token') ?? '');
    if (!token || token.expiresAt < now().getTime())
      return void response.status(401).json({ errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' });
    const caller: Caller = { store: shop.store, actions: shop.actions, scopes: token.scopes, now };
    answerGraphql(shop, caller, { roots, body: request.body }).then((body) => response.json(body), next);
  });
  server.get('/bulk/:file', (request, response) => {
    const token = /^([\w-]+)\.jsonl$/.exec(request.params.file)?.[1];
    const operations = [...shops.values()].flatMap(({ store }) => [...store.operations.values()]);
    const file = operations.find((operation) => operation.token === token)?.file;
    if (!file) return void response.status(404).type('text').send('Not Found');
    response.type('application/jsonl').sendFile(path.resolve(file), { acceptRanges: true, dotfiles: 'allow' });
  });
}

const graphqlBody = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).nullish() });

async function answerGraphql(shop: Shop, caller: Caller, request: { roots: RootFields; body: unknown }): Promise<Node> {
  const parsed = graphqlBody.safeParse(request.body);
  if (!parsed.success) return { errors: [{ message: 'Required parameter missing or invalid: query' }] };
  const variables = parsed.data.variables ?? {};
  try {
    const document = parseOperation(parsed.data.query);
    const cost = costOf(document, variables);
    const at = caller.now().getTime();
    const extensions = (actual: number | null) => ({
      cost: { requestedQueryCost: cost, actualQueryCost: actual, throttleStatus: shop.bucket.status(at) },
    });
    if (cost > MOST_POINTS) {
      const message = `Query cost is ${cost}, which exceeds the single query max cost limit (${MOST_POINTS}).`;
      return { errors: [{ message, extensions: { code: 'MAX_COST_EXCEEDED', cost, maxCost: MOST_POINTS } }] };
    }
    if (!shop.bucket.take(cost, at))
      return { errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }], extensions: extensions(null) };
    const result = await runOperation(caller, request.roots, { document, variables });
    return { ...result, extensions: extensions(cost) };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [{ message: error.message, locations: error.locations }] };
    throw error;
  }
}
