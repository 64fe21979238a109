import { nextVersion, seconds } from './clock.ts';
import { tail, text, type Node } from './node.ts';
import type { OrderMaker } from './order-maker.ts';
import { collectionOf } from './own-collections.ts';
import { refuse, type Done, type Refused } from './outcome.ts';
import * as rest from './rest.ts';
import type { Store } from './store.ts';

type Tools = { store: Store; maker: OrderMaker; send: (topics: { topic: string; body: rest.Rest }[]) => void; now: () => Date };

/**
 * What a merchant does to collections. As in Shopify, a product that comes into one by its tag or type changes nothing of the
 * collection and sends nothing but its own topic.
 */
export class CollectionChanges {
  readonly #tools: Tools;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  #put(node: Node, topic: 'collections/create' | 'collections/update'): void {
    this.#tools.store.put({ t: 'collection', v: node });
    this.#tools.send([{ topic, body: rest.collectionBody(node) }]);
  }

  create(input: { title: string; productIds?: string[]; conditions?: { of: 'tag' | 'type'; value: string }[] }): string {
    const id = this.#tools.maker.gid('Collection');
    const handle = input.title.toLowerCase().replaceAll(' ', '-');
    this.#put(collectionOf({ id, handle, updatedAt: seconds(this.#tools.now()), ...input }), 'collections/create');
    return id;
  }

  /** A title, other conditions, or (`productIds`) the products picked by hand. */
  update({ id, changes }: { id: string; changes: Node }): Done | Refused {
    const held = this.#tools.store.collections.get(id);
    if (!held) return refuse('COLLECTION_NOT_FOUND', 'There is no such collection.');
    const updatedAt = nextVersion(text(held, 'updatedAt'), this.#tools.now());
    this.#put({ ...held, ...changes, id, updatedAt }, 'collections/update');
    return { kind: 'done' };
  }

  delete(id: string): Done | Refused {
    const { store, send, now } = this.#tools;
    if (!store.collections.has(id)) return refuse('COLLECTION_NOT_FOUND', 'There is no such collection.');
    const event = { number: store.nextId(), subjectId: id, subjectType: 'COLLECTION', occurredAt: seconds(now()) } as const;
    store.put({ t: 'collection-gone', v: id });
    store.put({ t: 'deletion', v: event });
    send([{ topic: 'collections/delete', body: { id: BigInt(tail(id)) } }]);
    return { kind: 'done' };
  }
}
