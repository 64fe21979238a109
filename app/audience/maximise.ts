/** A function of some numbers and its gradient there. */
export type Valued = { readonly value: number; readonly gradient: readonly number[] };
export type Maximum = { readonly at: readonly number[]; readonly value: number; readonly settled: boolean };

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
const plus = (a: readonly number[], b: readonly number[], times: number): number[] => a.map((value, at) => value + times * (b[at] ?? 0));
const identity = (size: number): number[][] =>
  Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, at) => (at === row ? 1 : 0)));
const isFinite = ({ value, gradient }: Valued): boolean => Number.isFinite(value) && gradient.every(Number.isFinite);

/** Sums over millions of rows are not exact: within so much of a value, two are the same, and the slope says which way is up. */
const NOISE = 1e-11;
/** Where no step can be told to lead higher, a gradient that is by so much larger than asked for still counts as flat. */
const ROUGH = 1_000;

/** How far one step goes at most, in each number: the functions here take logarithms, and e^2 is far. */
const LONGEST = 2;

/**
 * The maximum of a smooth function from a starting point, by BFGS (Nocedal and Wright, Numerical Optimization, 6.1) with
 * halved steps. `settled` is false when it ran out of steps: the function may have no maximum there.
 * @param options.tolerance the largest part of the gradient that counts as flat.
 */
export function maximise(
  of: (at: readonly number[]) => Valued,
  start: readonly number[],
  options: { tolerance: number; steps?: number },
): Maximum {
  let at = [...start];
  let here = of(at);
  let inverse = identity(at.length);
  for (let step = 0; step < (options.steps ?? 500); step += 1) {
    if (Math.max(...here.gradient.map(Math.abs)) <= options.tolerance) return { at, value: here.value, settled: true };
    let direction = inverse.map((row) => dot(row, here.gradient));
    if (dot(direction, here.gradient) <= 0) {
      inverse = identity(at.length);
      direction = [...here.gradient];
    }
    const moved = searched(of, { at, here, direction });
    if (!moved) return { at, value: here.value, settled: Math.max(...here.gradient.map(Math.abs)) <= options.tolerance * ROUGH };
    inverse = updated(inverse, plus(moved.at, at, -1), plus(here.gradient, moved.there.gradient, -1));
    at = moved.at;
    here = moved.there;
  }
  return { at, value: here.value, settled: false };
}

/**
 * The first point along a direction that is higher by enough (Armijo), beginning with a whole step; or, where values are
 * too near to each other to tell, at which the slope is flatter (the approximate condition of Hager and Zhang 2005).
 */
function searched(
  of: (at: readonly number[]) => Valued,
  from: { at: readonly number[]; here: Valued; direction: readonly number[] },
): { at: number[]; there: Valued } | null {
  const { at, here, direction } = from;
  const slope = dot(direction, here.gradient);
  let length = Math.min(1, LONGEST / Math.max(...direction.map(Math.abs)));
  const noise = NOISE * (1 + Math.abs(here.value));
  for (let tries = 0; tries < 40; tries += 1, length /= 2) {
    const next = plus(at, direction, length);
    const there = of(next);
    if (!isFinite(there)) continue;
    if (there.value >= here.value + 1e-4 * length * slope) return { at: next, there };
    if (there.value >= here.value - noise && Math.abs(dot(direction, there.gradient)) <= 0.9 * slope) return { at: next, there };
  }
  return null;
}

/** The inverse of the curvature, corrected by what a step of `moved` has changed the gradient by. */
function updated(inverse: number[][], moved: readonly number[], changed: readonly number[]): number[][] {
  const along = dot(moved, changed);
  // Told by the size of the two, not by a number: close to the top both are tiny, and there the curvature counts as well.
  if (along <= 1e-10 * Math.sqrt(dot(moved, moved) * dot(changed, changed))) return inverse;
  const carried = inverse.map((row) => dot(row, changed));
  const factor = (1 + dot(changed, carried) / along) / along;
  return inverse.map((row, i) =>
    row.map(
      (value, j) =>
        value +
        factor * (moved[i] ?? 0) * (moved[j] ?? 0) -
        ((moved[i] ?? 0) * (carried[j] ?? 0) + (carried[i] ?? 0) * (moved[j] ?? 0)) / along,
    ),
  );
}
