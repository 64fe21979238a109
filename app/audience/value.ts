import { expectedOrders, fitBgNbd, probabilityAlive, type BgNbd, type History } from './bg-nbd.ts';
import { expectedAmount, fitGammaGamma, type GammaGamma } from './gamma-gamma.ts';
import { spendingOf, type Behaviour, type Observed } from './purchase-log.ts';

/** Fewer buyers or days are no history to learn from. */
export const LEAST_BUYERS = 500;
export const LEAST_DAYS = 180;
const YEAR_WEEKS = 52;

export type ValueModel = {
  readonly bgnbd: BgNbd;
  /** null: the amounts have no pattern (all the same, say). */
  readonly gammaGamma: GammaGamma | null;
  /** Of the number of purchases. */
  readonly logLikelihood: number;
};

/** `short`: too little history; `shapeless`: the likelihood has no maximum. */
export type ValueFit =
  | { readonly kind: 'fitted'; readonly model: ValueModel }
  | { readonly kind: 'short' | 'shapeless'; readonly buyers: number; readonly days: number };

/** Fits a shop's two models, where there is enough to learn from. */
export function fitValue(observed: Behaviour): ValueFit {
  const buyers = observed.means.length;
  const { days } = observed;
  if (buyers < LEAST_BUYERS || days < LEAST_DAYS) return { kind: 'short', buyers, days };
  const orders = fitBgNbd(observed.histories);
  if (!orders) return { kind: 'shapeless', buyers, days };
  const amounts = fitGammaGamma(spendingOf(observed));
  // With q at 1 or less an average purchase has no bound: a mean of it would be a figure without meaning.
  const gammaGamma = amounts && amounts.parameters.q > 1 ? amounts.parameters : null;
  return { kind: 'fitted', model: { bgnbd: orders.parameters, gammaGamma, logLikelihood: orders.logLikelihood } };
}

export type Expected = {
  readonly probabilityAlive: number;
  readonly expectedOrders52w: number;
  /** In the unit of the amounts; null where the amounts have no model. */
  readonly expectedSpend52w: number | null;
};
export type CustomerValue = Expected & { readonly customer: string };

export const historyAt = ({ histories }: Behaviour, at: number): History => ({
  repeats: histories.repeats[at] ?? 0,
  last: histories.last[at] ?? 0,
  seen: histories.seen[at] ?? 0,
});

/** What the customer at a place of the columns is expected to do in the 52 weeks after the end of the history. */
export function expectedAt(observed: Behaviour, at: number, { bgnbd, gammaGamma }: ValueModel): Expected {
  const history = historyAt(observed, at);
  const mean = observed.means[at] ?? 0;
  const orders = expectedOrders(bgnbd, history, YEAR_WEEKS);
  // Repeat purchases that brought nothing say nothing of what one is worth.
  const amount = gammaGamma && expectedAmount(gammaGamma, mean > 0 ? { repeats: history.repeats, mean } : { repeats: 0, mean: 0 });
  return { probabilityAlive: probabilityAlive(bgnbd, history), expectedOrders52w: orders, expectedSpend52w: amount && orders * amount };
}

/** The same of everybody, with their names. */
export function* customerValues(observed: Observed, model: ValueModel): Generator<CustomerValue> {
  for (const [at, customer] of observed.names.entries()) yield { customer, ...expectedAt(observed, at, model) };
}
