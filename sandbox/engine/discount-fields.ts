import { seconds } from './clock.ts';
import type { Caller, RootFields } from './execute.ts';
import { at, decimalOf, nodeOf, nodesOf, onlyKnown, textOf, userError } from './input.ts';
import { NotImplementedError, type Node } from './node.ts';
import type { CodeCreation, Discount } from './records.ts';
import type { Store } from './store.ts';

const MOST_CODES_A_CALL = 250;
const CREATION_DELAY_MS = 30;
const NOT_THERE = 'Code discount does not exist.';

function statusOf(discount: Discount, now: Date): string {
  if (!discount.active || (discount.endsAt && Date.parse(discount.endsAt) <= now.getTime())) return 'EXPIRED';
  return Date.parse(discount.startsAt) > now.getTime() ? 'SCHEDULED' : 'ACTIVE';
}

function valueNode(discount: Discount, currencyCode: string): Node {
  const { value } = discount;
  if (value.kind === 'percentage') return { __typename: 'DiscountPercentage', percentage: value.percentage };
  return { __typename: 'DiscountAmount', amount: { amount: value.amount, currencyCode }, appliesOnEachItem: false };
}

function itemsNode({ products }: Discount): Node {
  if (!products) return { __typename: 'AllDiscountItems', allItems: true };
  return { __typename: 'DiscountProducts', products: products.map((id) => ({ __typename: 'Product', id })) };
}

export function discountNode(discount: Discount, caller: Caller): Node {
  const { store } = caller;
  const codes = [...(store.codesOf.get(discount.id)?.values() ?? [])];
  return {
    __typename: 'DiscountCodeNode',
    id: discount.id,
    codeDiscount: {
      __typename: 'DiscountCodeBasic',
      // Which discount it is: its codes are looked up by it.
      discountId: discount.id,
      title: discount.title,
      status: statusOf(discount, caller.now()),
      startsAt: discount.startsAt,
      endsAt: discount.endsAt,
      usageLimit: discount.usageLimit,
      appliesOncePerCustomer: discount.oncePerCustomer,
      discountClasses: [discount.products ? 'PRODUCT' : 'ORDER'],
      combinesWith: { orderDiscounts: discount.combinesWithOrder, productDiscounts: false, shippingDiscounts: false },
      customerGets: { items: itemsNode(discount), value: valueNode(discount, store.currency) },
      minimumRequirement: discount.minimumSubtotal
        ? {
            __typename: 'DiscountMinimumSubtotal',
            greaterThanOrEqualToSubtotal: { amount: discount.minimumSubtotal, currencyCode: store.currency },
          }
        : null,
      createdAt: discount.createdAt,
      updatedAt: discount.updatedAt,
      codesCount: { count: codes.length, precision: 'EXACT' },
      asyncUsageCount: codes.reduce((sum, code) => sum + code.uses, 0),
    },
  };
}

const field = (...path: string[]): string[] => ['basicCodeDiscount', ...path];

/** Input that the sandbox would have to pass over is refused with its name. @throws NotImplementedError */
function checkKnown(input: Node): void {
  const name = 'DiscountCodeBasicInput';
  const known = ['title', 'code', 'startsAt', 'endsAt', 'usageLimit', 'appliesOncePerCustomer', 'combinesWith', 'context'];
  onlyKnown(input, [...known, 'customerGets', 'minimumRequirement', 'tags'], name);
  onlyKnown(nodeOf(input['context']), ['all'], `${name}.context`);
  onlyKnown(nodeOf(at(input, 'customerGets', 'items')), ['all', 'products'], `${name}.customerGets.items`);
  onlyKnown(nodeOf(at(input, 'customerGets', 'items', 'products')), ['productsToAdd'], `${name}.customerGets.items.products`);
  onlyKnown(nodeOf(at(input, 'customerGets', 'value')), ['percentage', 'discountAmount'], `${name}.customerGets.value`);
  if (at(input, 'customerGets', 'value', 'discountAmount', 'appliesOnEachItem') === true)
    throw new NotImplementedError(`${name}.customerGets.value.discountAmount.appliesOnEachItem`);
  onlyKnown(nodeOf(input['minimumRequirement']), ['subtotal'], `${name}.minimumRequirement`);
}

function valueProblems(input: Node): Node[] {
  const percentage = at(input, 'customerGets', 'value', 'percentage');
  if (typeof percentage === 'number' && (percentage <= 0 || percentage > 1))
    return [userError(field('customerGets', 'value', 'percentage'), 'Value must be between 0.0 and 1.0', 'VALUE_OUTSIDE_RANGE')];
  const amount = decimalOf(at(input, 'customerGets', 'value', 'discountAmount', 'amount'));
  if (amount !== '' && Number(amount) <= 0)
    return [userError(field('customerGets', 'value', 'discountAmount', 'amount'), 'Value must be greater than 0', 'GREATER_THAN')];
  return [];
}

function itemProblems(store: Store, input: Node): Node[] {
  const unknown = productsOf(input).filter((id) => !store.products.has(id));
  return unknown.map((id) =>
    userError(field('customerGets', 'items', 'products', 'productsToAdd'), `Product with id: ${id} is invalid`, 'INVALID'),
  );
}

function productsOf(input: Node): string[] {
  const ids = at(input, 'customerGets', 'items', 'products', 'productsToAdd');
  return Array.isArray(ids) ? ids.map(textOf) : [];
}

function dateProblems(input: Node, known: Discount | null): Node[] {
  const startsAt = textOf(input['startsAt']) || known?.startsAt || '';
  const endsAt = textOf(input['endsAt']);
  if (startsAt === '') return [userError(field('startsAt'), "Starts at can't be blank", 'BLANK')];
  if (endsAt !== '' && Date.parse(endsAt) <= Date.parse(startsAt))
    return [userError(field('endsAt'), 'Ends at needs to be after starts_at', 'INVALID')];
  return [];
}

function codeProblems(store: Store, input: Node, known: Discount | null): Node[] {
  const code = textOf(input['code']).trim();
  if (!known && code === '') return [userError(field('code'), "Code can't be blank", 'BLANK')];
  const holder = store.codes.get(code.toUpperCase());
  if (holder && holder.discountId !== known?.id)
    return [userError(field('code'), 'Code must be unique. Please try a different code.', 'TAKEN')];
  return [];
}

/** What is wrong with a basic discount, in Shopify's codes; the same for creating and changing. */
function problemsOf(store: Store, input: Node, known: Discount | null): Node[] {
  checkKnown(input);
  const title = known || textOf(input['title']) !== '' ? [] : [userError(field('title'), "Title can't be blank", 'BLANK')];
  return [
    ...title,
    ...valueProblems(input),
    ...itemProblems(store, input),
    ...dateProblems(input, known),
    ...codeProblems(store, input, known),
  ];
}

function valueOf(input: Node): Discount['value'] | null {
  const percentage = at(input, 'customerGets', 'value', 'percentage');
  if (typeof percentage === 'number') return { kind: 'percentage', percentage };
  const amount = decimalOf(at(input, 'customerGets', 'value', 'discountAmount', 'amount'));
  return amount === '' ? null : { kind: 'amount', amount };
}

function newDiscount(input: Node, caller: Caller): Discount {
  const now = seconds(caller.now());
  const value = valueOf(input);
  if (!value) throw new NotImplementedError('DiscountCodeBasicInput without customerGets.value');
  return {
    id: `gid://shopify/DiscountCodeNode/${caller.store.nextId()}`,
    title: textOf(input['title']),
    active: true,
    startsAt: textOf(input['startsAt']),
    endsAt: null,
    value,
    minimumSubtotal: null,
    usageLimit: null,
    oncePerCustomer: false,
    combinesWithOrder: false,
    createdAt: now,
    updatedAt: now,
  };
}

/** The discount with what the input names; what it does not name stays. */
function changed(discount: Discount, input: Node, now: Date): Discount {
  const after: Discount = { ...discount, updatedAt: seconds(now), value: valueOf(input) ?? discount.value };
  if (textOf(input['title']) !== '') after.title = textOf(input['title']);
  if (textOf(input['startsAt']) !== '') after.startsAt = textOf(input['startsAt']);
  if (at(input, 'customerGets', 'items', 'all') === true) after.products = null;
  if (productsOf(input).length > 0) after.products = [...new Set([...(after.products ?? []), ...productsOf(input)])];
  if ('endsAt' in input) after.endsAt = textOf(input['endsAt']) || null;
  if ('minimumRequirement' in input)
    after.minimumSubtotal = decimalOf(at(input, 'minimumRequirement', 'subtotal', 'greaterThanOrEqualToSubtotal')) || null;
  if ('usageLimit' in input) after.usageLimit = typeof input['usageLimit'] === 'number' ? input['usageLimit'] : null;
  if (typeof input['appliesOncePerCustomer'] === 'boolean') after.oncePerCustomer = input['appliesOncePerCustomer'];
  const combines = at(input, 'combinesWith', 'orderDiscounts');
  if (typeof combines === 'boolean') after.combinesWithOrder = combines;
  return after;
}

function addCode(store: Store, discountId: string, code: string): string | null {
  const trimmed = code.trim();
  if (trimmed === '' || trimmed.length > 255) return 'Code must be between 1 and 255 characters.';
  if (store.codes.has(trimmed.toUpperCase())) return 'Code must be unique. Please try a different code.';
  const id = `gid://shopify/DiscountRedeemCode/${store.nextId()}`;
  store.put({ t: 'code', v: { code: trimmed, discountId, id, uses: 0, customers: [] } });
  return null;
}

/** Adds the codes of a creation. Once done it is never done again. */
export function finishCreation(store: Store, creation: CodeCreation): void {
  if (creation.done) return;
  const isThere = store.discounts.has(creation.discountId);
  const codes = creation.codes.map(({ code }) => ({ code, error: isThere ? addCode(store, creation.discountId, code) : NOT_THERE }));
  store.put({ t: 'creation', v: { ...creation, codes, done: true } });
}

function creationNode(creation: CodeCreation | undefined, caller: Caller): Node | null {
  if (!creation) return null;
  const failed = creation.codes.filter((code) => code.error !== null).length;
  const discount = caller.store.discounts.get(creation.discountId);
  return {
    __typename: 'DiscountRedeemCodeBulkCreation',
    id: creation.id,
    done: creation.done,
    codesCount: creation.codes.length,
    failedCount: failed,
    importedCount: creation.done ? creation.codes.length - failed : 0,
    createdAt: creation.createdAt,
    discountCode: discount ? discountNode(discount, caller) : null,
    creationCodes: creation.codes.map(({ code, error }) => {
      const held = error === null && creation.done ? caller.store.codes.get(code.trim().toUpperCase()) : undefined;
      return {
        code,
        errors: error === null ? [] : [userError(['code'], error, 'TAKEN')],
        discountRedeemCode: held ? { id: held.id, code: held.code, asyncUsageCount: held.uses } : null,
      };
    }),
  };
}

function bulkAdd(args: Node, caller: Caller): Node {
  const { store } = caller;
  const discountId = textOf(args['discountId']);
  const codes = nodesOf(args['codes']).map((code) => textOf(code['code']));
  if (!store.discounts.has(discountId)) return { bulkCreation: null, userErrors: [userError(['discountId'], NOT_THERE, 'INVALID')] };
  if (codes.length === 0 || codes.length > MOST_CODES_A_CALL) {
    const message = `Between 1 and ${MOST_CODES_A_CALL} codes can be added at once.`;
    return { bulkCreation: null, userErrors: [userError(['codes'], message, 'TOO_MANY_ARGUMENTS')] };
  }
  const id = `gid://shopify/DiscountRedeemCodeBulkCreation/${store.nextId()}`;
  const creation = { id, discountId, createdAt: seconds(caller.now()), done: false, codes: codes.map((code) => ({ code, error: null })) };
  store.put({ t: 'creation', v: creation });
  // Shopify adds them by and by; so does the sandbox, a moment later.
  setTimeout(() => {
    if (!store.isClosed) finishCreation(store, creation);
  }, CREATION_DELAY_MS);
  return { bulkCreation: creationNode(creation, caller), userErrors: [] };
}

const missing = { codeDiscountNode: null, userErrors: [userError(['id'], NOT_THERE, 'INVALID')] };

function create(args: Node, caller: Caller): Node {
  const input = nodeOf(args['basicCodeDiscount']);
  const errors = problemsOf(caller.store, input, null);
  if (errors.length > 0) return { codeDiscountNode: null, userErrors: errors };
  const discount = changed(newDiscount(input, caller), input, caller.now());
  caller.store.put({ t: 'discount', v: discount });
  addCode(caller.store, discount.id, textOf(input['code']));
  return { codeDiscountNode: discountNode(discount, caller), userErrors: [] };
}

function update(args: Node, caller: Caller): Node {
  const known = caller.store.discounts.get(textOf(args['id']));
  if (!known) return missing;
  const input = nodeOf(args['basicCodeDiscount']);
  const errors = problemsOf(caller.store, input, known);
  if (errors.length > 0) return { codeDiscountNode: null, userErrors: errors };
  const code = textOf(input['code']).trim();
  const held = caller.store.codesOf.get(known.id);
  if (code !== '' && !held?.has(code.toUpperCase())) throw new NotImplementedError('discountCodeBasicUpdate with another code');
  const after = changed(known, input, caller.now());
  caller.store.put({ t: 'discount', v: after });
  return { codeDiscountNode: discountNode(after, caller), userErrors: [] };
}

const switchTo = (active: boolean) => (args: Node, caller: Caller) => {
  const discount = caller.store.discounts.get(textOf(args['id']));
  if (!discount) return missing;
  const after = { ...discount, active, updatedAt: seconds(caller.now()) };
  caller.store.put({ t: 'discount', v: after });
  return { codeDiscountNode: discountNode(after, caller), userErrors: [] };
};

/** Discounts by code: one kind, the basic one, over all goods and for everybody. */
export const discountFields: RootFields = {
  'QueryRoot.codeDiscountNode': (args, caller) => {
    const discount = caller.store.discounts.get(textOf(args['id']));
    return discount ? discountNode(discount, caller) : null;
  },
  'QueryRoot.codeDiscountNodeByCode': (args, caller) => {
    const discount = caller.store.discounts.get(caller.store.codes.get(textOf(args['code']).trim().toUpperCase())?.discountId ?? '');
    return discount ? discountNode(discount, caller) : null;
  },
  'QueryRoot.discountRedeemCodeBulkCreation': (args, caller) => creationNode(caller.store.creations.get(textOf(args['id'])), caller),
  'Mutation.discountCodeBasicCreate': create,
  'Mutation.discountCodeBasicUpdate': update,
  'Mutation.discountCodeDeactivate': switchTo(false),
  'Mutation.discountCodeActivate': switchTo(true),
  'Mutation.discountCodeDelete': (args, caller) => {
    const id = textOf(args['id']);
    if (!caller.store.discounts.has(id)) return { deletedCodeDiscountId: null, userErrors: missing.userErrors };
    caller.store.put({ t: 'discount-gone', v: id });
    return { deletedCodeDiscountId: id, userErrors: [] };
  },
  'Mutation.discountRedeemCodeBulkAdd': bulkAdd,
};
