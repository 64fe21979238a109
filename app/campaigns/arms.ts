import type { Offer } from './offer.ts';

/** Shares are in hundredths of a percent of the customers. */
export const WHOLE = 10_000;
/** What a merchant who says nothing keeps back. */
export const HOLD_OUT = 1_000;
export const MOST_HOLD_OUT = 5_000;
export const MOST_ARMS = 4;
/** The intervals of a report hold with a chance of 1 − ALPHA, all arms together. */
export const ALPHA = 0.05;

/** What an arm with an offer is called: A, B, C … */
export const armLetter = (position: number): string => String.fromCodePoint(64 + position);

/** An offer and who gets it; position 0 is the hold-out, which gets none. */
export type Arm = { readonly position: number; readonly share: number; readonly offer: Offer | null };

/** The hold-out and an equal part of the rest for each offer; what does not divide goes to the first ones. */
export function armsOf(offers: readonly Offer[], holdOut: number): Arm[] {
  const rest = WHOLE - holdOut;
  const share = Math.floor(rest / offers.length);
  const over = rest - share * offers.length;
  return [
    { position: 0, share: holdOut, offer: null },
    ...offers.map((offer, at) => ({ position: at + 1, share: share + (at < over ? 1 : 0), offer })),
  ];
}

/**
 * The arm that a chance means: arms lie beside each other by their shares, in the order of their positions.
 * @param chance from 0 up to, and without, 1.
 */
export function armAt<Of extends Pick<Arm, 'share'>>(arms: readonly Of[], chance: number): Of {
  let place = chance * arms.reduce((sum, arm) => sum + arm.share, 0);
  for (const arm of arms) {
    if (place < arm.share) return arm;
    place -= arm.share;
  }
  throw new RangeError('a chance is at least 0 and less than 1, and some arm has a share');
}
