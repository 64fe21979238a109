import { addDays, dateToDay, dayOf, type Day } from '../core/calendar.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { cellQuery, groupOf, groupQuery, isRfmGroup, meanOf, NO_ORDERS, RFM_GRID, SCORES, type RfmGroup, type Score } from './rfm.ts';
import { latestScoring, livingCustomers, movesAfter, scoresOf, type Move, type ScoredCell } from './rfm.store.server.ts';
import { RFM_GROUPS } from './segment/attributes.ts';
import { LEAST_BUYERS, LEAST_DAYS } from './value.ts';
import { readModel, valueOf } from './value.store.server.ts';

/** Moves are shown of so many days. */
export const MOVE_DAYS = 30;

export type GridCell = {
  readonly r: Score;
  readonly mean: Score;
  readonly group: RfmGroup;
  readonly customers: number;
  readonly query: string;
};
export type GroupRow = {
  readonly group: RfmGroup;
  readonly customers: number;
  /** Net sales ever, minor units. */
  readonly net: bigint;
  /** In the last MOVE_DAYS days; each list the largest first. */
  readonly cameFrom: readonly { readonly group: RfmGroup; readonly customers: number }[];
  readonly wentTo: readonly { readonly group: RfmGroup; readonly customers: number }[];
  readonly query: string;
};

/** The model of repeat buying: what all customers are expected to spend, or what is missing. */
export type ModelView = {
  readonly state: 'fitted' | 'short' | 'shapeless' | 'none';
  readonly spend52w: bigint | null;
  readonly buyers: number;
  readonly days: number;
  readonly leastBuyers: number;
  readonly leastDays: number;
  readonly untilDay: Day | null;
};

export type GroupsPage = {
  /** null: nobody has been scored yet. */
  readonly scored: {
    readonly day: Day;
    readonly customers: number;
    readonly net: bigint;
    /** Five rows, the most recent first, of five cells. */
    readonly grid: readonly (readonly GridCell[])[];
    /** All eleven; those without orders last. */
    readonly groups: readonly GroupRow[];
  } | null;
  readonly model: ModelView;
};

type Model = Awaited<ReturnType<typeof readModel>>;

function modelView(model: Model): ModelView {
  const least = { leastBuyers: LEAST_BUYERS, leastDays: LEAST_DAYS };
  if (!model) return { state: 'none', spend52w: null, buyers: 0, days: 0, untilDay: null, ...least };
  const { state, spend52w, buyers, days } = model;
  return { state, spend52w, buyers, days, untilDay: dateToDay(model.untilDay), ...least };
}

const scoreAt = (number: number): Score => SCORES[number - 1] ?? 1;
const placeOf = ({ r, f, m }: ScoredCell): { r: Score; mean: Score } => ({ r: scoreAt(r), mean: meanOf(scoreAt(f), scoreAt(m)) });
const total = (cells: readonly ScoredCell[]): number => cells.reduce((sum, { customers }) => sum + customers, 0);
const spent = (cells: readonly ScoredCell[]): bigint => cells.reduce((sum, { net }) => sum + net, 0n);

function gridOf(cells: readonly ScoredCell[]): GridCell[][] {
  return SCORES.toReversed().map((r) =>
    SCORES.map((mean) => {
      const held = cells.filter((cell) => placeOf(cell).r === r && placeOf(cell).mean === mean);
      return { r, mean, group: RFM_GRID[r][mean], customers: total(held), query: cellQuery(r, mean) };
    }),
  );
}

/** The groups at the other end of a group's moves, the largest first. */
function others(moves: readonly Move[], group: RfmGroup, ends: { of: 'from' | 'to'; other: 'from' | 'to' }) {
  return moves
    .flatMap((move) => {
      const other = move[ends.other];
      return move[ends.of] === group && isRfmGroup(other) && move.customers > 0 ? [{ group: other, customers: move.customers }] : [];
    })
    .toSorted((one, next) => next.customers - one.customers);
}

function groupRows(cells: readonly ScoredCell[], moves: readonly Move[], prospects: number): GroupRow[] {
  return RFM_GROUPS.map((group) => {
    const held = cells.filter((cell) => groupOf(scoreAt(cell.r), scoreAt(cell.f), scoreAt(cell.m)) === group);
    return {
      group,
      customers: group === NO_ORDERS ? prospects : total(held),
      net: spent(held),
      cameFrom: others(moves, group, { of: 'to', other: 'from' }),
      wentTo: others(moves, group, { of: 'from', other: 'to' }),
      query: groupQuery(group),
    };
  });
}

/** The shop's customers by scores and groups, how they moved of late, and what they are expected to spend; from sums of last night. */
export async function groupsPage({ shop, clock, db }: ShopScope): Promise<GroupsPage> {
  const since = addDays(dayOf(clock.now(), shop.timezone), -MOVE_DAYS);
  return db.forShop(shop.id, async (tx) => {
    const model = modelView(await readModel(tx, shop.id));
    const scoring = await latestScoring(tx, shop.id);
    if (!scoring) return { scored: null, model };
    const { cells, customers } = scoring;
    const moves = await movesAfter(tx, shop.id, since);
    const prospects = Math.max(0, (await livingCustomers(tx, shop.id)) - customers);
    const groups = groupRows(cells, moves, prospects);
    return { scored: { day: dateToDay(scoring.day), customers, net: spent(cells), grid: gridOf(cells), groups }, model };
  });
}

/** Where a customer stands, and what is expected of them. */
export type Standing = {
  /** null: no order that counts up to the last night. */
  readonly scores: { readonly r: number; readonly f: number; readonly m: number; readonly group: RfmGroup; readonly since: Day } | null;
  readonly value: {
    readonly alive: number;
    readonly orders52w: number;
    /** Minor units; null where the amounts have no model. */
    readonly spend52w: bigint | null;
    readonly nextOrderOn: Day | null;
    /** Still awaited, or overdue. */
    readonly isLate: boolean;
  } | null;
  readonly model: ModelView;
};

export async function standingOf({ shop, clock, db }: ShopScope, customerId: bigint): Promise<Standing> {
  const today = dayOf(clock.now(), shop.timezone);
  return db.forShop(shop.id, async (tx) => {
    const scores = await scoresOf(tx, shop.id, customerId);
    const value = await valueOf(tx, shop.id, customerId);
    const next = value?.nextOrderOn ? dateToDay(value.nextOrderOn) : null;
    return {
      scores: scores && isRfmGroup(scores.group) ? { ...scores, group: scores.group, since: dateToDay(scores.since) } : null,
      value: value && {
        alive: value.alive,
        orders52w: value.orders52w,
        spend52w: value.spend52w,
        nextOrderOn: next,
        isLate: next !== null && next < today,
      },
      model: modelView(await readModel(tx, shop.id)),
    };
  });
}
