/** A customer as the log has them: what they got, with which chance, and what came of it. */
export type Logged = { readonly arm: number; readonly propensity: number; readonly reward: number };

export type Estimate = {
  /** What a customer would have brought. */
  readonly value: number;
  /** Of the value, by the normal approximation; for one look. */
  readonly low: number;
  readonly high: number;
  /** So many customers, drawn by the policy itself, would tell as much. */
  readonly effective: number;
};

/** With fewer that tell of a policy nothing is told. */
export const LEAST_EFFECTIVE = 50;
const NORMAL_95 = 1.959963984540054;

/**
 * What another policy would have earned, from customers who got their arms with known chances: the self-normalised
 * inverse propensity estimate (Hájek; Swaminathan and Joachims 2015), Σwy/Σw with w = π(arm)/propensity, and its linearised
 * variance. Null where too few customers tell of it.
 * @param wanted the chance with which the other policy gives an arm.
 */
export function estimate(log: readonly Logged[], wanted: (arm: number, at: number) => number): Estimate | null {
  const weights = log.map(({ arm, propensity }, at) => wanted(arm, at) / propensity);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const squares = weights.reduce((total, weight) => total + weight * weight, 0);
  const effective = squares === 0 ? 0 : (sum * sum) / squares;
  if (effective < LEAST_EFFECTIVE) return null;
  const value = log.reduce((total, { reward }, at) => total + (weights[at] ?? 0) * reward, 0) / sum;
  const variance = log.reduce((total, { reward }, at) => total + ((weights[at] ?? 0) * (reward - value)) ** 2, 0) / (sum * sum);
  const reach = NORMAL_95 * Math.sqrt(variance);
  return { value, low: value - reach, high: value + reach, effective };
}

/**
 * The same with a model of the rewards beside it (doubly robust; Dudík, Langford and Li 2011): right if either the chances
 * or the model are, and tighter where the model explains anything.
 * @param model what is expected of a customer (by place in the log) in an arm.
 */
export function doublyRobust(
  log: readonly Logged[],
  { wanted, model, arms }: { wanted: (arm: number, at: number) => number; model: (arm: number, at: number) => number; arms: number },
): Estimate | null {
  const plain = estimate(log, wanted);
  if (!plain) return null;
  const values = log.map(({ arm, propensity, reward }, at) => {
    let expected = 0;
    for (let each = 0; each < arms; each += 1) expected += wanted(each, at) * model(each, at);
    return expected + (wanted(arm, at) / propensity) * (reward - model(arm, at));
  });
  const value = values.reduce((sum, each) => sum + each, 0) / values.length;
  const variance = values.reduce((sum, each) => sum + (each - value) ** 2, 0) / (values.length - 1) / values.length;
  const reach = NORMAL_95 * Math.sqrt(variance);
  return { value, low: value - reach, high: value + reach, effective: plain.effective };
}

/** The difference that an arm makes beside the first, each customer counting by the inverse of their chance; and its variance. */
export function weightedDifference(log: readonly Logged[], arm: number): { readonly effect: number; readonly variance: number } | null {
  const of = (which: number): { mean: number; variance: number } | null => {
    const found = estimate(log, (each) => (each === which ? 1 : 0));
    return found && { mean: found.value, variance: ((found.high - found.value) / NORMAL_95) ** 2 };
  };
  const [offered, held] = [of(arm), of(0)];
  return offered && held && { effect: offered.mean - held.mean, variance: offered.variance + held.variance };
}
