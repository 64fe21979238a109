import { seconds } from './clock.ts';
import type { Caller, RootFields } from './execute.ts';
import { nodeOf, nodesOf, onlyKnown, textOf, textsOf, userError } from './input.ts';
import { NotImplementedError, text, type Node } from './node.ts';
import { nodeById } from './root-lists.ts';
import { metafieldKey, typeOf, type Store } from './store.ts';

const MOST_METAFIELDS_A_CALL = 25;
const OWNERS = new Set(['Customer', 'DiscountAutomaticNode', 'Order', 'Product', 'ProductVariant', 'Shop']);

function ownerExists(caller: Caller, ownerId: string): boolean {
  if (!OWNERS.has(typeOf(ownerId))) throw new NotImplementedError(`metafields of ${typeOf(ownerId) || ownerId}`);
  return nodeById(caller, ownerId) !== null;
}

/** Why a metafield's value is not of its type; null when it is. Types that the sandbox does not check pass as they are. */
function valueProblem(type: string, value: string): string | null {
  if (value === '') return "Value can't be blank.";
  if (type === 'number_integer' && !/^-?\d+$/.test(value)) return 'Value must be an integer.';
  if (type === 'number_decimal' && !/^-?\d+(\.\d+)?$/.test(value)) return 'Value must be a decimal.';
  if (type === 'boolean' && !/^(true|false)$/.test(value)) return 'Value must be true or false.';
  if (type !== 'json' && !type.startsWith('list.')) return null;
  try {
    JSON.parse(value);
    return null;
  } catch {
    return 'Value is invalid JSON.';
  }
}

function problemOf(caller: Caller, input: Node): { field: string; message: string; code: string } | null {
  const held = caller.store.metafields.get(metafieldKey(input));
  const type = textOf(input['type']) || text(held, 'type');
  if (!ownerExists(caller, text(input, 'ownerId'))) return { field: 'ownerId', message: 'Owner does not exist.', code: 'INVALID' };
  if (type === '') return { field: 'type', message: "Type can't be blank", code: 'BLANK' };
  if (held && text(held, 'type') !== type) return { field: 'type', message: `Type must be ${text(held, 'type')}`, code: 'INVALID_TYPE' };
  const message = valueProblem(type, text(input, 'value'));
  return message ? { field: 'value', message, code: 'INVALID_VALUE' } : null;
}

/** All or nothing, as Shopify does. */
function setMetafields(args: Node, caller: Caller): Node {
  const { store } = caller;
  const inputs = nodesOf(args['metafields']);
  const refuse = (userErrors: Node[]): Node => ({ metafields: null, userErrors });
  if (inputs.length > MOST_METAFIELDS_A_CALL) {
    const message = `Exceeded the maximum metafields input limit of ${MOST_METAFIELDS_A_CALL}.`;
    return refuse([{ ...userError(['metafields'], message, 'LESS_THAN_OR_EQUAL_TO'), elementIndex: null }]);
  }
  const errors = inputs.flatMap((input, index) => {
    onlyKnown(input, ['ownerId', 'namespace', 'key', 'type', 'value'], 'MetafieldsSetInput');
    const problem = problemOf(caller, input);
    return problem
      ? [{ ...userError(['metafields', String(index), problem.field], problem.message, problem.code), elementIndex: index }]
      : [];
  });
  if (errors.length > 0) return refuse(errors);
  const now = seconds(caller.now());
  const metafields = inputs.map((input): Node => {
    const held = store.metafields.get(metafieldKey(input));
    return {
      __typename: 'Metafield',
      id: held?.['id'] ?? `gid://shopify/Metafield/${store.nextId()}`,
      namespace: input['namespace'],
      key: input['key'],
      type: input['type'] ?? held?.['type'],
      value: input['value'],
      ownerId: input['ownerId'],
      ownerType: typeOf(text(input, 'ownerId')).toUpperCase(),
      createdAt: held?.['createdAt'] ?? now,
      updatedAt: now,
    };
  });
  for (const metafield of metafields) store.put({ t: 'metafield', v: metafield });
  return { metafields, userErrors: [] };
}

function deleteMetafields(args: Node, caller: Caller): Node {
  const deleted = nodesOf(args['metafields']).map((input): Node | null => {
    const held = caller.store.metafields.get(metafieldKey(input));
    if (held) caller.store.put({ t: 'metafield-gone', v: held });
    return held ? { ownerId: input['ownerId'], namespace: input['namespace'], key: input['key'] } : null;
  });
  return { deletedMetafields: deleted, userErrors: [] };
}

const DEFINITION_FIELDS = ['name', 'namespace', 'key', 'description', 'ownerType', 'type', 'access', 'pin'];

function createDefinition(args: Node, { store }: Caller): Node {
  const input = nodeOf(args['definition']);
  onlyKnown(input, DEFINITION_FIELDS, 'MetafieldDefinitionInput');
  const same = [...store.definitions.values()].some((held) => ['namespace', 'key', 'ownerType'].every((key) => held[key] === input[key]));
  if (same) {
    const message = 'Key is in use for this owner type and namespace.';
    return { createdDefinition: null, userErrors: [userError(['definition', 'key'], message, 'TAKEN')] };
  }
  const definition: Node = {
    __typename: 'MetafieldDefinition',
    id: `gid://shopify/MetafieldDefinition/${store.nextId()}`,
    name: input['name'],
    namespace: input['namespace'],
    key: input['key'],
    description: input['description'] ?? null,
    ownerType: input['ownerType'],
    type: { name: input['type'], category: 'CUSTOM' },
  };
  store.put({ t: 'definition', v: definition });
  return { createdDefinition: definition, userErrors: [] };
}

const TAGGED: Readonly<Record<string, 'customer' | 'order' | 'product'>> = { Customer: 'customer', Order: 'order', Product: 'product' };

function retag(caller: Caller, id: string, change: (tags: string[]) => string[]): Node {
  const kind = TAGGED[typeOf(id)];
  if (!kind) throw new NotImplementedError(`tags of ${typeOf(id) || id}`);
  const node = nodeById(caller, id);
  if (!node) return { node: null, userErrors: [{ field: ['id'], message: `${typeOf(id)} does not exist` }] };
  const before = textsOf(node['tags']);
  const after = change(before);
  if (after.join('\n') !== before.join('\n')) caller.actions.setTags(kind, id, after);
  return { node: nodeById(caller, id), userErrors: [] };
}

const asTags = (value: unknown): string[] =>
  textsOf(value)
    .flatMap((tag) => tag.split(','))
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
const lower = (tags: readonly string[]): Set<string> => new Set(tags.map((tag) => tag.toLowerCase()));

/** Metafields, their definitions, and tags. */
export const metafieldFields: RootFields = {
  'Mutation.metafieldsSet': setMetafields,
  'Mutation.metafieldsDelete': deleteMetafields,
  'Mutation.metafieldDefinitionCreate': createDefinition,
  'Mutation.tagsAdd': (args, caller) =>
    retag(caller, textOf(args['id']), (tags) => {
      const has = lower(tags);
      return [...tags, ...asTags(args['tags']).filter((tag) => !has.has(tag.toLowerCase()))].toSorted();
    }),
  'Mutation.tagsRemove': (args, caller) =>
    retag(caller, textOf(args['id']), (tags) => {
      const gone = lower(asTags(args['tags']));
      return tags.filter((tag) => !gone.has(tag.toLowerCase()));
    }),
};

/** For lists of definitions. */
export const definitionsOf = (store: Store, ownerType: unknown): Node[] =>
  [...store.definitions.values()].filter((held) => held['ownerType'] === ownerType);
