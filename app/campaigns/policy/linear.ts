/** A linear model of an arm's reward by context, as a belief: its mean and the lower Cholesky factor of its covariance. */
export type Belief = { readonly mean: readonly number[]; readonly factor: readonly (readonly number[])[] };

export type Observed = { readonly context: readonly number[]; readonly reward: number };

/** How sure it is before anything is seen that nothing matters: as much as so many customers. */
const PRIOR = 1;

const cell = (matrix: readonly (readonly number[])[], row: number, at: number): number => matrix[row]?.[at] ?? 0;

/** The lower factor L of a positive definite matrix, A = L·Lᵀ. */
function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const factor = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
  for (let row = 0; row < size; row += 1) {
    for (let at = 0; at <= row; at += 1) {
      let sum = cell(matrix, row, at);
      for (let k = 0; k < at; k += 1) sum -= cell(factor, row, k) * cell(factor, at, k);
      const line = factor[row];
      if (line) line[at] = row === at ? Math.sqrt(Math.max(sum, 1e-12)) : sum / cell(factor, at, at);
    }
  }
  return factor;
}

/** The inverse of a lower triangular matrix. */
function invertLower(factor: readonly (readonly number[])[]): number[][] {
  const size = factor.length;
  const inverse = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
  for (let column = 0; column < size; column += 1) {
    for (let row = column; row < size; row += 1) {
      let sum = row === column ? 1 : 0;
      for (let k = column; k < row; k += 1) sum -= cell(factor, row, k) * cell(inverse, k, column);
      const line = inverse[row];
      if (line) line[column] = sum / cell(factor, row, row);
    }
  }
  return inverse;
}

/**
 * What is believed of an arm after its customers were seen: Bayesian linear regression with a normal prior around 0 and
 * rewards in units of their noise (Agrawal and Goyal 2013, "Thompson Sampling for Contextual Bandits with Linear Payoffs").
 * @param size numbers in a context.
 */
export function beliefOf(observed: readonly Observed[], size: number): Belief {
  const precision = Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_cell, at): number => (row === at ? PRIOR : 0)));
  const sums = Array.from({ length: size }, () => 0);
  for (const { context, reward } of observed) {
    for (let row = 0; row < size; row += 1) {
      const value = context[row] ?? 0;
      sums[row] = (sums[row] ?? 0) + value * reward;
      const line = precision[row];
      if (line) for (let at = 0; at < size; at += 1) line[at] = (line[at] ?? 0) + value * (context[at] ?? 0);
    }
  }
  // Covariance = P⁻¹ = Uᵀ·U with U = L⁻¹ of P = L·Lᵀ; the mean is P⁻¹·sums.
  const upper = invertLower(cholesky(precision));
  const covariance = Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_cell, at) => upper.reduce((sum, line) => sum + (line[row] ?? 0) * (line[at] ?? 0), 0)),
  );
  const mean = covariance.map((line) => line.reduce((sum, value, at) => sum + value * (sums[at] ?? 0), 0));
  return { mean, factor: cholesky(covariance) };
}

/** What a model expects of a context. */
export const expected = (mean: readonly number[], context: readonly number[]): number =>
  mean.reduce((sum, value, at) => sum + value * (context[at] ?? 0), 0);
