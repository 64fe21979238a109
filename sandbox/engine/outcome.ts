import type { Refusal } from './discount-rules.ts';
import type { OrderGroup } from './node.ts';

/** What came of something that people do in the store. */
export type Refused = { kind: 'refused'; errors: Refusal[] };
export type Placed = { kind: 'placed'; group: OrderGroup; applied: { code: string; amount: string }[] };
export type Done = { kind: 'done' };

export const refuse = (code: string, message: string): Refused => ({ kind: 'refused', errors: [{ code, message }] });
