import type { Invoice, InvoiceLine } from './read-csv.ts';

/** Part of an order's line that a cancellation takes back; `line` is the position in the order's lines. */
export type ReturnPart = { line: number; quantity: number };
export type ReturnOf = { invoice: Invoice; parts: ReturnPart[] };

/**
 * An order of the store: a sale of the file, or (opening) goods bought before the file begins,
 * made up so that their return on a day of the file has something to return.
 */
export type PlannedOrder = {
  number: string;
  opening: boolean;
  at: number;
  customer: string;
  country: string;
  lines: InvoiceLine[];
  returns: ReturnOf[];
};

/** A write-off: stock that left with no sale. */
export type WriteOff = { at: number; code: string; quantity: number; note: string };

export type Plan = { orders: PlannedOrder[]; writeOffs: WriteOff[]; matched: number; openings: number };

type Open = { order: PlannedOrder; left: number[] };

/** A return has negative quantities (a C invoice) or, twice in the file, a negative price (an accounting entry). */
function isReturn(invoice: Invoice): boolean {
  return invoice.number.startsWith('C') || invoice.lines.some((line) => line.thousandths < 0);
}

/** What goes back, as positive quantities and prices. */
function returnedLines(invoice: Invoice): InvoiceLine[] {
  return invoice.lines.map((line) => ({ ...line, quantity: Math.abs(line.quantity), thousandths: Math.abs(line.thousandths) }));
}

/** The lines of an order that can give back all of `wanted` at the same code and price, or nothing. */
function take({ order, left }: Open, wanted: readonly InvoiceLine[]): ReturnPart[] | undefined {
  const free = [...left];
  const parts: ReturnPart[] = [];
  for (const want of wanted) {
    let missing = want.quantity;
    for (let at = 0; at < order.lines.length && missing > 0; at += 1) {
      const line = order.lines[at];
      const stock = free[at] ?? 0;
      if (!line || stock === 0 || line.code !== want.code || line.thousandths !== want.thousandths) continue;
      const quantity = Math.min(stock, missing);
      free[at] = stock - quantity;
      missing -= quantity;
      parts.push({ line: at, quantity });
    }
    if (missing > 0) return undefined;
  }
  left.splice(0, left.length, ...free);
  return mergeParts(parts);
}

/** One part a line: two cancelled rows of one code may fall on the same line of the order. */
function mergeParts(parts: readonly ReturnPart[]): ReturnPart[] {
  const byLine = new Map<number, number>();
  for (const { line, quantity } of parts) byLine.set(line, (byLine.get(line) ?? 0) + quantity);
  return [...byLine].map(([line, quantity]) => ({ line, quantity }));
}

/**
 * Turns invoices (in time order) into orders with their returns.
 * A cancellation goes back to its customer's latest earlier order that still holds all of it at the same code and price;
 * where there is none (bought before the file begins, a guest, a discount entered by hand), an opening order is made.
 */
export function planOrders(invoices: readonly Invoice[], openingAt: number): Plan {
  const sales: PlannedOrder[] = [];
  const openings: PlannedOrder[] = [];
  const writeOffs: WriteOff[] = [];
  const byCustomer = new Map<string, Open[]>();
  let matched = 0;
  for (const invoice of invoices) {
    if (isReturn(invoice)) {
      const wanted = returnedLines(invoice);
      const candidates = invoice.customer ? (byCustomer.get(invoice.customer) ?? []) : [];
      const found = latestThatHolds(candidates, wanted);
      if (found) {
        matched += 1;
        found.order.returns.push({ invoice, parts: found.parts });
      } else openings.push(openingFor(invoice, wanted, openingAt));
      continue;
    }
    const lines = invoice.lines.filter((line) => line.quantity > 0);
    for (const line of invoice.lines) {
      if (line.quantity < 0) writeOffs.push({ at: invoice.at, code: line.code, quantity: -line.quantity, note: line.description });
    }
    if (lines.length === 0) continue;
    const { number, at, customer, country } = invoice;
    const order: PlannedOrder = { number, opening: false, at, customer, country, lines, returns: [] };
    sales.push(order);
    if (!customer) continue;
    const open = { order, left: lines.map((line) => line.quantity) };
    const known = byCustomer.get(customer);
    if (known) known.push(open);
    else byCustomer.set(customer, [open]);
  }
  return { orders: [...openings, ...sales], writeOffs, matched, openings: openings.length };
}

function latestThatHolds(
  candidates: readonly Open[],
  wanted: readonly InvoiceLine[],
): { order: PlannedOrder; parts: ReturnPart[] } | undefined {
  for (let at = candidates.length - 1; at >= 0; at -= 1) {
    const candidate = candidates[at];
    const parts = candidate && take(candidate, wanted);
    if (candidate && parts) return { order: candidate.order, parts };
  }
  return undefined;
}

function openingFor(invoice: Invoice, lines: InvoiceLine[], at: number): PlannedOrder {
  const { number, customer, country } = invoice;
  const parts = lines.map((line, position) => ({ line: position, quantity: line.quantity }));
  return { number: `O${number.slice(1)}`, opening: true, at, customer, country, lines, returns: [{ invoice, parts }] };
}
