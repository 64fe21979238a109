import type { ArmEffect } from '../../audience/index.server.ts';
import { writeAudit } from '../../audit/index.server.ts';
import type { ShopScope } from '../../platform/context.server.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import type { ActOutcome } from '../campaigns.server.ts';
import { readCampaign, type Campaign } from '../campaigns.store.server.ts';
import { readSettings } from '../economics.store.server.ts';
import { learnedRows } from '../policy/policy.store.server.ts';
import { reportOf, type PolicyReport } from '../policy/report.ts';
import { figuresOf } from '../proof.server.ts';
import { costShare, readProgramOutcomes } from '../proof.store.server.ts';
import { armsByWave, readWaves, stopWaves, type Wave } from './waves.store.server.ts';

const DAY_MS = 86_400_000;

export type ShownWave = Pick<Wave, 'wave' | 'status' | 'dueAt' | 'startedAt' | 'madeAt' | 'waits' | 'error' | 'mostCodes'> & {
  readonly customers: number;
  /** How many customers got each arm, the hold-out first; what the program gave nothing is in the first too. */
  readonly arms: readonly { readonly arm: number; readonly customers: number }[];
  /** Codes that the store has, and how many customers were told. */
  readonly codes: number;
  readonly sent: number;
  /** What its codes were expected to take off when it began, minor units; null without a budget of money. */
  readonly expected: bigint | null;
};

export type CampaignWaves = {
  readonly waves: readonly ShownWave[];
  readonly days: number;
  /** When the next goes out; null where none does. */
  readonly next: Date | null;
  /** Where the program chooses: what it earned beside others. */
  readonly learned: PolicyReport | null;
  /** Margin of a customer who was put to the program, whatever it chose, beside the held-out; null where it does not choose. */
  readonly program: ArmEffect | null;
};

/** How a campaign went out in waves and what the program earned, counted now; null where everybody went at once. */
export async function campaignWaves(scope: ShopScope, id: number): Promise<CampaignWaves | null> {
  const { shop } = scope;
  return scope.db.forShop(shop.id, async (tx) => {
    const campaign = await readCampaign(tx, shop.id, id);
    if (!campaign || campaign.waveDays === null) return null;
    const [waves, arms] = [await readWaves(tx, shop.id, id), await armsByWave(tx, shop.id, id)];
    const shown = waves.map((wave): ShownWave => {
      const of = arms.filter((row) => row.wave === wave.wave);
      const sum = (name: 'customers' | 'made' | 'sent'): number => of.reduce((all, row) => all + row[name], 0);
      const { status, dueAt, startedAt, madeAt, waits, error, mostCodes, expectedCost } = wave;
      const offered = of.reduce((all, row) => (row.arm > 0 ? all + row.customers : all), 0);
      return {
        wave: wave.wave,
        status,
        dueAt,
        startedAt,
        madeAt,
        waits,
        error,
        mostCodes,
        customers: sum('customers'),
        codes: sum('made'),
        sent: sum('sent'),
        arms: of.map(({ arm, customers }) => ({ arm, customers })),
        expected: expectedCost === null ? null : expectedCost * BigInt(offered),
      };
    });
    const runs = campaign.status === 'active' || campaign.status === 'creating';
    const next = runs ? (waves.find(({ status }) => status === 'planned')?.dueAt ?? null) : null;
    const told = campaign.learns ? await learnedOf(tx, scope, { campaign, days: campaign.waveDays }) : { learned: null, program: null };
    return { waves: shown, days: campaign.waveDays, next, ...told };
  });
}

/**
 * By the customers whose days are over, each by the inverse of their chance; and by all who were put to the program beside
 * all who were held out, with the same chance in each wave, so that nothing has to be weighed.
 */
async function learnedOf(
  tx: ShopTx,
  { shop, clock }: ShopScope,
  { campaign, days }: { campaign: Campaign; days: number },
): Promise<Pick<CampaignWaves, 'learned' | 'program'>> {
  const now = clock.now();
  const { id, arms, startsAt, endsAt, orderSquare } = campaign;
  const [fees, costs] = [await readSettings(tx, shop.id), await costShare(tx, shop, new Date(now.getTime() - 365 * DAY_MS))];
  const rows = await learnedRows(tx, shop, { from: { campaignId: id }, days, now, fees, costs });
  const mixture = campaign.mixture ?? orderSquare;
  const learned = reportOf(rows, { offers: arms.length - 1, mixture });
  const until = endsAt && endsAt < now ? endsAt : now;
  const outcomes = await readProgramOutcomes(tx, shop, { campaignId: id, from: startsAt, until, fees, costs });
  const whole = arms.filter(({ position }) => position <= 1);
  const program = figuresOf({ mixture, orderSquare, arms: whole }, outcomes).find(({ arm }) => arm === 1)?.effects?.margin ?? null;
  return { learned, program };
}

/** Lets no further wave go out; what went out goes on to work. */
export async function stopCampaignWaves(scope: ShopScope, id: number): Promise<ActOutcome> {
  const { shop } = scope;
  return scope.db.forShop(shop.id, async (tx): Promise<ActOutcome> => {
    const stopped = await stopWaves(tx, shop.id, { campaignId: id, from: ['planned'], to: 'stopped' });
    if (stopped === 0) return { kind: 'wrong-status' };
    await writeAudit(tx, scope, { action: 'campaign.waves.stopped', subject: `campaign/${id}`, after: { waves: stopped } });
    return { kind: 'ok' };
  });
}
