import { seconds } from './clock.ts';
import { connectionOf } from './connection.ts';
import type { Caller, RootFields } from './execute.ts';
import { at, nodeOf, nodesOf, onlyKnown, textOf, textsOf, userError } from './input.ts';
import { NotImplementedError, type Node } from './node.ts';
import type { AutomaticDiscount } from './records.ts';
import type { Store } from './store.ts';

/** Functions of the app that the sandbox can run. */
const FUNCTIONS: ReadonlySet<string> = new Set(['tier-discount']);
const CLASSES = ['ORDER', 'PRODUCT', 'SHIPPING'] as const;
const MOST_ACTIVE = 25;
const INPUT = ['title', 'functionHandle', 'discountClasses', 'startsAt', 'endsAt', 'combinesWith', 'metafields'];
/** Subscriptions are not in the sandbox; the schema fills these in. */
const OF_SUBSCRIPTIONS = ['appliesOnOneTimePurchase', 'appliesOnSubscription', 'recurringCycleLimit'];
const ARGUMENT = 'automaticAppDiscount';

export const automaticNode = ({ id, title, classes, startsAt, endsAt }: AutomaticDiscount): Node => ({
  __typename: 'DiscountAutomaticNode',
  id,
  automaticDiscount: { __typename: 'DiscountAutomaticApp', discountId: id, title, discountClasses: classes, startsAt, endsAt },
});

const isNot = (message: string, field: string, code: string) => ({
  automaticAppDiscount: null,
  userErrors: [userError([ARGUMENT, field], message, code)],
});

function changed(discount: AutomaticDiscount, input: Node, now: Date): AutomaticDiscount {
  const allowed = (name: string, held: boolean): boolean => {
    const value = at(input, 'combinesWith', name);
    return typeof value === 'boolean' ? value : held;
  };
  const classes = textsOf(input['discountClasses']);
  return {
    ...discount,
    title: textOf(input['title']) || discount.title,
    startsAt: textOf(input['startsAt']) || discount.startsAt,
    endsAt: 'endsAt' in input ? textOf(input['endsAt']) || null : discount.endsAt,
    classes: classes.length > 0 ? CLASSES.filter((name) => classes.includes(name)) : discount.classes,
    combinesWith: {
      order: allowed('orderDiscounts', discount.combinesWith.order),
      product: allowed('productDiscounts', discount.combinesWith.product),
      shipping: allowed('shippingDiscounts', discount.combinesWith.shipping),
    },
    updatedAt: seconds(now),
  };
}

function putMetafields(store: Store, discount: AutomaticDiscount, input: Node): void {
  for (const { namespace, key, type, value } of nodesOf(input['metafields'])) {
    const id = `gid://shopify/Metafield/${store.nextId()}`;
    const times = { createdAt: discount.updatedAt, updatedAt: discount.updatedAt };
    const of = { ownerId: discount.id, ownerType: 'DISCOUNT' };
    store.put({ t: 'metafield', v: { __typename: 'Metafield', id, namespace, key, type, value, ...of, ...times } });
  }
}

function create(args: Node, { store, now }: Caller): Node {
  const input = nodeOf(args[ARGUMENT]);
  onlyKnown(input, [...INPUT, ...OF_SUBSCRIPTIONS], 'DiscountAutomaticAppInput');
  const handle = textOf(input['functionHandle']);
  if (!FUNCTIONS.has(handle))
    return isNot(`Function ${handle} not found. Ensure that it is released in the current app.`, 'functionHandle', 'INVALID');
  if (textOf(input['title']) === '') return isNot("Title can't be blank", 'title', 'BLANK');
  if (textOf(input['startsAt']) === '') return isNot("Starts at can't be blank", 'startsAt', 'BLANK');
  if (store.automatic.size >= MOST_ACTIVE)
    return isNot(`Shop has ${MOST_ACTIVE} automatic discounts already.`, 'title', 'MAX_APP_DISCOUNTS');
  const empty: AutomaticDiscount = {
    id: `gid://shopify/DiscountAutomaticNode/${store.nextId()}`,
    title: '',
    functionHandle: handle,
    classes: [],
    startsAt: '',
    endsAt: null,
    combinesWith: { order: false, product: false, shipping: false },
    updatedAt: '',
  };
  const discount = changed(empty, input, now());
  store.put({ t: 'automatic', v: discount });
  putMetafields(store, discount, input);
  return { automaticAppDiscount: automaticNode(discount)['automaticDiscount'], userErrors: [] };
}

function update(args: Node, { store, now }: Caller): Node {
  const held = store.automatic.get(textOf(args['id']));
  if (!held) return { automaticAppDiscount: null, userErrors: [userError(['id'], 'Discount does not exist', 'INVALID')] };
  const input = nodeOf(args[ARGUMENT]);
  onlyKnown(input, [...INPUT, ...OF_SUBSCRIPTIONS], 'DiscountAutomaticAppInput');
  if ('functionHandle' in input) throw new NotImplementedError('discountAutomaticAppUpdate with functionHandle');
  if (nodesOf(input['metafields']).length > 0) throw new NotImplementedError('discountAutomaticAppUpdate with metafields');
  const discount = changed(held, input, now());
  store.put({ t: 'automatic', v: discount });
  return { automaticAppDiscount: automaticNode(discount)['automaticDiscount'], userErrors: [] };
}

/** Automatic discounts that a Function of the app decides. */
export const automaticFields: RootFields = {
  'QueryRoot.automaticDiscountNodes': (args, { store }) => {
    onlyKnown(args, ['first', 'last', 'after', 'before', 'reverse', 'sortKey'], 'QueryRoot.automaticDiscountNodes');
    // By id, which is the default.
    if (args['sortKey'] !== 'ID') throw new NotImplementedError('QueryRoot.automaticDiscountNodes.sortKey');
    return connectionOf([...store.automatic.values()].map(automaticNode), args);
  },
  'Mutation.discountAutomaticAppCreate': create,
  'Mutation.discountAutomaticAppUpdate': update,
  'Mutation.discountAutomaticDelete': (args, { store }) => {
    const id = textOf(args['id']);
    if (!store.automatic.has(id))
      return { deletedAutomaticDiscountId: null, userErrors: [userError(['id'], 'Discount does not exist', 'INVALID')] };
    for (const metafield of store.metafieldsOf.get(id)?.values() ?? []) store.put({ t: 'metafield-gone', v: metafield });
    store.put({ t: 'automatic-gone', v: id });
    return { deletedAutomaticDiscountId: id, userErrors: [] };
  },
};
