import { segmentCondition, SEGMENT_FROM } from '../../audience/index.server.ts';
import { addDays, dayOf, startOfDay } from '../../core/calendar.ts';
import { overstock, OVERSTOCK_DAYS } from '../../forecast/index.server.ts';
import type { Platform, ShopRef } from '../../platform/context.server.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import { armsOf } from '../arms.ts';
import { insertCampaign } from '../campaigns.store.server.ts';
import { readCadence, readSettings } from '../economics.store.server.ts';
import { createJob } from '../job-definitions.ts';
import { MOST_PRODUCTS, type Offer } from '../offer.ts';
import { learnedRows } from '../policy/policy.store.server.ts';
import { learn, type Policy } from '../policy/policy.ts';
import { costShare } from '../proof.store.server.ts';
import { clearanceOffers } from './clearance.ts';
import { dueCustomers, type Due } from './due.store.server.ts';
import { cappedOf, lockStanding, nextRun, noteOccasions, readStandings, readStandingSeed, type Noted } from './standing.store.server.ts';
import type { Standing } from './standing.ts';

const DAY_MS = 86_400_000;
/** So many customers a run takes; who is more is due in the next. */
const MOST_A_RUN = 20_000;

type Work = { readonly platform: Platform; readonly shop: ShopRef };

/**
 * Looks whom each standing campaign of a shop means now, the highest priority first, and makes a campaign of those who may
 * be made an offer. Decision and campaign are one transaction, so a crash repeats nobody. @returns how many were taken.
 */
export async function runStanding(platform: Platform, shop: ShopRef): Promise<number> {
  const work: Work = { platform, shop };
  const taken = new Set<bigint>();
  // The lock lives as long as this transaction, whose connection does nothing else.
  await platform.db.forShop(
    shop.id,
    async (lock) => {
      if (!(await lockStanding(lock, shop.id))) return;
      const active = await platform.db.forShop(shop.id, (tx) => readStandings(tx, shop.id, ['active']));
      for (const standing of active) {
        const lying = await lyingNow(work, standing);
        const customers = await platform.db.forShop(shop.id, (tx) => runOne(tx, work, { standing, taken, lying }));
        for (const id of customers) taken.add(id);
      }
    },
    { timeoutMs: 1_800_000 },
  );
  if (taken.size > 0) await platform.queue.enqueue(createJob, { shopId: shop.id }, { key: String(shop.id) });
  return taken.size;
}

type Turn = { readonly standing: Standing; readonly taken: ReadonlySet<bigint>; readonly lying: readonly string[] };

/** The products that a clearance is for, those with the most money in them first; as many as a discount can name. */
async function lyingNow({ platform, shop }: Work, { trigger }: Standing): Promise<string[]> {
  if (trigger.kind !== 'overstock') return [];
  const products = await overstock({ ...platform, shop }, { coverDays: OVERSTOCK_DAYS, limit: MOST_PRODUCTS });
  return products.map(({ productId }) => productId);
}

async function runOne(tx: ShopTx, work: Work, { standing, taken, lying }: Turn): Promise<bigint[]> {
  const { platform, shop } = work;
  const now = platform.clock.now();
  const { id, trigger, againDays, createdAt } = standing;
  const due = await dueCustomers(tx, { shopId: shop.id, now, trigger, since: createdAt, standingId: id, againDays, lying });
  const meant = await inSegment(tx, work, { standing, due });
  const noted = await decide(tx, work, { due: meant, taken });
  const offered = noted.filter(({ outcome }) => outcome === 'offered');
  const run = offered.length > 0 ? await nextRun(tx, shop.id, id) : null;
  if (noted.length > 0) await noteOccasions(tx, shop.id, { standingId: id, run, at: now, noted });
  const occasions = offered.map(({ occasion }) => occasion);
  if (run !== null) await makeRun(tx, work, { standing: { ...standing, offers: offersOf(standing, occasions) }, run });
  return offered.map(({ customerId }) => customerId);
}

const offersOf = ({ trigger, offers }: Standing, occasions: readonly string[]): readonly Offer[] =>
  trigger.kind === 'overstock' ? clearanceOffers(offers, occasions) : offers;

/** Those who are in the segment besides; nobody where it can no longer be read. */
async function inSegment(tx: ShopTx, { shop, platform }: Work, { standing, due }: { standing: Standing; due: Due[] }): Promise<Due[]> {
  if (standing.segment === null || due.length === 0) return due;
  const condition = segmentCondition({ shop, clock: platform.clock }, standing.segment);
  if (condition.kind !== 'condition') return [];
  const { where, values } = condition;
  const text = `SELECT c.id ${SEGMENT_FROM} WHERE ${where} AND c.id = ANY($${values.length + 1}::bigint[])`;
  const rows = await tx.sql.rows<{ id: bigint }>({ text }, [...values, `{${due.map(({ customerId }) => customerId).join(',')}}`]);
  const ids = new Set(rows.map(({ id }) => id));
  return due.filter(({ customerId }) => ids.has(customerId));
}

/** What comes of each occasion. */
async function decide(tx: ShopTx, { platform, shop }: Work, { due, taken }: { due: Due[]; taken: ReadonlySet<bigint> }): Promise<Noted[]> {
  const { mostOffers, capDays } = await readCadence(tx, shop.id);
  const since = new Date(platform.clock.now().getTime() - capDays * DAY_MS);
  const customerIds = due.map(({ customerId }) => customerId);
  const capped =
    mostOffers === null || due.length === 0 ? new Set() : await cappedOf(tx, shop.id, { customerIds, since, most: mostOffers });
  let left = MOST_A_RUN;
  return due.flatMap(({ customerId, occasion }): Noted[] => {
    if (taken.has(customerId)) return [{ customerId, occasion, outcome: 'outbid' }];
    if (capped.has(customerId)) return [{ customerId, occasion, outcome: 'capped' }];
    left -= 1;
    return left < 0 ? [] : [{ customerId, occasion, outcome: 'offered' }];
  });
}

/** The campaign of a run: its customers are the run's occasions, its codes work for as many days as the standing one says. */
async function makeRun(tx: ShopTx, { platform, shop }: Work, { standing, run }: { standing: Standing; run: number }): Promise<void> {
  const now = platform.clock.now();
  const { id, name, offers, holdOut, validDays, delivery } = standing;
  const today = dayOf(now, shop.timezone);
  const chosen = { code: 'occasion', standing: id, run };
  await insertCampaign(tx, shop.id, {
    name,
    audience: [chosen],
    startsAt: now,
    endsAt: startOfDay(addDays(today, validDays + 1), shop.timezone),
    word: null,
    budget: null,
    arms: armsOf(offers, holdOut),
    mostCodes: null,
    demandFactor: 1,
    delivery,
    standingId: id,
    run,
    policy: await policyOf(tx, { platform, shop }, { standing, run }),
    seed: await readStandingSeed(tx, shop.id, id),
    beforeDays: Math.min(365, Math.max(28, validDays)),
    now,
  });
}

/** What to believe of the arms, from the customers of earlier runs whose days are over; null where the shares alone decide. */
async function policyOf(
  tx: ShopTx,
  { platform, shop }: Work,
  { standing, run }: { standing: Standing; run: number },
): Promise<Policy | null> {
  const { id, learns, offers, validDays } = standing;
  if (!learns) return null;
  const now = platform.clock.now();
  const [fees, costs] = [await readSettings(tx, shop.id), await costShare(tx, shop, new Date(now.getTime() - 365 * DAY_MS))];
  const rows = await learnedRows(tx, shop, { from: { standingId: id }, days: validDays, now, fees, costs });
  return learn(rows, { arms: offers.length + 1, seed: run });
}
