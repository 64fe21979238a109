import { seconds } from './clock.ts';
import type { Caller, RootFields } from './execute.ts';
import { itemNode } from './fields.ts';
import { nodeOf, nodesOf, onlyKnown, textOf, userError } from './input.ts';
import { NotImplementedError, numberAt, text, type Node } from './node.ts';

const HIGHEST = 1_000_000_000;

type Move = { itemId: string; locationId: string; from: number; to: number };

/** What is wrong with one change, in Shopify's codes; or the change. */
function moveOf(input: Node, caller: Caller, to: (before: number) => number): Move | { field: string; message: string; code: string } {
  const { store } = caller;
  const [itemId, locationId] = [text(input, 'inventoryItemId'), text(input, 'locationId')];
  if (!store.variantOfItem.has(itemId))
    return { field: 'inventoryItemId', message: 'The specified inventory item could not be found.', code: 'INVALID_INVENTORY_ITEM' };
  if (!store.locations.has(locationId))
    return { field: 'locationId', message: 'The specified location could not be found.', code: 'INVALID_LOCATION' };
  const level = store.levels.get(`${itemId}/${locationId}`);
  if (!level) {
    const message = 'The specified inventory item is not stocked at the location.';
    return { field: 'inventoryItemId', message, code: 'ITEM_NOT_STOCKED_AT_LOCATION' };
  }
  const expected = input['changeFromQuantity'];
  if (typeof expected === 'number' && expected !== level.available) {
    const message = 'The changeFromQuantity argument no longer matches the persisted quantity.';
    return { field: 'changeFromQuantity', message, code: 'CHANGE_FROM_QUANTITY_STALE' };
  }
  const next = to(level.available);
  if (Math.abs(next) > HIGHEST) {
    const code = next > 0 ? 'INVALID_QUANTITY_TOO_HIGH' : 'INVALID_QUANTITY_TOO_LOW';
    return { field: 'quantity', message: `The quantity can't be beyond ${HIGHEST}.`, code };
  }
  return { itemId, locationId, from: level.available, to: next };
}

type Kind = { list: 'quantities' | 'changes'; to: (input: Node) => (before: number) => number };

/** All changes or none. */
function change(args: Node, caller: Caller, kind: Kind): Node {
  const input = nodeOf(args['input']);
  onlyKnown(input, ['name', 'reason', 'referenceDocumentUri', kind.list], 'Inventory input');
  if (textOf(input['name']) !== 'available') throw new NotImplementedError(`inventory quantities named ${textOf(input['name'])}`);
  const results = nodesOf(input[kind.list]).map((one) => moveOf(one, caller, kind.to(one)));
  const userErrors = results.flatMap((result, index) =>
    'code' in result ? [userError(['input', kind.list, String(index), result.field], result.message, result.code)] : [],
  );
  if (userErrors.length > 0) return { inventoryAdjustmentGroup: null, userErrors };
  const moves = results.flatMap((result) => ('code' in result ? [] : [result]));
  for (const move of moves) caller.actions.inventorySet({ inventoryItemId: move.itemId, locationId: move.locationId, available: move.to });
  return { inventoryAdjustmentGroup: groupNode(input, moves, caller), userErrors: [] };
}

function groupNode(input: Node, moves: readonly Move[], { store, now }: Caller): Node {
  return {
    __typename: 'InventoryAdjustmentGroup',
    id: `gid://shopify/InventoryAdjustmentGroup/${store.nextId()}`,
    createdAt: seconds(now()),
    reason: input['reason'],
    referenceDocumentUri: input['referenceDocumentUri'] ?? null,
    changes: moves.map((move) => ({
      name: 'available',
      delta: move.to - move.from,
      quantityAfterChange: move.to,
      item: itemNode(move.itemId, store),
      location: store.locations.get(move.locationId) ?? null,
    })),
  };
}

/** Changes of stock. The sandbox keeps one quantity of each item and place: what is available. */
export const inventoryFields: RootFields = {
  'Mutation.inventorySetQuantities': (args, caller) =>
    change(args, caller, { list: 'quantities', to: (input) => () => numberAt(input, 'quantity') }),
  'Mutation.inventoryAdjustQuantities': (args, caller) =>
    change(args, caller, { list: 'changes', to: (input) => (before) => before + numberAt(input, 'delta') }),
};
