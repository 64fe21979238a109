import { maximise } from './maximise.ts';
import { digamma, hypergeometric, lnGamma } from './special.ts';

/**
 * The BG/NBD model of repeat buying: Fader, Hardie and Lee, "Counting Your Customers" the Easy Way (Marketing Science
 * 24(2), 2005). A customer buys at a rate that is gamma(r, alpha) over customers, and after each purchase is gone for good
 * with a chance that is beta(a, b). alpha is in the unit of time of the histories (weeks here).
 */
export type BgNbd = { readonly r: number; readonly alpha: number; readonly a: number; readonly b: number };

/**
 * Customers as columns: repeat purchases (days with a purchase after the first), when the last of them was, and how long
 * the customer has been seen; both counted in weeks from the first purchase.
 */
export type Histories = { readonly repeats: Int32Array; readonly last: Float64Array; readonly seen: Float64Array };

export type Fitted<Parameters> = { readonly parameters: Parameters; readonly logLikelihood: number };

/** What depends on the number of repeat purchases alone, for each number that occurs. */
type ByCount = { ln: Float64Array; dr: Float64Array; da: Float64Array; db: Float64Array };

function byCount(most: number, { r, alpha, a, b }: BgNbd): ByCount {
  const of = (value: (x: number) => number): Float64Array => Float64Array.from({ length: most + 1 }, (_, x) => value(x));
  const [lnR, lnB, lnAB, lnAlpha] = [lnGamma(r), lnGamma(b), lnGamma(a + b), Math.log(alpha)];
  const [psiR, psiB, psiAB] = [digamma(r), digamma(b), digamma(a + b)];
  return {
    ln: of((x) => lnGamma(r + x) - lnR + r * lnAlpha + lnAB + lnGamma(b + x) - lnB - lnGamma(a + b + x)),
    dr: of((x) => digamma(r + x) - psiR + lnAlpha),
    da: of((x) => psiAB - digamma(a + b + x)),
    db: of((x) => psiAB - digamma(a + b + x) + digamma(b + x) - psiB),
  };
}

/** The log-likelihood (their equation 6) of all customers, and its gradient by r, alpha, a and b. */
export function bgNbdLikelihood(
  { repeats, last, seen }: Histories,
  model: BgNbd,
): { value: number; gradient: [number, number, number, number] } {
  const { r, alpha, a, b } = model;
  const counts = byCount(
    repeats.reduce((most, x) => Math.max(most, x), 0),
    model,
  );
  let [value, dr, dalpha, da, db] = [0, 0, 0, 0, 0];
  for (let at = 0; at < repeats.length; at += 1) {
    const [x, toLast, toNow] = [repeats[at] ?? 0, alpha + (last[at] ?? 0), alpha + (seen[at] ?? 0)];
    const { sum, weight } = endOf(model, x, { lnLast: Math.log(toLast), lnSeen: Math.log(toNow) });
    value += (counts.ln[x] ?? 0) + sum;
    dr += (counts.dr[x] ?? 0) - (1 - weight) * Math.log(toNow) - weight * Math.log(toLast);
    dalpha += r / alpha - (r + x) * ((1 - weight) / toNow + weight / toLast);
    da += (counts.da[x] ?? 0) + weight / a;
    db += (counts.db[x] ?? 0) - (weight === 0 ? 0 : weight / (b + x - 1));
  }
  return { value, gradient: [dr, dalpha, da, db] };
}

/** How a history ends: still there after all that time, or gone right after the last purchase. `weight` is the share of the second. */
function endOf({ r, a, b }: BgNbd, x: number, { lnLast, lnSeen }: { lnLast: number; lnSeen: number }): { sum: number; weight: number } {
  const there = -(r + x) * lnSeen;
  if (x === 0) return { sum: there, weight: 0 };
  const gone = Math.log(a / (b + x - 1)) - (r + x) * lnLast;
  const higher = Math.max(there, gone);
  const sum = higher + Math.log(Math.exp(there - higher) + Math.exp(gone - higher));
  return { sum, weight: Math.exp(gone - sum) };
}

/**
 * Fits the model by maximum likelihood.
 * @returns null where the likelihood has no maximum inside: nobody has bought twice, say, or nobody has ever gone.
 */
export function fitBgNbd(histories: Histories): Fitted<BgNbd> | null {
  const { repeats, seen } = histories;
  const count = repeats.length;
  const bought = repeats.reduce((sum, x) => sum + x, 0);
  if (count === 0 || bought === 0) return null;
  const modelOf = (logs: readonly number[]): BgNbd => {
    const [r = 0, alpha = 0, a = 0, b = 0] = logs.map(Math.exp);
    return { r, alpha, a, b };
  };
  // In the logarithms, so that all stay above 0, and per customer, so that the tolerance means the same for any number.
  const mean = (logs: readonly number[]) => {
    const model = modelOf(logs);
    const { value, gradient } = bgNbdLikelihood(histories, model);
    const scale = [model.r, model.alpha, model.a, model.b];
    return { value: value / count, gradient: gradient.map((part, at) => (part * (scale[at] ?? 0)) / count) };
  };
  const rate = bought / seen.reduce((sum, time) => sum + time, 0);
  const start = [1, 1 / rate, 1, 2].map(Math.log);
  const { at, value, settled } = maximise(mean, start, { tolerance: 1e-8 });
  const isInside = at.every((log) => Math.abs(log) < 16);
  return settled && isInside ? { parameters: modelOf(at), logLikelihood: value * count } : null;
}

export type History = { readonly repeats: number; readonly last: number; readonly seen: number };

/** How much likelier it is that the customer has gone after the last purchase than that not. */
function goneOdds({ r, alpha, a, b }: BgNbd, { repeats: x, last, seen }: History): number {
  return x === 0 ? 0 : (a / (b + x - 1)) * Math.exp((r + x) * Math.log((alpha + seen) / (alpha + last)));
}

/** The chance that a customer still buys. By the model nobody goes before a first repeat purchase, so it is 1 without one. */
export function probabilityAlive(model: BgNbd, history: History): number {
  return 1 / (1 + goneOdds(model, history));
}

const BESIDE_ONE = 1e-6;

/** Their equation 10: repeat purchases to expect of a customer in the next `weeks`. */
export function expectedOrders(model: BgNbd, history: History, weeks: number): number {
  const { r, alpha, a, b } = model;
  const { repeats: x, seen } = history;
  // The formula divides by a - 1; beside 1 it is smooth.
  if (Math.abs(a - 1) < BESIDE_ONE / 2) return expectedOrders({ ...model, a: 1 + BESIDE_ONE }, history, weeks);
  const z = weeks / (alpha + seen + weeks);
  const series = hypergeometric({ a: r + x, b: b + x, c: a + b + x - 1 }, z);
  const stays = Math.exp((r + x) * Math.log((alpha + seen) / (alpha + seen + weeks)));
  return (((a + b + x - 1) / (a - 1)) * (1 - stays * series)) / (1 + goneOdds(model, history));
}
