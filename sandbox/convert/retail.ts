/** Turns the retail history (CSV) into a store folder of the sandbox: see sandbox/convert/README.md. */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeCatalogue } from './catalogue.ts';
import { Ids, instant } from './jsonl.ts';
import { planOrders } from './match-returns.ts';
import { writePeople } from './people.ts';
import { readInvoices } from './read-csv.ts';
import { writeOrders } from './write-orders.ts';
import { writeAdjustments, writeInventory, writeLocations, writeProducts, writeShop } from './write-store.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const SOURCE =
  '"Online Retail", Daqing Chen (2015), UCI Machine Learning Repository, https://doi.org/10.24432/C5BW33, CC BY 4.0. Dates are shifted by whole weeks.';
const MADE_UP = [
  'stock',
  'unit cost',
  'supplier',
  'supplier lead time',
  'product type',
  'names',
  'e-mail addresses',
  'consents',
  'shipping times',
  'opening orders',
];

export type ConvertOptions = {
  csv: string;
  /** The store folder to write; made when missing. */
  out: string;
  /** The day (YYYY-MM-DD) on or before which the last order falls. */
  until: string;
  seed: number;
};

export type Converted = {
  shiftDays: number;
  from: string;
  to: string;
  orders: number;
  openingOrders: number;
  matchedReturns: number;
  customers: number;
  products: number;
  inventoryLevels: number;
  adjustments: number;
  orderFileLines: number;
};

/** Whole weeks, so that every weekday stays what it was: as near to `until` as weeks allow, never past it. */
export function shiftDaysFor(lastAt: number, until: string): number {
  const untilDay = Date.parse(`${until}T00:00:00Z`) / DAY;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(until) || Number.isNaN(untilDay)) throw new Error(`--until: "${until}" is no day (YYYY-MM-DD)`);
  return Math.floor((untilDay - Math.floor(lastAt / DAY)) / 7) * 7;
}

/** Writes the whole store folder; the same options give the same bytes. */
export async function convertRetail({ csv, out, until, seed }: ConvertOptions): Promise<Converted> {
  const invoices = await readInvoices(csv);
  const [first, last] = [invoices[0], invoices.at(-1)];
  if (!first || !last) throw new Error(`${csv} holds no invoice`);
  const shiftDays = shiftDaysFor(last.at, until);
  const shiftMs = shiftDays * DAY;
  const plan = planOrders(invoices, Math.floor(first.at / DAY) * DAY - 12 * HOUR);
  fs.mkdirSync(out, { recursive: true });
  // The orders come last and under their own name only when whole: a folder that holds them was never cut short.
  const ordersFile = path.join(out, 'orders.jsonl');
  fs.rmSync(ordersFile, { force: true });
  const ids = new Ids();
  const goods = makeCatalogue(invoices, { ids, seed });
  const places = writeLocations(out, ids);
  const now = last.at + shiftMs;
  const people = writePeople(plan.orders, { file: path.join(out, 'customers.jsonl'), ids, seed, shiftMs });
  const products = writeProducts(path.join(out, 'products.jsonl'), goods.values(), { ids, shiftMs });
  const inventoryLevels = writeInventory(path.join(out, 'inventory.jsonl'), goods.values(), { places, now });
  const adjustments = writeAdjustments(path.join(out, 'inventory-adjustments.jsonl'), plan.writeOffs, { goods, places, shiftMs });
  const orderFileLines = writeOrders(plan.orders, `${ordersFile}.part`, {
    ids,
    goods,
    people,
    mainLocation: places.main,
    shiftMs,
    now,
  });
  const converted: Converted = {
    shiftDays,
    from: instant(first.at + shiftMs),
    to: instant(now),
    orders: plan.orders.length,
    openingOrders: plan.openings,
    matchedReturns: plan.matched,
    customers: people.size,
    products,
    inventoryLevels,
    adjustments,
    orderFileLines,
  };
  writeShop(out, {
    madeUp: MADE_UP,
    source: SOURCE,
    historyFrom: converted.from,
    historyTo: converted.to,
    shiftDays,
    openingOrders: plan.openings,
    seed,
  });
  fs.renameSync(`${ordersFile}.part`, ordersFile);
  return converted;
}

function yesterdayInLondon(now: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' }).format(now.getTime() - DAY);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { csv: { type: 'string' }, out: { type: 'string' }, until: { type: 'string' }, seed: { type: 'string', default: '2010' } },
  });
  const { csv, out } = values;
  const seed = Number(values.seed);
  if (!csv || !out || !Number.isInteger(seed))
    throw new Error('usage: retail.ts --csv <file.csv[.gz]> --out <folder> [--until YYYY-MM-DD] [--seed <whole number>]');
  const converted = await convertRetail({ csv, out, until: values.until ?? yesterdayInLondon(new Date()), seed });
  console.log(JSON.stringify(converted));
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
