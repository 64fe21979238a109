import type { Delivery } from './delivery.ts';
import type { RuleWords } from './campaign.ts';
import type { Offer } from './offer.ts';
import type { Trigger } from './standing/trigger.ts';

export const COMPARED_BY = ['campaign', 'offer', 'delivery', 'segment', 'channel'] as const;
/** What campaigns are compared by; `channel` is that of a customer's last order before the assignment. */
export type ComparedBy = (typeof COMPARED_BY)[number];

/** What an address asks for; campaign where it says nothing known. */
export const comparedBy = (text: string | null): ComparedBy => COMPARED_BY.find((by) => by === text) ?? 'campaign';

/** An offer by its kind and size: whatever it is on, and from whichever sum. */
export type OfferSize = Exclude<Offer['value'], { kind: 'gets' }> | { kind: 'gets'; buys: number; gets: number; percent: number };

export function sizeOf({ value }: Offer): OfferSize {
  if (value.kind !== 'gets') return value;
  const { kind, buys, gets, percent } = value;
  return { kind, buys, gets, percent };
}

/** What the customers of a row have in common. */
export type ComparedGroup =
  | { readonly by: 'campaign'; readonly id: number; readonly standing: boolean; readonly name: string }
  | { readonly by: 'offer'; readonly size: OfferSize }
  | { readonly by: 'delivery'; readonly delivery: Delivery }
  | { readonly by: 'segment'; readonly rules: readonly RuleWords[] }
  | { readonly by: 'trigger'; readonly trigger: Trigger }
  | { readonly by: 'channel'; readonly channel: string | null };

/** A campaign, or all runs of a standing one, with what its customers can be told apart by. */
export type Whole = {
  /** `campaign/ID` or `standing/ID`. */
  readonly key: string;
  readonly id: number;
  readonly standing: boolean;
  readonly name: string;
  readonly startsAt: Date;
  readonly delivery: Delivery;
  /** Who is meant: rules, or what sets a standing campaign off. */
  readonly meant: readonly RuleWords[] | Trigger;
  /** By position, without the hold-out. */
  readonly offers: ReadonlyMap<number, Offer>;
  /** Of the always-valid intervals of a customer's effect, minor units squared. */
  readonly mixture: number;
  /** Mean square of what an order brings, by which the mixture of counts is told. */
  readonly orderSquare: number;
  /** With an offer, where that was fixed before anybody was meant; null where all were assigned at once. */
  readonly planned: number | null;
};

/** In which row the customers of an arm stand; null where the campaign has no such offer. */
export function groupOf(by: ComparedBy, whole: Whole, { arm, channel }: { arm: number; channel: string | null }): ComparedGroup | null {
  const offer = whole.offers.get(arm);
  if (!offer) return null;
  switch (by) {
    case 'campaign':
      return { by, id: whole.id, standing: whole.standing, name: whole.name };
    case 'offer':
      return { by, size: sizeOf(offer) };
    case 'delivery':
      return { by, delivery: whole.delivery };
    case 'segment':
      return 'kind' in whole.meant ? { by: 'trigger', trigger: whole.meant } : { by, rules: whole.meant };
    case 'channel':
      return { by, channel };
  }
}
