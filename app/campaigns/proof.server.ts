import { effectOf, type ArmEffect, type MeasuredArm } from '../audience/index.server.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { ALPHA, armLetter, type Arm } from './arms.ts';
import { readCampaign } from './campaigns.store.server.ts';
import { readSettings } from './economics.store.server.ts';
import { costShare, readOutcomes, type ArmOutcomes } from './proof.store.server.ts';

const DAY_MS = 86_400_000;
/** Purchases that a campaign only pulled forward are missing in the weeks after it. */
export const AFTER_DAYS = 28;

/** An outcome of an arm, a customer; money in minor units. `effect` is null for the hold-out itself. */
export type ArmFigures = {
  readonly arm: number;
  /** A, B …; null for the hold-out. */
  readonly letter: string | null;
  readonly customers: number;
  readonly buyers: number;
  readonly orders: number;
  readonly revenue: number;
  readonly margin: number;
  readonly effects: { readonly orders: ArmEffect; readonly revenue: ArmEffect; readonly margin: ArmEffect } | null;
};

/** `until`: what is counted up to; `over`: nothing more comes. */
export type ProofWindow = { readonly until: Date; readonly over: boolean; readonly arms: readonly ArmFigures[] };

export type CampaignProof =
  /**
   * There is no hold-out (or nobody in it), the customers are not assigned yet, or the program chose the arms: then the
   * customers of a run or wave came to them with unlike chances, and only all together, weighed, tell anything.
   */
  | { readonly kind: 'none'; readonly reason: 'assigning' | 'no-hold-out' | 'not-started' | 'learns' | 'waves' }
  | {
      readonly kind: 'proof';
      /** From the start to the end, or to now. */
      readonly during: ProofWindow;
      /** The same with the four weeks after the end; null before the end. */
      readonly withAfter: ProofWindow | null;
      /** No unit cost is known: margin is only revenue less fees. */
      readonly costsUnknown: boolean;
    };

/** What a campaign did beside its hold-out, counted now from the orders; null where there is no such campaign. */
export async function campaignProof(scope: ShopScope, id: number): Promise<CampaignProof | null> {
  const { shop, clock } = scope;
  const now = clock.now();
  return scope.db.forShop(shop.id, async (tx) => {
    const campaign = await readCampaign(tx, shop.id, id);
    if (!campaign) return null;
    if (campaign.audienceSize === 0) return { kind: 'none', reason: 'assigning' };
    const { mixture, policy, learns, startsAt, endsAt } = campaign;
    if (learns) return { kind: 'none', reason: 'waves' };
    if (policy !== null) return { kind: 'none', reason: 'learns' };
    if (mixture === null) return { kind: 'none', reason: 'no-hold-out' };
    if (startsAt > now) return { kind: 'none', reason: 'not-started' };
    const [fees, costs] = [await readSettings(tx, shop.id), await costShare(tx, shop, new Date(now.getTime() - 365 * DAY_MS))];
    const window = async (end: Date | null): Promise<ProofWindow> => {
      const until = end && end < now ? end : now;
      const outcomes = await readOutcomes(tx, shop, { campaignId: id, from: startsAt, until, fees, costs });
      return { until, over: until === end, arms: figuresOf({ ...campaign, mixture }, outcomes) };
    };
    const ended = endsAt !== null && endsAt < now;
    return {
      kind: 'proof',
      during: await window(endsAt),
      withAfter: ended ? await window(new Date(endsAt.getTime() + AFTER_DAYS * DAY_MS)) : null,
      costsUnknown: costs === null,
    };
  });
}

type Weighed = { readonly mixture: number; readonly orderSquare: number; readonly arms: readonly Pick<Arm, 'position' | 'offer'>[] };

/** Each arm beside the hold-out. */
export function figuresOf(campaign: Weighed, outcomes: readonly ArmOutcomes[]): ArmFigures[] {
  const { mixture, orderSquare } = campaign;
  const control = outcomes.find(({ arm }) => arm === 0);
  const alpha = ALPHA / campaign.arms.filter(({ offer }) => offer !== null).length;
  return campaign.arms.flatMap(({ position }): ArmFigures[] => {
    const found = outcomes.find(({ arm }) => arm === position);
    if (!found) return [];
    const { orders, revenue, margin } = found;
    const told = (name: 'orders' | 'revenue' | 'margin'): ArmEffect => {
      const beside: MeasuredArm | undefined = control?.[name];
      if (!beside) return { kind: 'short', customers: 0, buyers: 0 };
      return effectOf(found[name], beside, { alpha, mixture: name === 'orders' ? mixture / orderSquare : mixture });
    };
    return [
      {
        arm: position,
        letter: position === 0 ? null : armLetter(position),
        customers: orders.n,
        buyers: orders.buyers,
        orders: orders.outcome,
        revenue: revenue.outcome,
        margin: margin.outcome,
        effects: position === 0 ? null : { orders: told('orders'), revenue: told('revenue'), margin: told('margin') },
      },
    ];
  });
}
