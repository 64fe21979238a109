import { seconds } from './clock.ts';
import type { Caller, RootFields } from './execute.ts';
import { classOf } from './discount-rules.ts';
import { idsAt, KINDS, kindOf, type DiscountKind } from './discount-kinds.ts';
import { at, decimalOf, nodeOf, nodesOf, textOf, userError } from './input.ts';
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

export function discountNode(discount: Discount, caller: Caller): Node {
  const { store } = caller;
  const codes = [...(store.codesOf.get(discount.id)?.values() ?? [])];
  return {
    __typename: 'DiscountCodeNode',
    id: discount.id,
    codeDiscount: {
      __typename: KINDS[kindOf(discount)].node,
      // Which discount it is: its codes are looked up by it.
      discountId: discount.id,
      title: discount.title,
      status: statusOf(discount, caller.now()),
      startsAt: discount.startsAt,
      endsAt: discount.endsAt,
      usageLimit: discount.usageLimit,
      appliesOncePerCustomer: discount.oncePerCustomer,
      discountClasses: [classOf(discount).toUpperCase()],
      combinesWith: {
        orderDiscounts: discount.combinesWithOrder,
        productDiscounts: discount.combinesWithProduct ?? false,
        shippingDiscounts: discount.combinesWithShipping ?? false,
      },
      ...KINDS[kindOf(discount)].fields(discount, store.currency),
      minimumRequirement: minimumNode(discount, store.currency),
      createdAt: discount.createdAt,
      updatedAt: discount.updatedAt,
      codesCount: { count: codes.length, precision: 'EXACT' },
      asyncUsageCount: codes.reduce((sum, code) => sum + code.uses, 0),
    },
  };
}

function minimumNode({ minimumSubtotal, minimumPieces }: Discount, currencyCode: string): Node | null {
  if (minimumSubtotal)
    return { __typename: 'DiscountMinimumSubtotal', greaterThanOrEqualToSubtotal: { amount: minimumSubtotal, currencyCode } };
  return minimumPieces ? { __typename: 'DiscountMinimumQuantity', greaterThanOrEqualToQuantity: String(minimumPieces) } : null;
}

type Asked = { kind: DiscountKind; input: Node };

function dateProblems({ kind, input }: Asked, known: Discount | null): Node[] {
  const startsAt = textOf(input['startsAt']) || known?.startsAt || '';
  const endsAt = textOf(input['endsAt']);
  if (startsAt === '') return [userError([kind.argument, 'startsAt'], "Starts at can't be blank", 'BLANK')];
  if (endsAt !== '' && Date.parse(endsAt) <= Date.parse(startsAt))
    return [userError([kind.argument, 'endsAt'], 'Ends at needs to be after starts_at', 'INVALID')];
  return [];
}

function codeProblems(store: Store, { kind, input }: Asked, known: Discount | null): Node[] {
  const code = textOf(input['code']).trim();
  if (!known && code === '') return [userError([kind.argument, 'code'], "Code can't be blank", 'BLANK')];
  const holder = store.codes.get(code.toUpperCase());
  if (holder && holder.discountId !== known?.id)
    return [userError([kind.argument, 'code'], 'Code must be unique. Please try a different code.', 'TAKEN')];
  return [];
}

/** What is wrong with a discount, in Shopify's codes; the same for creating and changing. */
function problemsOf(store: Store, asked: Asked, known: Discount | null): Node[] {
  const { kind, input } = asked;
  kind.check(input);
  const isNamed = known !== null || textOf(input['title']) !== '';
  const title = isNamed ? [] : [userError([kind.argument, 'title'], "Title can't be blank", 'BLANK')];
  const unknown = kind.productIds(input).filter((id) => !store.products.has(id));
  const strangers = idsAt(input, 'context', 'customers', 'add').filter((id) => !store.customers.has(id));
  const gone = kind.collections(input).filter((id) => !store.collections.has(id));
  return [
    ...title,
    ...kind.problems(input),
    ...unknown.map((id) => userError([kind.argument, ...kind.productPath], `Product with id: ${id} is invalid`, 'INVALID')),
    ...strangers.map((id) => userError([kind.argument, 'context', 'customers', 'add'], `Customer with id: ${id} is invalid`, 'INVALID')),
    ...gone.map((id) =>
      userError([kind.argument, 'customerGets', 'items', 'collections'], `Collection with id: ${id} is invalid`, 'INVALID'),
    ),
    ...dateProblems(asked, known),
    ...codeProblems(store, asked, known),
  ];
}

function newDiscount({ kind, input }: Asked, caller: Caller): Discount {
  const now = seconds(caller.now());
  const value = kind.value(input);
  if (!value) throw new NotImplementedError(`${kind.name} without a value`);
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
function changed(discount: Discount, { kind, input }: Asked, now: Date): Discount {
  const after: Discount = { ...discount, updatedAt: seconds(now), value: kind.value(input) ?? discount.value };
  if (textOf(input['title']) !== '') after.title = textOf(input['title']);
  if (textOf(input['startsAt']) !== '') after.startsAt = textOf(input['startsAt']);
  if (kind.isOfAll(input)) Object.assign(after, { products: null, collections: null });
  const meant = kind.meant(input);
  if (meant.length > 0) after.products = [...new Set([...(after.products ?? []), ...meant])];
  const customers = idsAt(input, 'context', 'customers', 'add');
  if (customers.length > 0) after.customers = [...new Set([...(after.customers ?? []), ...customers])];
  if (at(input, 'context', 'all') === 'ALL') after.customers = null;
  const grouped = kind.collections(input);
  if (grouped.length > 0) after.collections = [...new Set([...(after.collections ?? []), ...grouped])];
  if ('endsAt' in input) after.endsAt = textOf(input['endsAt']) || null;
  if ('minimumRequirement' in input) {
    after.minimumSubtotal = decimalOf(at(input, 'minimumRequirement', 'subtotal', 'greaterThanOrEqualToSubtotal')) || null;
    after.minimumPieces = Number(at(input, 'minimumRequirement', 'quantity', 'greaterThanOrEqualToQuantity') ?? 0) || null;
  }
  if ('usageLimit' in input) after.usageLimit = typeof input['usageLimit'] === 'number' ? input['usageLimit'] : null;
  if (typeof input['appliesOncePerCustomer'] === 'boolean') after.oncePerCustomer = input['appliesOncePerCustomer'];
  return { ...after, ...combinationsOf(input) };
}

function combinationsOf(input: Node): Partial<Discount> {
  const said = (name: string, field: keyof Discount): Partial<Discount> => {
    const value = at(input, 'combinesWith', name);
    return typeof value === 'boolean' ? { [field]: value } : {};
  };
  return {
    ...said('orderDiscounts', 'combinesWithOrder'),
    ...said('productDiscounts', 'combinesWithProduct'),
    ...said('shippingDiscounts', 'combinesWithShipping'),
  };
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

/** Deletes codes by and by. Which ones is said by their ids here; searches and saved searches are not implemented. */
function bulkDelete(args: Node, caller: Caller): Node {
  const { store } = caller;
  const held = store.codesOf.get(textOf(args['discountId']));
  if (typeof args['search'] === 'string' || typeof args['savedSearchId'] === 'string')
    throw new NotImplementedError('discountCodeRedeemCodeBulkDelete by a search');
  const ids = new Set(Array.isArray(args['ids']) ? args['ids'].map(textOf) : []);
  if (!held) return { job: null, userErrors: [userError(['discountId'], NOT_THERE, 'INVALID')] };
  if (ids.size === 0) return { job: null, userErrors: [userError(['ids'], "At least one of 'ids' is needed.", 'MISSING_ARGUMENT')] };
  const gone = [...held].flatMap(([code, { id }]) => (ids.has(id) ? code : []));
  setTimeout(() => {
    if (!store.isClosed) for (const code of gone) store.put({ t: 'code-gone', v: code });
  }, CREATION_DELAY_MS);
  return { job: { __typename: 'Job', id: `gid://shopify/Job/${store.nextId()}`, done: false }, userErrors: [] };
}

const missing = { codeDiscountNode: null, userErrors: [userError(['id'], NOT_THERE, 'INVALID')] };

const create = (kind: DiscountKind) => (args: Node, caller: Caller) => {
  const asked = { kind, input: nodeOf(args[kind.argument]) };
  const errors = problemsOf(caller.store, asked, null);
  if (errors.length > 0) return { codeDiscountNode: null, userErrors: errors };
  const discount = changed(newDiscount(asked, caller), asked, caller.now());
  caller.store.put({ t: 'discount', v: discount });
  addCode(caller.store, discount.id, textOf(asked.input['code']));
  return { codeDiscountNode: discountNode(discount, caller), userErrors: [] };
};

const update = (kind: DiscountKind) => (args: Node, caller: Caller) => {
  const known = caller.store.discounts.get(textOf(args['id']));
  // A discount of one kind is none of another.
  if (!known || KINDS[kindOf(known)] !== kind) return missing;
  const asked = { kind, input: nodeOf(args[kind.argument]) };
  const errors = problemsOf(caller.store, asked, known);
  if (errors.length > 0) return { codeDiscountNode: null, userErrors: errors };
  const code = textOf(asked.input['code']).trim();
  const held = caller.store.codesOf.get(known.id);
  if (code !== '' && !held?.has(code.toUpperCase())) throw new NotImplementedError(`${kind.name} with another code`);
  const after = changed(known, asked, caller.now());
  caller.store.put({ t: 'discount', v: after });
  return { codeDiscountNode: discountNode(after, caller), userErrors: [] };
};

const switchTo = (active: boolean) => (args: Node, caller: Caller) => {
  const discount = caller.store.discounts.get(textOf(args['id']));
  if (!discount) return missing;
  const after = { ...discount, active, updatedAt: seconds(caller.now()) };
  caller.store.put({ t: 'discount', v: after });
  return { codeDiscountNode: discountNode(after, caller), userErrors: [] };
};

/** Discounts by code, for everybody: off goods, free shipping, pieces that come with others. */
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
  'Mutation.discountCodeBasicCreate': create(KINDS.basic),
  'Mutation.discountCodeBasicUpdate': update(KINDS.basic),
  'Mutation.discountCodeFreeShippingCreate': create(KINDS.shipping),
  'Mutation.discountCodeFreeShippingUpdate': update(KINDS.shipping),
  'Mutation.discountCodeBxgyCreate': create(KINDS.gets),
  'Mutation.discountCodeBxgyUpdate': update(KINDS.gets),
  'Mutation.discountCodeDeactivate': switchTo(false),
  'Mutation.discountCodeActivate': switchTo(true),
  'Mutation.discountCodeDelete': (args, caller) => {
    const id = textOf(args['id']);
    if (!caller.store.discounts.has(id)) return { deletedCodeDiscountId: null, userErrors: missing.userErrors };
    caller.store.put({ t: 'discount-gone', v: id });
    return { deletedCodeDiscountId: id, userErrors: [] };
  },
  'Mutation.discountRedeemCodeBulkAdd': bulkAdd,
  'Mutation.discountCodeRedeemCodeBulkDelete': bulkDelete,
};
