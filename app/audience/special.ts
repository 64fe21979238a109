/** Special functions of real numbers in double precision; each with its source. */

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const HALF_LOG_2PI = 0.9189385332046727;

/** ln Γ(x) for x > 0; Lanczos' approximation with g = 7 and nine terms, relative error below 1e-13. */
export function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const z = x - 1;
  const base = z + 7.5;
  const sum = LANCZOS.reduce((total, term, at) => (at === 0 ? term : total + term / (z + at)), 0);
  return HALF_LOG_2PI + (z + 0.5) * Math.log(base) - base + Math.log(sum);
}

/** ψ(x), the derivative of ln Γ, for x > 0: recurrence up to 10, then its asymptotic series (Abramowitz and Stegun 6.3.18). */
export function digamma(x: number): number {
  let shift = 0;
  let at = x;
  for (; at < 10; at += 1) shift -= 1 / at;
  const square = 1 / (at * at);
  const tail = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square * (1 / 132)))));
  return shift + Math.log(at) - 1 / (2 * at) - tail;
}

const MOST_TERMS = 100_000;

/**
 * Gauss' hypergeometric function ₂F₁(a, b; c; z) for c > 0 and 0 ≤ z < 1 by its series, whose terms shrink like z.
 * @throws RangeError when it does not settle (z is too near to 1).
 */
export function hypergeometric(parameters: { a: number; b: number; c: number }, z: number): number {
  const { a, b, c } = parameters;
  let term = 1;
  let sum = 1;
  for (let n = 0; n < MOST_TERMS; n += 1) {
    term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z;
    sum += term;
    if (Math.abs(term) <= Math.abs(sum) * 1e-14) return sum;
  }
  throw new RangeError('the hypergeometric series does not settle');
}

/** The regularised incomplete beta function I_x(a, b) by its continued fraction (Lentz; Numerical Recipes 6.4). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction settles fast on this side only; the other is its complement.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const tiny = 1e-300;
  const safe = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / safe(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < MOST_TERMS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const step of [even, odd]) {
      d = 1 / safe(1 + step * d);
      c = safe(1 + step / c);
      fraction *= c * d;
      change = c * d;
    }
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return front * fraction;
}
