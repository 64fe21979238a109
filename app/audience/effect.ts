import { alwaysValid, timesNeeded } from './always-valid.ts';
import { adjustedDifference, type ArmMoments } from './lift.ts';

/** With fewer customers, or fewer of them that bought, in an arm no interval holds what it says: spend is too uneven. */
export const LEAST_CUSTOMERS = 100;
export const LEAST_BUYERS_AN_ARM = 10;
/** More customers than any shop has. */
const BEYOND = 1_000_000_000;

/** An arm's outcomes, and how many of its customers bought at all. */
export type MeasuredArm = ArmMoments & { readonly buyers: number };

export type ArmEffect =
  /** Not enough data yet: `customers` and `buyers` are those of the smaller arm. */
  | { readonly kind: 'short'; readonly customers: number; readonly buyers: number }
  | {
      readonly kind: 'told';
      /** A customer, beside the control, in the unit of the outcome. */
      readonly effect: number;
      readonly low: number;
      readonly high: number;
      /** Whether the interval leaves 0 out. */
      readonly shown: boolean;
      /** Customers of both arms together that an effect as large as this would need to be shown; null where it is, or none would do. */
      readonly customersNeeded: number | null;
    };

/**
 * The effect of an arm beside the control with what the time before explains taken off (CUPED), and an interval that holds
 * at every look with a chance of 1 − alpha (see {@link alwaysValid}).
 */
export function effectOf(arm: MeasuredArm, control: MeasuredArm, how: { readonly alpha: number; readonly mixture: number }): ArmEffect {
  const [customers, buyers] = [Math.min(arm.n, control.n), Math.min(arm.buyers, control.buyers)];
  if (customers < LEAST_CUSTOMERS || buyers < LEAST_BUYERS_AN_ARM) return { kind: 'short', customers, buyers };
  const interval = alwaysValid(adjustedDifference(arm, control), how);
  const shown = interval.low > 0 || interval.high < 0;
  const needed = Math.ceil(timesNeeded(interval) * (arm.n + control.n));
  return { kind: 'told', ...interval, shown, customersNeeded: shown || !(needed < BEYOND) ? null : needed };
}
