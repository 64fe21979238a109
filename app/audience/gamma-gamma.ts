import type { Fitted } from './bg-nbd.ts';
import { maximise } from './maximise.ts';
import { digamma, lnGamma } from './special.ts';

/**
 * The Gamma-Gamma model of what a purchase is worth: Fader, Hardie and Lee, "RFM and CLV" (Journal of Marketing Research
 * 42(4), 2005). A customer's purchases are gamma(p, nu), and nu is gamma(q, v) over customers; v is in the unit of money.
 */
export type GammaGamma = { readonly p: number; readonly q: number; readonly v: number };

/** Customers as columns: repeat purchases (at least one) and their mean amount (above 0). */
export type Spending = { readonly repeats: Int32Array; readonly mean: Float64Array };

/** The log-likelihood of all customers' means, and its gradient by p, q and v. */
export function gammaGammaLikelihood(
  { repeats, mean }: Spending,
  { p, q, v }: GammaGamma,
): { value: number; gradient: [number, number, number] } {
  const most = repeats.reduce((highest, x) => Math.max(highest, x), 0);
  const of = (value: (x: number) => number): Float64Array => Float64Array.from({ length: most + 1 }, (_, x) => (x === 0 ? 0 : value(x)));
  const [lnQ, psiQ, lnV] = [lnGamma(q), digamma(q), Math.log(v)];
  const ln = of((x) => lnGamma(p * x + q) - lnGamma(p * x) - lnQ + q * lnV + p * x * Math.log(x));
  const dp = of((x) => x * (digamma(p * x + q) - digamma(p * x) + Math.log(x)));
  const dq = of((x) => digamma(p * x + q) - psiQ + lnV);
  const gradient: [number, number, number] = [0, 0, 0];
  let value = 0;
  for (let at = 0; at < repeats.length; at += 1) {
    const x = repeats[at] ?? 0;
    const m = mean[at] ?? 0;
    const lnM = Math.log(m);
    const lnSum = Math.log(v + m * x);
    value += (ln[x] ?? 0) + (p * x - 1) * lnM - (p * x + q) * lnSum;
    gradient[0] += (dp[x] ?? 0) + x * (lnM - lnSum);
    gradient[1] += (dq[x] ?? 0) - lnSum;
    gradient[2] += q / v - (p * x + q) / (v + m * x);
  }
  return { value, gradient };
}

/**
 * Fits the model by maximum likelihood.
 * @returns null where there is no maximum inside: everybody spends the same, say.
 */
export function fitGammaGamma(spending: Spending): Fitted<GammaGamma> | null {
  const count = spending.repeats.length;
  if (count === 0) return null;
  const modelOf = (logs: readonly number[]): GammaGamma => {
    const [p = 0, q = 0, v = 0] = logs.map(Math.exp);
    return { p, q, v };
  };
  const average = (logs: readonly number[]) => {
    const model = modelOf(logs);
    const { value, gradient } = gammaGammaLikelihood(spending, model);
    const scale = [model.p, model.q, model.v];
    return { value: value / count, gradient: gradient.map((part, at) => (part * (scale[at] ?? 0)) / count) };
  };
  const money = spending.mean.reduce((sum, m) => sum + m, 0) / count;
  const { at, value, settled } = maximise(average, [2, 2, money].map(Math.log), { tolerance: 1e-8, steps: 2_000 });
  const isInside = at.slice(0, 2).every((log) => Math.abs(log) < 12);
  return settled && isInside ? { parameters: modelOf(at), logLikelihood: value * count } : null;
}

/**
 * What a purchase of a customer is worth on average: between the customer's own mean and everybody's, nearer to the own
 * one the more it rests on. Without repeat purchases everybody's. NaN where q is 1 or less: the mean over customers has no bound.
 */
export function expectedAmount({ p, q, v }: GammaGamma, { repeats: x, mean }: { repeats: number; mean: number }): number {
  const rest = p * x + q - 1;
  return rest > 0 ? (p * (v + x * mean)) / rest : Number.NaN;
}
