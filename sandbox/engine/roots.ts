import { randomBytes } from 'node:crypto';
import { bulkProblem, runBulk, type BulkOperation } from './bulk.ts';
import { seconds } from './clock.ts';
import { connectionOf, type Caller, type RootField } from './execute.ts';
import { orderNode } from './fields.ts';
import { isNode, NotImplementedError, text, type Node } from './node.ts';
import { searchOf } from './search.ts';
import { metafieldKey, typeOf, type Code, type Discount, type Store } from './store.ts';

export type SandboxShared = {
  operations: Map<string, BulkOperation>;
  creations: Map<string, { discountId: string; codes: { code: string; error: string | null }[]; done: boolean }>;
  bulkFolder: string;
  url: () => string;
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const userError = (field: string[] | null, message: string, code: string): Node => ({ field, message, code, extraInfo: null });

function bulkNode(operation: BulkOperation, url: string): Node {
  return {
    __typename: 'BulkOperation',
    ...operation,
    type: 'QUERY',
    objectCount: String(operation.objectCount),
    rootObjectCount: String(operation.rootObjectCount),
    fileSize: operation.fileSize > 0 ? String(operation.fileSize) : null,
    url: operation.status === 'COMPLETED' && operation.file ? `${url}/bulk/${operation.token}.jsonl` : null,
    partialDataUrl: null,
  };
}

function statusOf(discount: Discount, now: Date): string {
  if (!discount.active || (discount.endsAt && Date.parse(discount.endsAt) <= now.getTime())) return 'EXPIRED';
  return Date.parse(discount.startsAt) > now.getTime() ? 'SCHEDULED' : 'ACTIVE';
}

const codesOf = (store: Store, discountId: string): Code[] => [...store.codes.values()].filter((code) => code.discountId === discountId);

function discountNode(discount: Discount, caller: Caller): Node {
  const codes = codesOf(caller.store, discount.id);
  return {
    __typename: 'DiscountCodeNode',
    id: discount.id,
    codeDiscount: {
      __typename: 'DiscountCodeBasic',
      title: discount.title,
      status: statusOf(discount, caller.now()),
      startsAt: discount.startsAt,
      endsAt: discount.endsAt,
      usageLimit: discount.usageLimit,
      appliesOncePerCustomer: discount.oncePerCustomer,
      createdAt: discount.createdAt,
      updatedAt: discount.updatedAt,
      codesCount: { count: codes.length, precision: 'EXACT' },
      asyncUsageCount: codes.reduce((sum, code) => sum + code.uses, 0),
      codes: connectionOf(
        codes.slice(0, 250).map((code) => ({ id: code.id, code: code.code, asyncUsageCount: code.uses })),
        { first: 250 },
      ),
    },
  };
}

type BasicInput = { [field: string]: unknown };
const at = (input: BasicInput, ...path: string[]): unknown =>
  path.reduce<unknown>((value, key) => (isNode(value) ? value[key] : undefined), input);

/** What is wrong with a basic discount, in Shopify's codes; the same for creating and changing. */
function basicProblems(store: Store, input: BasicInput, known: Discount | null): Node[] {
  const errors: Node[] = [];
  const percentage = at(input, 'customerGets', 'value', 'percentage');
  if (typeof percentage === 'number' && (percentage <= 0 || percentage > 1)) {
    errors.push(
      userError(['basicCodeDiscount', 'customerGets', 'value', 'percentage'], 'Value must be between 0.0 and 1.0', 'VALUE_OUTSIDE_RANGE'),
    );
  }
  const startsAt = textOf(input['startsAt']) || known?.startsAt || '';
  const endsAt = textOf(input['endsAt']);
  if (!known && startsAt === '') errors.push(userError(['basicCodeDiscount', 'startsAt'], "Starts at can't be blank", 'BLANK'));
  if (endsAt !== '' && Date.parse(endsAt) <= Date.parse(startsAt))
    errors.push(userError(['basicCodeDiscount', 'endsAt'], 'Ends at needs to be after starts_at', 'INVALID'));
  const code = textOf(input['code']);
  const holder = store.codes.get(code.toUpperCase());
  if (code !== '' && holder && holder.discountId !== known?.id)
    errors.push(userError(['basicCodeDiscount', 'code'], 'Code must be unique. Please try a different code.', 'TAKEN'));
  if (!known && code === '') errors.push(userError(['basicCodeDiscount', 'code'], "Code can't be blank", 'BLANK'));
  return errors;
}

function fromInput(input: BasicInput, known: Discount | null, caller: Caller): Discount {
  const now = seconds(caller.now());
  const percentage = at(input, 'customerGets', 'value', 'percentage');
  const fixed = at(input, 'customerGets', 'value', 'discountAmount', 'amount');
  const minimum = at(input, 'minimumRequirement', 'subtotal', 'greaterThanOrEqualToSubtotal');
  const combines = at(input, 'combinesWith', 'orderDiscounts');
  const value: Discount['value'] | undefined =
    typeof percentage === 'number'
      ? { kind: 'percentage', percentage }
      : fixed === undefined
        ? undefined
        : { kind: 'amount', amount: String(fixed) };
  if (!value && !known) throw new NotImplementedError('DiscountCodeBasicInput.customerGets with another value');
  const base: Discount = known ?? {
    id: `gid://shopify/DiscountCodeNode/${caller.store.nextId()}`,
    title: '',
    active: true,
    startsAt: now,
    endsAt: null,
    value: { kind: 'percentage', percentage: 0 },
    minimumSubtotal: null,
    usageLimit: null,
    oncePerCustomer: false,
    combinesWithOrder: false,
    createdAt: now,
    updatedAt: now,
  };
  return {
    ...base,
    title: textOf(input['title']) || base.title,
    startsAt: textOf(input['startsAt']) || base.startsAt,
    endsAt: 'endsAt' in input ? textOf(input['endsAt']) || null : base.endsAt,
    value: value ?? base.value,
    minimumSubtotal: minimum === undefined || minimum === null ? base.minimumSubtotal : String(minimum),
    usageLimit: typeof input['usageLimit'] === 'number' ? input['usageLimit'] : base.usageLimit,
    oncePerCustomer: typeof input['appliesOncePerCustomer'] === 'boolean' ? input['appliesOncePerCustomer'] : base.oncePerCustomer,
    combinesWithOrder: typeof combines === 'boolean' ? combines : base.combinesWithOrder,
    updatedAt: now,
  };
}

function addCode(caller: Caller, discountId: string, code: string): string | null {
  const trimmed = code.trim();
  if (trimmed === '' || trimmed.length > 255) return 'Code must be between 1 and 255 characters.';
  if (caller.store.codes.has(trimmed.toUpperCase())) return 'Code must be unique. Please try a different code.';
  caller.store.put({
    t: 'code',
    v: { code: trimmed, discountId, id: `gid://shopify/DiscountRedeemCode/${caller.store.nextId()}`, uses: 0, customers: [] },
  });
  return null;
}

function discountMutations(shared: SandboxShared): Record<string, RootField> {
  const switchTo =
    (active: boolean): RootField =>
    (args, caller) => {
      const discount = caller.store.discounts.get(textOf(args['id']));
      if (!discount) return { codeDiscountNode: null, userErrors: [userError(['id'], 'Code discount does not exist.', 'INVALID')] };
      const after = { ...discount, active, updatedAt: seconds(caller.now()) };
      caller.store.put({ t: 'discount', v: after });
      return { codeDiscountNode: discountNode(after, caller), userErrors: [] };
    };
  return {
    'Mutation.discountCodeBasicCreate': (args, caller) => {
      const input = isNode(args['basicCodeDiscount']) ? args['basicCodeDiscount'] : {};
      const errors = basicProblems(caller.store, input, null);
      if (errors.length > 0) return { codeDiscountNode: null, userErrors: errors };
      const discount = fromInput(input, null, caller);
      caller.store.put({ t: 'discount', v: discount });
      addCode(caller, discount.id, textOf(input['code']));
      return { codeDiscountNode: discountNode(discount, caller), userErrors: [] };
    },
    'Mutation.discountCodeBasicUpdate': (args, caller) => {
      const known = caller.store.discounts.get(textOf(args['id']));
      if (!known) return { codeDiscountNode: null, userErrors: [userError(['id'], 'Code discount does not exist.', 'INVALID')] };
      const input = isNode(args['basicCodeDiscount']) ? args['basicCodeDiscount'] : {};
      const errors = basicProblems(caller.store, input, known);
      if (errors.length > 0) return { codeDiscountNode: null, userErrors: errors };
      const after = fromInput(input, known, caller);
      caller.store.put({ t: 'discount', v: after });
      return { codeDiscountNode: discountNode(after, caller), userErrors: [] };
    },
    'Mutation.discountCodeDeactivate': switchTo(false),
    'Mutation.discountCodeActivate': switchTo(true),
    'Mutation.discountRedeemCodeBulkAdd': (args, caller) => {
      const discountId = textOf(args['discountId']);
      const codes = Array.isArray(args['codes']) ? args['codes'].filter(isNode).map((code) => textOf(code['code'])) : [];
      if (!caller.store.discounts.has(discountId))
        return { bulkCreation: null, userErrors: [userError(['discountId'], 'Code discount does not exist.', 'INVALID')] };
      if (codes.length === 0 || codes.length > 250)
        return {
          bulkCreation: null,
          userErrors: [userError(['codes'], 'Between 1 and 250 codes can be added at once.', 'TOO_MANY_ARGUMENTS')],
        };
      const id = `gid://shopify/DiscountRedeemCodeBulkCreation/${caller.store.nextId()}`;
      const creation = {
        discountId,
        codes: codes.map((code): { code: string; error: string | null } => ({ code, error: null })),
        done: false,
      };
      shared.creations.set(id, creation);
      // Shopify adds them by and by; so does the sandbox, a moment later.
      setTimeout(() => {
        for (const entry of creation.codes) entry.error = addCode(caller, discountId, entry.code);
        creation.done = true;
      }, 30).unref();
      return { bulkCreation: creationNode(id, shared, caller), userErrors: [] };
    },
  };
}

function creationNode(id: string, shared: SandboxShared, caller: Caller): Node | null {
  const creation = shared.creations.get(id);
  if (!creation) return null;
  const failed = creation.codes.filter((code) => code.error !== null).length;
  const discount = caller.store.discounts.get(creation.discountId);
  return {
    __typename: 'DiscountRedeemCodeBulkCreation',
    id,
    done: creation.done,
    codesCount: creation.codes.length,
    failedCount: failed,
    importedCount: creation.done ? creation.codes.length - failed : 0,
    createdAt: seconds(caller.now()),
    discountCode: discount ? discountNode(discount, caller) : null,
    codes: connectionOf(
      creation.codes.map(({ code, error }) => ({
        code,
        errors: error === null ? [] : [userError(['code'], error, 'TAKEN')],
        discountRedeemCode:
          error === null && creation.done ? { id: caller.store.codes.get(code.toUpperCase())?.id ?? '', code, asyncUsageCount: 0 } : null,
      })),
      { first: 250 },
    ),
  };
}

function ownerExists(store: Store, ownerId: string): boolean {
  switch (typeOf(ownerId)) {
    case 'Customer':
      return store.customers.has(ownerId);
    case 'Order':
      return store.order(ownerId) !== undefined;
    case 'Product':
      return store.products.has(ownerId);
    case 'ProductVariant':
      return store.variants.has(ownerId);
    case 'Shop':
      return text(store.shop, 'id') === ownerId;
    default:
      throw new NotImplementedError(`metafields of ${typeOf(ownerId)}`);
  }
}

function setMetafields(args: Record<string, unknown>, caller: Caller): Node {
  const inputs = Array.isArray(args['metafields']) ? args['metafields'].filter(isNode) : [];
  if (inputs.length > 25)
    return {
      metafields: null,
      userErrors: [userError(['metafields'], 'Exceeded the maximum metafields input limit of 25.', 'LESS_THAN_OR_EQUAL_TO')],
    };
  const missing = inputs.findIndex((input) => !ownerExists(caller.store, text(input, 'ownerId')));
  if (missing !== -1)
    return { metafields: null, userErrors: [userError(['metafields', String(missing), 'ownerId'], 'Owner does not exist.', 'INVALID')] };
  const now = seconds(caller.now());
  const metafields = inputs.map((input): Node => {
    const held = caller.store.metafields.get(metafieldKey(input));
    return {
      __typename: 'Metafield',
      id: held?.['id'] ?? `gid://shopify/Metafield/${caller.store.nextId()}`,
      namespace: input['namespace'],
      key: input['key'],
      type: input['type'] ?? 'single_line_text_field',
      value: input['value'],
      ownerId: input['ownerId'],
      createdAt: held?.['createdAt'] ?? now,
      updatedAt: now,
    };
  });
  for (const metafield of metafields) caller.store.put({ t: 'metafield', v: metafield });
  return { metafields, userErrors: [] };
}

function withMetafields(node: Node | undefined, store: Store): Node | null {
  if (!node) return null;
  const own = [...store.metafields.values()].filter((metafield) => metafield['ownerId'] === node['id']);
  return { ...node, metafields: connectionOf(own, { first: 250 }) };
}

/** Everything that can be asked for at the root, by "QueryRoot.field" and "Mutation.field". */
export function rootFields(shared: SandboxShared): Record<string, RootField> {
  const bulk = (id: string): Node | null => {
    const operation = shared.operations.get(id);
    return operation ? bulkNode(operation, shared.url()) : null;
  };
  const listOf =
    (pick: (store: Store) => Iterable<Node>): RootField =>
    (args, caller) => {
      const fits = searchOf(textOf(args['query']));
      const nodes = [...pick(caller.store)].filter((node) =>
        fits({ id: text(node, 'id'), updatedAt: text(node, 'updatedAt'), createdAt: text(node, 'createdAt'), email: text(node, 'email') }),
      );
      return connectionOf(nodes, args);
    };
  return {
    'QueryRoot.shop': (_args, caller) => caller.store.shop,
    'QueryRoot.currentAppInstallation': (_args, caller) => ({
      __typename: 'AppInstallation',
      id: 'gid://shopify/AppInstallation/1',
      accessScopes: caller.scopes.map((handle) => ({ handle, description: handle })),
    }),
    'QueryRoot.order': (args, caller) => {
      const group = caller.store.order(textOf(args['id']));
      return group ? orderNode(group) : null;
    },
    'QueryRoot.orders': (args, caller) => {
      const fits = searchOf(textOf(args['query']));
      const key = args['sortKey'] === 'UPDATED_AT' ? 'updatedAt' : 'processedAt';
      const entries = caller.store
        .orderEntries()
        .filter(fits)
        .toSorted((a, b) => Date.parse(a[key]) - Date.parse(b[key]));
      const page = connectionOf(
        entries.map((entry) => ({ id: entry.id })),
        args,
      );
      const full = (node: unknown): Node | null => {
        const group = isNode(node) ? caller.store.order(text(node, 'id')) : undefined;
        return group ? orderNode(group) : null;
      };
      return {
        ...page,
        nodes: Array.isArray(page['nodes']) ? page['nodes'].map(full) : [],
        edges: Array.isArray(page['edges']) ? page['edges'].filter(isNode).map((edge) => ({ ...edge, node: full(edge['node']) })) : [],
      };
    },
    'QueryRoot.customer': (args, caller) => withMetafields(caller.store.customers.get(textOf(args['id'])), caller.store),
    'QueryRoot.customers': listOf((store) => store.customers.values()),
    'QueryRoot.product': (args, caller) => withMetafields(caller.store.products.get(textOf(args['id'])), caller.store),
    'QueryRoot.products': listOf((store) => store.products.values()),
    'QueryRoot.productVariants': listOf((store) => store.variants.values()),
    'QueryRoot.locations': listOf((store) => store.locations.values()),
    'QueryRoot.bulkOperation': (args) => bulk(textOf(args['id'])),
    'QueryRoot.codeDiscountNode': (args, caller) => {
      const discount = caller.store.discounts.get(textOf(args['id']));
      return discount ? discountNode(discount, caller) : null;
    },
    'QueryRoot.codeDiscountNodeByCode': (args, caller) => {
      const discount = caller.store.discounts.get(caller.store.codes.get(textOf(args['code']).toUpperCase())?.discountId ?? '');
      return discount ? discountNode(discount, caller) : null;
    },
    'QueryRoot.discountRedeemCodeBulkCreation': (args, caller) => creationNode(textOf(args['id']), shared, caller),
    'Mutation.metafieldsSet': setMetafields,
    'Mutation.bulkOperationRunQuery': (args, caller) => {
      const query = textOf(args['query']);
      const problem = bulkProblem(query);
      if (problem) return { bulkOperation: null, userErrors: [userError(['query'], problem, 'INVALID')] };
      const running = [...shared.operations.values()].filter(
        (operation) => operation.shop === caller.store.domain && ['CREATED', 'RUNNING'].includes(operation.status),
      );
      if (running.length >= 5)
        return {
          bulkOperation: null,
          userErrors: [userError(null, 'A bulk query operation for this app and shop is already in progress.', 'OPERATION_IN_PROGRESS')],
        };
      const operation: BulkOperation = {
        id: `gid://shopify/BulkOperation/${caller.store.nextId()}`,
        shop: caller.store.domain,
        query,
        status: 'CREATED',
        errorCode: null,
        objectCount: 0,
        rootObjectCount: 0,
        fileSize: 0,
        file: null,
        token: randomBytes(24).toString('base64url'),
        createdAt: seconds(caller.now()),
        completedAt: null,
      };
      shared.operations.set(operation.id, operation);
      setImmediate(() => void runBulk(operation, caller, shared.bulkFolder));
      return { bulkOperation: bulk(operation.id), userErrors: [] };
    },
    'Mutation.bulkOperationCancel': (args) => {
      const operation = shared.operations.get(textOf(args['id']));
      if (!operation) return { bulkOperation: null, userErrors: [userError(['id'], 'Bulk operation does not exist', 'INVALID')] };
      if (operation.status === 'CREATED' || operation.status === 'RUNNING') operation.status = 'CANCELED';
      return { bulkOperation: bulk(operation.id), userErrors: [] };
    },
    ...discountMutations(shared),
  };
}
