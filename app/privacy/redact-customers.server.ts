import type { KeyedShop, Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { projectionLock, type TopicCatalogue } from '../record/index.server.ts';
import { inboxPage, noteWatched, readWatched, replaceBodies, type InboxBody } from './inbox-bodies.store.server.ts';
import { coarsePattern, figuresOnly, namesPerson, type Traces } from './person-in-body.ts';
import { emptyColumns, findCustomers, markRedacted, ordersOf } from './person.store.server.ts';
import { completeRequest, forgottenIds, insertRequest, lockRedaction, openRequestIds, saveWork } from './requests.store.server.ts';
import { PRIVACY_TOPICS, type Person } from './schemas.ts';

const PAGE = 500;
/** A shorter text would match what is nobody's. */
const SHORTEST_TEXT = 5;

/**
 * Takes in a request to forget a customer, in the transaction of the drain: closes the door behind the customer, empties
 * every column, and leaves a row that asks the privacy job for the bodies of deliveries.
 */
export async function acceptRedaction(
  tx: ShopTx,
  shop: KeyedShop,
  asked: { person: Person; orders: readonly bigint[]; at: Date; dueOn: Date },
): Promise<void> {
  const { person, orders, at } = asked;
  const known = await findCustomers(tx, { shopId: shop.id, keys: shop.keys }, person);
  const ids = person.id === null ? known.map((customer) => customer.id) : [person.id];
  const texts = textsOf([person, ...known].flatMap(({ email, phone }) => [email, phone]));
  await markRedacted(tx, shop.id, { customerIds: ids, at });
  const counts = await emptyColumns(tx, shop.id, { customerIds: ids, orderIds: [...orders] });
  for (const [index, customerId] of (ids.length > 0 ? ids : [null]).entries()) {
    // The first row carries the counts of all, so that their sum is right.
    const proof = { texts, after: '0', counts: index === 0 ? counts : {} };
    await insertRequest(tx, shop.id, { kind: 'customer_redact', customerId, orders, receivedAt: at, dueOn: asked.dueOn, proof });
  }
}

/** In lower case, as they stand and as Ruby writes them into JSON. */
function textsOf(texts: readonly (string | null)[]): string[] {
  const plain = texts.flatMap((text) => (text !== null && text.length >= SHORTEST_TEXT ? [text.toLowerCase()] : []));
  const escaped = plain.map((text) => text.replaceAll(/[&<>]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`));
  return [...new Set([...plain, ...escaped])];
}

async function tracesOf(
  tx: ShopTx,
  shopId: number,
  who: { customerIds: bigint[]; orderIds: bigint[]; texts: readonly string[] },
): Promise<Traces> {
  const orders = await ordersOf(tx, shopId, who);
  return { customers: new Set(who.customerIds.map(String)), orders: new Set(orders.map(String)), texts: who.texts };
}

/** What stays of a delivery that names a redacted person: nothing, or its figures while it still has to be applied. */
function whatStays(event: InboxBody, topics: TopicCatalogue): { id: bigint; body: string | null; status: string } {
  const { id, status } = event;
  const isApplied = status !== 'pending' && status !== 'failed';
  const figures = isApplied ? null : figuresOnly(event, topics.byTopic.get(event.topic)?.schema ?? null);
  return { id, body: figures, status: isApplied || figures !== null ? status : 'ignored' };
}

/** Strips one stretch of the inbox. @returns where it ended (null: nothing lies after) and how many bodies changed. */
async function stripPage(
  tx: ShopTx,
  shopId: number,
  page: { topics: TopicCatalogue; traces: Traces; after: bigint },
): Promise<{ last: bigint | null; stripped: number }> {
  const pattern = coarsePattern(page.traces);
  // Nobody is named: an empty pattern would match every body.
  if (pattern === '') return { last: null, stripped: 0 };
  const { last, bodies } = await inboxPage(tx, shopId, { after: page.after, limit: PAGE, pattern });
  const changed = bodies
    // A privacy request that waits is worked off first, and looked at again by the watch.
    .filter((event) => !(event.status === 'pending' && PRIVACY_TOPICS.has(event.topic)) && namesPerson(event, page.traces))
    .map((event) => ({ before: event.body, ...whatStays(event, page.topics) }))
    .filter(({ before, body }) => before !== body);
  await replaceBodies(tx, shopId, changed);
  return { last, stripped: changed.length };
}

/** Does a shop's open redactions to the end, page by page: killed anywhere, the next run goes on after the last page. */
export async function redactCustomers(platform: Platform, topics: TopicCatalogue, shop: ShopRef): Promise<number> {
  const open = await platform.db.forShop(shop.id, (tx) => openRequestIds(tx, shop.id, 'customer_redact'));
  for (const id of open) {
    while (await platform.db.forShop(shop.id, (tx) => redactionStep(tx, shop.id, { id, topics, now: platform.clock.now() })));
    platform.log.info({ shop: shop.id, request: String(id) }, 'a customer was redacted');
  }
  return open.length;
}

/** @returns true while there is more to do. */
async function redactionStep(tx: ShopTx, shopId: number, step: { id: bigint; topics: TopicCatalogue; now: Date }): Promise<boolean> {
  const { id, topics, now } = step;
  // No drain holds a body in its hands meanwhile.
  await projectionLock(tx, shopId);
  const request = await lockRedaction(tx, shopId, id);
  if (!request) return false;
  const { work, orders } = request;
  const customerIds = request.customerId === null ? [] : [request.customerId];
  const traces = await tracesOf(tx, shopId, { customerIds, orderIds: orders, texts: work.texts });
  const { last, stripped } = await stripPage(tx, shopId, { topics, traces, after: BigInt(work.after) });
  const counts = { ...work.counts, inbox_events: (work.counts['inbox_events'] ?? 0) + stripped };
  if (last === null) {
    await noteWatched(tx, shopId, { onlyFirst: true });
    await completeRequest(tx, shopId, { id, at: now, proof: { counts } });
    return false;
  }
  await saveWork(tx, shopId, { id, work: { ...work, counts, after: String(last) } });
  return true;
}

/**
 * Looks at what came after redactions: a delivery that Shopify sends again, and what a later version of an order, a
 * reconciliation or an import brought back.
 */
export async function watchForgotten(platform: Platform, topics: TopicCatalogue, shop: ShopRef): Promise<void> {
  for (let after: bigint | null = await platform.db.forShop(shop.id, (tx) => readWatched(tx, shop.id)); after !== null;) {
    const from: bigint = after;
    after = await platform.db.forShop(shop.id, async (tx) => {
      await projectionLock(tx, shop.id);
      const forgotten = await forgottenIds(tx, shop.id);
      if (forgotten.customerIds.length + forgotten.orderIds.length === 0) return null;
      const traces = await tracesOf(tx, shop.id, { ...forgotten, texts: [] });
      const { last } = await stripPage(tx, shop.id, { topics, traces, after: from });
      if (last !== null) return last;
      await emptyColumns(tx, shop.id, forgotten);
      await noteWatched(tx, shop.id, { onlyFirst: false });
      return null;
    });
  }
}
