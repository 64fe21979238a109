import { listAt, nodeAt, text, type Node } from './node.ts';

/**
 * A collection as the sandbox holds it: `productIds` are those that were picked by hand; `conditions` are by tag or type, of
 * which a product has to meet one. A folder's collections.jsonl stands in the place of these.
 */
export type Collection = Node & { productIds: string[]; conditions: Condition[] };
export type Condition = { of: 'tag' | 'type'; value: string };

const PICKED = 60;

function collection(at: number, title: string, has: Partial<Pick<Collection, 'productIds' | 'conditions'>>): Collection {
  return {
    __typename: 'Collection',
    id: `gid://shopify/Collection/${4_100_000_000_000 + at * 37}`,
    title,
    handle: at === 0 ? 'frontpage' : title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    updatedAt: '2026-01-05T09:00:00Z',
    productIds: [],
    conditions: [],
    ...has,
  };
}

/** What a small shop has: the front page, some picked by hand, one by the commonest tag (or type), one that is empty still. */
export function ownCollections(products: readonly Node[]): Collection[] {
  const ids = products.map((product) => text(product, 'id'));
  const tag = commonest(products.flatMap(tagsOf));
  const type = commonest(products.map((product) => text(product, 'productType')).filter((value) => value !== ''));
  const condition: Condition | null = tag ? { of: 'tag', value: tag } : type ? { of: 'type', value: type } : null;
  return [
    collection(0, 'Home page', { productIds: ids.slice(0, 4) }),
    collection(1, 'Staff picks', { productIds: ids.filter((_, at) => at % 3 === 1).slice(0, PICKED) }),
    ...(condition
      ? [
          collection(
            2,
            condition.value.replace(/^./, (first) => first.toUpperCase()),
            { conditions: [condition] },
          ),
        ]
      : []),
    collection(3, 'Coming soon', {}),
  ];
}

const tagsOf = ({ tags }: Node): string[] =>
  Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string' && tag !== '') : [];

function commonest(values: readonly string[]): string | null {
  const counts = [...Map.groupBy(values, (value) => value)].map(([value, { length }]) => ({ value, length }));
  return counts.toSorted((a, b) => b.length - a.length || (a.value < b.value ? -1 : 1))[0]?.value ?? null;
}

/** A line of collections.jsonl, or a change that was written down. */
export function collectionOf(node: Node): Collection {
  const ids = Array.isArray(node['productIds']) ? node['productIds'].filter((id): id is string => typeof id === 'string') : [];
  const conditions = listAt(node, 'conditions').map((one): Condition => ({
    of: one['of'] === 'type' ? 'type' : 'tag',
    value: text(one, 'value'),
  }));
  return { __typename: 'Collection', ...node, productIds: ids, conditions };
}

/** Whether a product is in a collection: picked, or by a condition. Letters of either size are alike. */
export function isIn({ productIds, conditions }: Collection, product: Node): boolean {
  const meets = ({ of, value }: Condition): boolean =>
    (of === 'tag' ? tagsOf(product) : [text(product, 'productType')]).some((one) => one.toLowerCase() === value.toLowerCase());
  return productIds.includes(text(product, 'id')) || conditions.some(meets);
}

const CONDITION_TYPES = { tag: 'CollectionSourceInclusionConditionProductTag', type: 'CollectionSourceInclusionConditionProductType' };

/** Where a collection's products come from, as Shopify tells it since 2026-07. */
export function sourcesOf(node: Node): Node[] {
  const { conditions } = collectionOf(node);
  const inclusion = {
    __typename: 'CollectionSourceInclusion',
    matchType: 'ANY',
    conditions: conditions.map(({ of }) => ({ __typename: CONDITION_TYPES[of] })),
  };
  const id = text(node, 'id').replace('/Collection/', '/CollectionConditionsSource/');
  return [
    { __typename: 'CollectionConditionsSource', id, title: text(node, 'title'), inclusion, exclusion: nodeAt(node, 'exclusion') ?? null },
  ];
}
