import { randomUUID } from 'node:crypto';
import { writeAudit } from '../../audit/index.server.ts';
import type { Day } from '../../core/calendar.ts';
import { invalid, ok, type Invalid, type Ok } from '../../core/result.ts';
import type { ShopScope } from '../../platform/context.server.ts';
import { reviewAllPointsJob } from '../job-definitions.ts';
import { difference } from './difference.ts';
import { kindsOfEvents } from './events.store.server.ts';
import { nextLapse, type Lapse } from './lapse.ts';
import { readLapses } from './lapses.store.server.ts';
import {
  addAdjustment,
  addProgramme,
  differingSums,
  membersAfter,
  readAdjustments,
  readBalance,
  readBooked,
  readEntries,
  readProgrammes,
  readTotals,
  redactedOf,
  subjectsOf,
  sumsAt,
  waitingMembers,
  type EntryRow,
} from './points.store.server.ts';
import { rulesOf, type ProgrammeForm } from './programme-form.ts';
import { programmeAt, type Programme } from './programme.ts';
import { storedRules } from './programme-rules.ts';
import type { Lot, Standing } from './replay.ts';
import { reviewPoints, standingsOf } from './review-points.server.ts';

export type PointsPage = {
  /** In the order of their moments; none where there is no programme yet. */
  readonly versions: readonly Programme[];
  readonly current: Programme | null;
  /** Points of all members together. */
  readonly totals: {
    readonly members: number;
    readonly pending: bigint;
    readonly available: bigint;
    readonly spent: bigint;
    readonly expired: bigint;
  };
};

/** The programme of a shop, and what its members hold. */
export async function pointsPage(scope: ShopScope): Promise<PointsPage> {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const versions = await readProgrammes(tx, scope.shop.id);
    return { versions, current: programmeAt(versions, scope.clock.now()), totals: await readTotals(tx, scope.shop.id) };
  });
}

/**
 * Puts new rules in place, from now or from a day on: orders before keep the rules of their day. A first programme may begin
 * in the past; then the orders since earn. @returns the version, or what is wrong by field.
 */
export async function saveProgramme(scope: ShopScope, form: ProgrammeForm): Promise<Ok<number> | Invalid> {
  const { id: shopId } = scope.shop;
  const now = scope.clock.now();
  const { rules, from: asked, problems } = rulesOf(form, scope.shop);
  if (Object.keys(problems).length > 0) return invalid(problems);
  const version = await scope.db.forShop(shopId, async (tx) => {
    const last = (await readProgrammes(tx, shopId)).at(-1);
    // The store's times have seconds: an order of this moment is one of the new rules.
    const from = asked ?? new Date(Math.floor(now.getTime() / 1_000) * 1_000);
    if (last && from < last.from) return null;
    const added = await addProgramme(tx, shopId, { rules, from, now });
    const before = last ? { version: last.version, from: last.from, rules: storedRules(last) } : null;
    await writeAudit(tx, scope, { action: 'loyalty.points.saved', before, after: { version: added, from, rules: storedRules(rules) } });
    return added;
  });
  if (version === null) return invalid({ from: 'points.error.before' });
  await scope.queue.enqueue(reviewAllPointsJob, { shopId }, { key: String(shopId) });
  return ok(version);
}

export type MemberPoints = {
  readonly hasProgramme: boolean;
  readonly pending: bigint;
  readonly available: bigint;
  /** What is left of each source, the oldest first, and when it lapses. */
  readonly lots: readonly Lot[];
  /** `subject`: the name of the order, the title of the reward; `reason`: what staff wrote. */
  readonly entries: readonly (EntryRow & { readonly subject: string | null; readonly reason: string | null })[];
};
const SHOWN_ENTRIES = 100;

/** What a customer has, and every step by which it came about. */
export async function pointsOf(scope: ShopScope, customerId: bigint): Promise<MemberPoints> {
  const { shop } = scope;
  return scope.db.forShop(shop.id, async (tx) => {
    const versions = await readProgrammes(tx, shop.id);
    if (versions.length === 0) return { hasProgramme: false, pending: 0n, available: 0n, lots: [], entries: [] };
    const standing = (await standingsOf(tx, { shop, customerIds: [customerId], now: scope.clock.now() }, versions)).get(customerId);
    const entries = await readEntries(tx, shop.id, { customerId, limit: SHOWN_ENTRIES });
    const subjects = await subjectsOf(
      tx,
      shop.id,
      entries.map(({ topic }) => topic),
    );
    const reasons = new Map([...(await readAdjustments(tx, shop.id, customerId)), ...(await kindsOfEvents(tx, shop.id, customerId))]);
    return {
      hasProgramme: true,
      ...(await readBalance(tx, shop.id, customerId)),
      lots: standing?.lots ?? [],
      entries: entries.map((entry) => ({
        ...entry,
        subject: subjects.get(entry.topic.split('/').slice(0, 2).join('/')) ?? null,
        reason: reasons.get(entry.topic) ?? null,
      })),
    };
  });
}

const MOST_ADJUSTED = 1_000_000;

/** Gives a customer points, or takes some, for a reason that staff write. @returns what is wrong by field. */
export async function adjustPoints(
  scope: ShopScope,
  wanted: { readonly customerId: bigint; readonly points: string; readonly reason: string },
): Promise<Ok<null> | Invalid> {
  const { shop } = scope;
  const { customerId } = wanted;
  const reason = wanted.reason.trim();
  const points = /^[+-]?\d{1,7}$/.test(wanted.points.trim()) ? Number(wanted.points) : 0;
  const fields = {
    ...(points === 0 || Math.abs(points) > MOST_ADJUSTED ? { points: 'points.error.adjust' } : {}),
    ...(reason === '' || reason.length > 500 ? { reason: 'points.error.reason' } : {}),
  };
  if (Object.keys(fields).length > 0) return invalid(fields);
  const now = scope.clock.now();
  return scope.db.forShop(shop.id, async (tx): Promise<Ok<null> | Invalid> => {
    const programme = programmeAt(await readProgrammes(tx, shop.id), now);
    if (!programme) return invalid({ points: 'points.error.noProgramme' });
    if ((await redactedOf(tx, shop.id, [customerId])).size > 0) return invalid({ points: 'points.error.gone' });
    // Brings the books up to now, and holds the member against other writers to the end.
    await reviewPoints(tx, { shop, customerIds: [customerId], now });
    const before = await readBalance(tx, shop.id, customerId);
    if (!programme.belowZero && before.available + BigInt(points) < 0n) return invalid({ points: 'points.error.tooFew' });
    const staffId = scope.actor?.kind === 'staff' ? scope.actor.id : null;
    await addAdjustment(tx, shop.id, { customerId, topic: `adjust/${randomUUID()}`, at: now, points, cause: 'adjust', reason, staffId });
    await reviewPoints(tx, { shop, customerIds: [customerId], now });
    await writeAudit(tx, scope, {
      action: 'loyalty.points.adjusted',
      subject: `customer/${customerId}`,
      before: { available: before.available },
      after: { available: before.available + BigInt(points), points },
    });
    return ok(null);
  });
}

/** What the shop owes its members at the end of a day: points that wait, and points that can be spent. */
export async function liabilityAt(scope: ShopScope, day: Day): Promise<{ readonly pending: bigint; readonly available: bigint }> {
  const sums = await scope.db.forShop(scope.shop.id, (tx) => sumsAt(tx, scope.shop.id, day));
  const of = (account: string): bigint => sums.find((sum) => sum.account === account)?.points ?? 0n;
  return { pending: of('pending'), available: of('available') };
}

export type PointsDifference = {
  readonly table: 'points_entries' | 'points_balances' | 'points_members';
  readonly what: string;
  readonly live: bigint;
  readonly rebuilt: bigint;
};
const VERIFY_BATCH = 1_000;

/** Members of whom something else is noted to lapse next than does. */
function lapsesOff(
  standings: ReadonlyMap<bigint, Standing>,
  noted: ReadonlyMap<bigint, Lapse | null>,
  timezone: string,
): PointsDifference[] {
  return [...standings].flatMap(([customerId, { lots }]): PointsDifference[] => {
    const [live, rebuilt] = [noted.get(customerId) ?? null, nextLapse(lots, timezone)];
    if (live?.at.getTime() === rebuilt?.at.getTime() && live?.points === rebuilt?.points) return [];
    const [wrong, right] = [BigInt(live?.points ?? 0), BigInt(rebuilt?.points ?? 0)];
    return [{ table: 'points_members', what: `customer/${customerId} lapse`, live: wrong, rebuilt: right }];
  });
}

/**
 * Replays every member and compares with what is booked, and sums the books and compares with both caches. Members whose
 * orders are marked, or for whom time has something due, are behind by design: callers review and sweep first.
 */
export async function verifyPoints(scope: ShopScope, limit = 50): Promise<PointsDifference[]> {
  const { shop } = scope;
  const found: PointsDifference[] = [];
  const sums = await scope.db.forShop(shop.id, (tx) => differingSums(tx, shop.id, limit));
  for (const { what, live, rebuilt } of sums) found.push({ table: 'points_balances', what, live, rebuilt });
  for (let after = -1n; found.length < limit;) {
    const from = after;
    const now = scope.clock.now();
    const page = await scope.db.forShop(shop.id, async (tx) => {
      const versions = await readProgrammes(tx, shop.id);
      const customerIds = versions.length === 0 ? [] : await membersAfter(tx, shop.id, { after: from, limit: VERIFY_BATCH });
      const waiting = await waitingMembers(tx, shop.id, { customerIds, now });
      const standings = await standingsOf(tx, { shop, customerIds: customerIds.filter((id) => !waiting.has(id)), now }, versions);
      const booked = await readBooked(tx, shop.id, customerIds);
      const differing = [...standings].flatMap(([customerId, { transfers }]) =>
        difference(transfers, booked.get(customerId) ?? [], now).map(({ topic, from: source, to, points }): PointsDifference => ({
          table: 'points_entries',
          what: `customer/${customerId} ${topic} ${source}-${to}`,
          live: 0n,
          rebuilt: BigInt(points),
        })),
      );
      const noted = await readLapses(tx, shop.id, customerIds);
      return { last: customerIds.at(-1), differing: [...differing, ...lapsesOff(standings, noted, shop.timezone)] };
    });
    found.push(...page.differing);
    if (page.last === undefined) break;
    after = page.last;
  }
  return found.slice(0, limit);
}
