import { z } from 'zod';
import { CONTEXT_SIZE } from './context.ts';
import { beliefOf } from './linear.ts';
import { chances, drawModels } from './thompson.ts';

const numbers = z.array(z.number()).readonly();
/** What is believed when a run is made; kept with it, so that each chance can be told again. */
export const policySchema = z.strictObject({
  /** By position of the arms, the hold-out first. */
  beliefs: z.array(z.strictObject({ mean: numbers, factor: z.array(numbers).readonly() })),
  /** Of the models that are drawn. */
  seed: z.int(),
  /** How many customers it was learned from. */
  seen: z.int(),
});
export type Policy = z.infer<typeof policySchema>;

/** Share of the customers who are spread over all arms alike, whatever is believed. */
export const EXPLORATION = 0.1;

/** A customer of an earlier run whose days are over. */
export type Learned = { readonly arm: number; readonly propensity: number; readonly context: readonly number[]; readonly reward: number };

/** The spread of rewards; 1 where there is none to tell. */
function spreadOf(rewards: readonly number[]): number {
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / Math.max(1, rewards.length);
  const variance = rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / Math.max(1, rewards.length - 1);
  return variance > 0 ? Math.sqrt(variance) : 1;
}

/** What to believe after the customers of earlier runs. @param arms how many there are, the hold-out among them. */
export function learn(rows: readonly Learned[], { arms, seed }: { arms: number; seed: number }): Policy {
  const spread = spreadOf(rows.map(({ reward }) => reward));
  const of = (arm: number) => rows.filter((row) => row.arm === arm).map(({ context, reward }) => ({ context, reward: reward / spread }));
  return { seed, seen: rows.length, beliefs: Array.from({ length: arms }, (_, arm) => beliefOf(of(arm), CONTEXT_SIZE)) };
}

/** Tells the chance of each arm for a context, under a policy. @param holdOut share that is held out in any case. */
export function chooser({ beliefs, seed }: Policy, holdOut: number): (context: readonly number[]) => number[] {
  const models = drawModels(beliefs, seed);
  return (context) => chances(models, context, { exploration: EXPLORATION, holdOut });
}

/** The chance of each arm before anything is known: the hold-out aside, all alike, none among them. */
export const evenChances = (arms: number, holdOut: number): number[] =>
  Array.from({ length: arms }, (_, arm) => (1 - holdOut) / arms + (arm === 0 ? holdOut : 0));
