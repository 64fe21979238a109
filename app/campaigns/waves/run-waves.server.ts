import type { ShopTx } from '../../platform/db.server.ts';
import { countCodes, type Campaign } from '../campaigns.store.server.ts';
import { current, inShop, type Work } from '../create-work.server.ts';
import { dearestOf, marginsOf } from '../create-campaign.server.ts';
import { readSettings } from '../economics.store.server.ts';
import { learnedRows } from '../policy/policy.store.server.ts';
import { learn, type Policy } from '../policy/policy.ts';
import { costShare } from '../proof.store.server.ts';
import { expectedLeft, waveRoom, type Expected } from './waves.ts';
import { noteWave, planNext, readWaves, spentByWave, stopWaves, type Wave } from './waves.store.server.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

type Begun = Omit<Work, 'wave'>;
/** What is to be made of a campaign now: everybody (no wave), a wave, or nothing. */
export type Step = { readonly kind: 'make'; readonly wave: Wave | null } | { readonly kind: 'nothing'; readonly wave: null };
const NOTHING: Step = { kind: 'nothing', wave: null };

/** The wave that is being made, or the next one where it is due: what is believed and how many codes it may have is fixed with it. */
export async function nextWave(work: Begun): Promise<Step> {
  const campaign = await current(work);
  if (campaign.waveDays === null) return { kind: 'make', wave: null };
  const waves = await inShop(work, (tx) => readWaves(tx, work.shop.id, work.id));
  const open = waves.find(({ status }) => status === 'planned' || status === 'making');
  if (!open) return NOTHING;
  if (open.status === 'making') return { kind: 'make', wave: open };
  const isDue = open.dueAt <= work.platform.clock.now();
  return isDue ? begin(work, { campaign, days: campaign.waveDays, open, count: waves.length }) : NOTHING;
}

type Due = { readonly campaign: Campaign; readonly days: number; readonly open: Wave; readonly count: number };

async function begin(work: Begun, due: Due): Promise<Step> {
  const { shop, id, platform } = work;
  const now = platform.clock.now();
  const { campaign, days, open, count } = due;
  const full = await fullCost(work, campaign);
  return inShop(work, async (tx): Promise<Step> => {
    const place = { campaignId: id, wave: open.wave };
    const codesLeft = campaign.mostCodes === null ? null : campaign.mostCodes - (await countCodes(tx, shop.id, id)).all;
    const isOver = (campaign.endsAt !== null && campaign.endsAt <= now) || (codesLeft !== null && codesLeft <= 0);
    if (isOver) {
      await stopWaves(tx, shop.id, { campaignId: id, from: ['planned'], to: 'over' });
      return NOTHING;
    }
    const expected = await expectedOf(tx, work, { ...due, full });
    const room = expected === 'unknown' ? 0 : waveRoom({ codesLeft, expected, wavesLeft: count - open.wave });
    const expectedCost = expected === null || expected === 'unknown' ? null : BigInt(Math.round(expected.costOfCode));
    if (room === 0) {
      const dueAt = new Date(now.getTime() + days * DAY_MS);
      await noteWave(tx, shop.id, { ...place, from: ['planned'], data: { dueAt, waits: true, expectedCost } });
      await planNext(tx, shop.id, { ...place, after: dueAt, days });
      return NOTHING;
    }
    const policy = await policyOf(tx, work, due);
    const data = { status: 'making', startedAt: now, dueAt: now, policy, mostCodes: room, expectedCost, waits: false } as const;
    await noteWave(tx, shop.id, { ...place, from: ['planned'], data });
    return { kind: 'make', wave: { ...open, ...data } };
  });
}

/** What a code takes off on average where it is used, of the dearest offer; null where no budget of money asks, or nothing tells. */
async function fullCost({ platform, shop }: Begun, { budget, arms }: Campaign): Promise<bigint | null> {
  if (budget?.kind !== 'money') return null;
  const { margins } = await marginsOf(
    { ...platform, shop },
    arms.flatMap(({ offer }) => offer ?? []),
  );
  return dearestOf(margins);
}

/** What is left of a budget of money; `unknown` where only the expectation could bound it and there is none. */
async function expectedOf(
  tx: ShopTx,
  { shop, id, platform }: Begun,
  { campaign, days, full }: Due & { full: bigint | null },
): Promise<Expected | null | 'unknown'> {
  const { budget, mostCodes } = campaign;
  if (budget?.kind !== 'money') return null;
  if (full === null) return mostCodes === null ? 'unknown' : null;
  const sent = await spentByWave(tx, shop.id, id);
  return expectedLeft(BigInt(budget.most), { sent, full, days, now: platform.clock.now() });
}

/** What to believe of the arms, from the customers of earlier waves whose days are over; null where they are drawn evenly. */
async function policyOf(tx: ShopTx, { shop, id, platform }: Begun, { campaign, days, open }: Due): Promise<Policy | null> {
  if (!campaign.learns || open.wave === 0) return null;
  const now = platform.clock.now();
  const [fees, costs] = [await readSettings(tx, shop.id), await costShare(tx, shop, new Date(now.getTime() - 365 * DAY_MS))];
  const rows = await learnedRows(tx, shop, { from: { campaignId: id }, days, now, fees, costs });
  return rows.length === 0 ? null : learn(rows, { arms: campaign.arms.length, seed: open.wave });
}

/** A wave of which all is at the store and on its way. */
export async function finishWave({ wave, ...work }: Work): Promise<void> {
  if (!wave) return;
  const data = { status: 'made', madeAt: work.platform.clock.now(), error: null } as const;
  await inShop(work, (tx) => noteWave(tx, work.shop.id, { campaignId: work.id, wave: wave.wave, from: ['making'], data }));
}

/** A wave that the store refused is tried again in an hour, with what it said. */
export async function putOff({ wave, ...work }: Work, error: string): Promise<void> {
  if (!wave) return;
  const data = { error, dueAt: new Date(work.platform.clock.now().getTime() + HOUR_MS) };
  await inShop(work, (tx) => noteWave(tx, work.shop.id, { campaignId: work.id, wave: wave.wave, from: ['making'], data }));
}
