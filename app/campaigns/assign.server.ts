import { createHmac } from 'node:crypto';
import { armAt, type Arm } from './arms.ts';

/** Random bytes of a campaign's key. */
export const SEED_BYTES = 32;
const CHANCE_BYTES = 6;

function chanceOf(seed: Uint8Array, text: string): number {
  const hash = createHmac('sha256', seed).update(text).digest();
  return hash.readUIntBE(0, CHANCE_BYTES) / 2 ** (8 * CHANCE_BYTES);
}

/**
 * Who is in which arm: HMAC-SHA256 of the customer's id (its decimal digits) under the campaign's key, the first 48 bits as
 * a chance. Nobody without the key can foresee it, and the same customer is always in the same arm.
 */
export function armChooser<Of extends Pick<Arm, 'share'>>(seed: Uint8Array, arms: readonly Of[]): (customerId: bigint) => Of {
  return (customerId) => armAt(arms, chanceOf(seed, String(customerId)));
}

/** The chance by which a customer gets into a campaign whose budget does not bear everybody; it tells nothing about the arm. */
export const inclusionChance = (seed: Uint8Array, customerId: bigint): number => chanceOf(seed, `budget/${customerId}`);

/** The chance by which a customer's arm is drawn in a run in which the program chooses; of its own in each run. */
export const runChance = (seed: Uint8Array, run: number, customerId: bigint): number => chanceOf(seed, `run/${run}/${customerId}`);

/** The chance by which a customer falls to a wave; it tells nothing about the arm. */
export const waveChance = (seed: Uint8Array, customerId: bigint): number => chanceOf(seed, `wave/${customerId}`);
