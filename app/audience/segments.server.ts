import { dayOf } from '../core/calendar.ts';
import type { Clock } from '../platform/clock.server.ts';
import type { ShopRef, ShopScope } from '../platform/context.server.ts';
import { countMembers, living, memberIds } from './segment.store.server.ts';
import { compileQuery, type Compiled } from './segment/compile.store.server.ts';
import { parseQuery, type QueryProblem } from './segment/parse.ts';

/** A text that is no segment. */
export type NoSegment = { readonly kind: 'problem'; readonly problem: QueryProblem };

/** The shop whose day and money a query means. */
type Reader = { readonly shop: Pick<ShopRef, 'id' | 'timezone' | 'currency'>; readonly clock: Clock };

/** Reads a text against the shop's day and money. */
export function readSegment({ shop, clock }: Reader, text: string): { readonly kind: 'segment'; readonly compiled: Compiled } | NoSegment {
  const parsed = parseQuery(text);
  if ('problem' in parsed) return { kind: 'problem', problem: parsed.problem };
  const { id: shopId, timezone, currency } = shop;
  return { kind: 'segment', compiled: compileQuery(parsed.query, { shopId, timezone, currency, today: dayOf(clock.now(), timezone) }) };
}

/** How many customers a segment holds now. */
export async function countSegment(
  scope: ShopScope,
  text: string,
): Promise<{ readonly kind: 'count'; readonly count: number } | NoSegment> {
  const segment = readSegment(scope, text);
  if (segment.kind !== 'segment') return segment;
  return { kind: 'count', count: await scope.db.forShop(scope.shop.id, (tx) => countMembers(tx, segment.compiled)) };
}

/** The ids of a page of its customers, ascending. */
export async function segmentMembers(
  scope: ShopScope,
  text: string,
  page: { after: bigint; limit: number },
): Promise<{ readonly kind: 'members'; readonly ids: readonly bigint[] } | NoSegment> {
  const segment = readSegment(scope, text);
  if (segment.kind !== 'segment') return segment;
  return { kind: 'members', ids: await scope.db.forShop(scope.shop.id, (tx) => memberIds(tx, segment.compiled, page)) };
}

/**
 * A segment as part of another room's statement over {@link FROM}: `where` is its condition, `values` are its parameters from
 * `$1` (the shop) on.
 */
export function segmentCondition(
  scope: Reader,
  text: string,
): { readonly kind: 'condition'; readonly where: string; readonly values: readonly unknown[] } | NoSegment {
  const segment = readSegment(scope, text);
  if (segment.kind !== 'segment') return segment;
  const { where, values } = segment.compiled;
  return { kind: 'condition', where: living(where), values };
}
