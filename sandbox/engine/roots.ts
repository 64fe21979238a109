import { randomBytes } from 'node:crypto';
import { runBulk } from './bulk.ts';
import { bulkProblem } from './bulk-query.ts';
import { seconds } from './clock.ts';
import { connectionOf } from './connection.ts';
import { consentFields } from './consent-fields.ts';
import { creditFields } from './credit-fields.ts';
import { discountFields } from './discount-fields.ts';
import type { Caller, RootField, RootFields } from './execute.ts';
import { itemNode } from './fields.ts';
import { flowFields } from './flow-fields.ts';
import { nodeOf, onlyKnown, textOf, textsOf, userError } from './input.ts';
import { inventoryFields } from './inventory-fields.ts';
import { automaticFields } from './automatic-fields.ts';
import { definitionsOf, metafieldFields } from './metafield-fields.ts';
import { NotImplementedError, text, type Node } from './node.ts';
import type { BulkOperation, Subscription } from './records.ts';
import { listOf, nodeById, orderSummaries, wholeOrder } from './root-lists.ts';
import { searchOf } from './search.ts';
import type { Store } from './store.ts';

export type SandboxShared = {
  /** Where the files of exports stand. */
  bulkFolder: string;
  /** Where the sandbox answers. */
  url: () => string;
};

const MOST_BULK_OPERATIONS = 5;

/** Fields of a node to sort by, for each sort key that the sandbox knows. */
const SORTS: Readonly<Record<string, string>> = {
  ID: 'id',
  NAME: 'displayName',
  TITLE: 'title',
  VENDOR: 'vendor',
  PRODUCT_TYPE: 'productType',
  SKU: 'sku',
  CREATED_AT: 'createdAt',
  UPDATED_AT: 'updatedAt',
  PROCESSED_AT: 'processedAt',
};

/** Sorts by a sort key; times are ISO UTC and ids are gids of one length or longer when later. */
function sorted<T extends Node>(nodes: T[], key: unknown, fallback: string): T[] {
  const name = textOf(key) || fallback;
  const field = SORTS[name];
  if (!field) throw new NotImplementedError(`sortKey ${name}`);
  const value = (node: Node): string => text(node, field) || (field === 'displayName' ? text(node, 'name') : '');
  if (field === 'id') return nodes.toSorted((a, b) => text(a, 'id').length - text(b, 'id').length || compare(text(a, 'id'), text(b, 'id')));
  return nodes.toSorted((a, b) => compare(value(a), value(b)) || compare(text(a, 'id'), text(b, 'id')));
}
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const PLAIN = ['first', 'last', 'after', 'before', 'reverse', 'query', 'sortKey'];

const list =
  (name: string, also: readonly string[] = []): RootField =>
  (args, caller) => {
    onlyKnown(args, [...PLAIN, ...also], `QueryRoot.${name}`);
    const fits = searchOf(args['query']);
    return connectionOf(sorted([...listOf(caller.store, name)].filter(fits), args['sortKey'], 'ID'), args);
  };

const orders: RootField = (args, caller) => {
  onlyKnown(args, PLAIN, 'QueryRoot.orders');
  const found = sorted(orderSummaries(caller).filter(searchOf(args['query'])), args['sortKey'], 'PROCESSED_AT');
  return connectionOf(found, args, (entry) => wholeOrder(caller, text(entry, 'id')));
};

/** What was deleted, of the kinds of which Shopify keeps events. */
const deletionEvents: RootField = (args, caller) => {
  onlyKnown(args, [...PLAIN, 'subjectTypes'], 'QueryRoot.deletionEvents');
  const types = textsOf(args['subjectTypes']);
  const nodes = caller.store.deletions
    .filter(({ subjectType }) => types.length === 0 || types.includes(subjectType))
    .map((deletion): Node => ({
      __typename: 'DeletionEvent',
      id: deletion.number,
      createdAt: deletion.occurredAt,
      occurredAt: deletion.occurredAt,
      subjectId: deletion.subjectId,
      subjectType: deletion.subjectType,
    }));
  return connectionOf(sorted(nodes.filter(searchOf(args['query'])), args['sortKey'], 'ID'), args);
};

/** How many objects a search finds; exact, or as many as the limit at least. */
const countOf =
  (name: string, all: (caller: Caller) => Iterable<Node>): RootField =>
  (args, caller) => {
    onlyKnown(args, ['limit', 'query'], `QueryRoot.${name}`);
    const found = [...all(caller)].filter(searchOf(args['query'])).length;
    // Without a limit of the caller's, Shopify counts to ten thousand.
    const limit = args['limit'] === null ? Infinity : typeof args['limit'] === 'number' ? args['limit'] : 10_000;
    return { __typename: 'Count', count: Math.min(found, limit), precision: found > limit ? 'AT_LEAST' : 'EXACT' };
  };

function bulkFields(shared: SandboxShared): RootFields {
  const nodeOfOperation = (operation: BulkOperation | undefined): Node | null =>
    operation
      ? {
          __typename: 'BulkOperation',
          ...operation,
          type: 'QUERY',
          objectCount: String(operation.objectCount),
          rootObjectCount: String(operation.rootObjectCount),
          fileSize: operation.fileSize > 0 ? String(operation.fileSize) : null,
          url: operation.status === 'COMPLETED' && operation.file ? `${shared.url()}/bulk/${operation.token}.jsonl` : null,
          partialDataUrl: null,
        }
      : null;
  const all = (store: Store): BulkOperation[] => [...store.operations.values()];
  return {
    'QueryRoot.bulkOperation': (args, caller) => nodeOfOperation(caller.store.operations.get(textOf(args['id']))),
    'QueryRoot.currentBulkOperation': (_args, caller) => nodeOfOperation(all(caller.store).at(-1)),
    'QueryRoot.bulkOperations': (args, caller) => {
      onlyKnown(args, PLAIN, 'QueryRoot.bulkOperations');
      const nodes = all(caller.store)
        .map(nodeOfOperation)
        .filter((node) => node !== null);
      return connectionOf(sorted(nodes.filter(searchOf(args['query'])), args['sortKey'], 'CREATED_AT'), args);
    },
    'Mutation.bulkOperationRunQuery': (args, caller) => {
      const query = textOf(args['query']);
      const refuse = (message: string, code: string): Node => ({ bulkOperation: null, userErrors: [userError(['query'], message, code)] });
      const problem = bulkProblem(query);
      if (problem) return refuse(problem, 'INVALID');
      const running = all(caller.store).filter((operation) => ['CREATED', 'RUNNING'].includes(operation.status));
      if (running.length >= MOST_BULK_OPERATIONS)
        return refuse('A bulk query operation for this app and shop is already in progress.', 'OPERATION_IN_PROGRESS');
      const operation: BulkOperation = {
        id: `gid://shopify/BulkOperation/${caller.store.nextId()}`,
        query,
        status: 'CREATED',
        errorCode: null,
        missingField: null,
        objectCount: 0,
        rootObjectCount: 0,
        fileSize: 0,
        file: null,
        token: randomBytes(24).toString('base64url'),
        scopes: caller.scopes,
        createdAt: seconds(caller.now()),
        completedAt: null,
      };
      // Written down as begun; what it becomes is written down when it ends.
      caller.store.put({ t: 'operation', v: operation });
      setImmediate(() => void startBulk(operation, caller, shared.bulkFolder));
      return { bulkOperation: nodeOfOperation(operation), userErrors: [] };
    },
    'Mutation.bulkOperationCancel': (args, caller) => {
      const operation = caller.store.operations.get(textOf(args['id']));
      if (!operation) return { bulkOperation: null, userErrors: [userError(['id'], 'Bulk operation does not exist', 'INVALID')] };
      if (operation.status === 'CREATED' || operation.status === 'RUNNING') operation.status = 'CANCELED';
      return { bulkOperation: nodeOfOperation(operation), userErrors: [] };
    },
  };
}

/** Runs an export that was begun, now or before a restart, and writes down how it ended. */
export async function startBulk(operation: BulkOperation, caller: Pick<Caller, 'store' | 'now'>, folder: string): Promise<void> {
  if (operation.status === 'CANCELED') return;
  await runBulk(operation, { store: caller.store, scopes: operation.scopes, now: caller.now }, folder);
  if (!caller.store.isClosed) caller.store.put({ t: 'operation', v: operation });
}

const subscriptionNode = (held: Subscription): Node => ({
  __typename: 'WebhookSubscription',
  ...held,
  callbackUrl: held.uri,
  endpoint: { __typename: 'WebhookHttpEndpoint', callbackUrl: held.uri },
  format: 'JSON',
});

const subscriptionFields: RootFields = {
  'QueryRoot.webhookSubscriptions': (args, { store }) => {
    onlyKnown(args, [...PLAIN, 'topics'], 'QueryRoot.webhookSubscriptions');
    const topics = textsOf(args['topics']);
    const held = [...store.subscriptions.values()].filter((one) => topics.length === 0 || topics.includes(one.topic));
    return connectionOf(held.map(subscriptionNode), args);
  },
  'Mutation.webhookSubscriptionCreate': (args, { store, now }) => {
    const input = nodeOf(args['webhookSubscription']);
    onlyKnown(input, ['uri', 'callbackUrl', 'format'], 'WebhookSubscriptionInput');
    const [topic, uri] = [textOf(args['topic']), textOf(input['uri']) || textOf(input['callbackUrl'])];
    const refuse = (message: string): Node => ({
      webhookSubscription: null,
      userErrors: [{ field: ['webhookSubscription', 'uri'], message }],
    });
    if (!URL.canParse(uri)) return refuse('Address is invalid');
    if ([...store.subscriptions.values()].some((held) => held.topic === topic && held.uri === uri))
      return refuse('Address for this topic has already been taken');
    const at = seconds(now());
    const held = { id: `gid://shopify/WebhookSubscription/${store.nextId()}`, topic, uri, createdAt: at, updatedAt: at };
    store.put({ t: 'subscription', v: held });
    return { webhookSubscription: subscriptionNode(held), userErrors: [] };
  },
};

/** Everything that can be asked for at the root, by "QueryRoot.field" and "Mutation.field". */
export function rootFields(shared: SandboxShared): RootFields {
  const byId: RootField = (args, caller) => nodeById(caller, textOf(args['id']));
  const only =
    (type: string): RootField =>
    (args, caller) =>
      textOf(args['id']).startsWith(`gid://shopify/${type}/`) ? nodeById(caller, textOf(args['id'])) : null;
  return {
    'QueryRoot.shop': (_args, caller) => caller.store.shop,
    'QueryRoot.currentAppInstallation': (_args, caller) => ({
      __typename: 'AppInstallation',
      id: 'gid://shopify/AppInstallation/1',
      accessScopes: caller.scopes.map((handle) => ({ handle, description: handle })),
    }),
    'QueryRoot.node': byId,
    'QueryRoot.nodes': (args, caller) => textsOf(args['ids']).map((id) => nodeById(caller, id)),
    'QueryRoot.order': only('Order'),
    'QueryRoot.customer': only('Customer'),
    'QueryRoot.product': only('Product'),
    'QueryRoot.productVariant': only('ProductVariant'),
    'QueryRoot.location': only('Location'),
    'QueryRoot.collection': only('Collection'),
    'QueryRoot.collections': list('collections'),
    'QueryRoot.orders': orders,
    'QueryRoot.ordersCount': countOf('ordersCount', orderSummaries),
    'QueryRoot.customersCount': countOf('customersCount', ({ store }) => listOf(store, 'customers')),
    'QueryRoot.deletionEvents': deletionEvents,
    'QueryRoot.customers': list('customers'),
    'QueryRoot.products': list('products'),
    'QueryRoot.productVariants': list('productVariants'),
    'QueryRoot.locations': list('locations', ['includeInactive', 'includeLegacy']),
    'QueryRoot.segments': list('segments'),
    'QueryRoot.inventoryItem': (args, caller) => itemNode(textOf(args['id']), caller.store),
    'QueryRoot.inventoryItems': list('inventoryItems'),
    'QueryRoot.inventoryLevel': only('InventoryLevel'),
    'QueryRoot.metafieldDefinitions': (args, caller) => {
      onlyKnown(args, [...PLAIN, 'ownerType', 'namespace', 'key'], 'QueryRoot.metafieldDefinitions');
      const fits = (held: Node): boolean => ['namespace', 'key'].every((name) => textOf(args[name]) === '' || held[name] === args[name]);
      return connectionOf(definitionsOf(caller.store, args['ownerType']).filter(fits), args);
    },
    ...automaticFields,
    ...bulkFields(shared),
    ...consentFields,
    ...creditFields,
    ...discountFields,
    ...flowFields,
    ...metafieldFields,
    ...inventoryFields,
    ...subscriptionFields,
  };
}
