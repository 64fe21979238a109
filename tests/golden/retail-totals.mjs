/**
 * The retail file's own totals, computed from its lines and nothing else: no code of the converter, the sandbox or the app.
 *   node tests/golden/retail-totals.mjs <file.csv[.gz]> [days]
 * prints one JSON object; money in pennies. `days` shifts every date before it is put into a month, as the converter shifts
 * them (shop.json, sandbox.shiftDays). Definitions: tests/golden/README.md.
 */
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** A line's pennies: quantity × price, exact in thousandths, then rounded half up (away from zero). */
function pennies(quantity, price) {
  const exact = BigInt(quantity) * BigInt(Math.round(Number(price) * 1000));
  const size = exact < 0n ? -exact : exact;
  const rounded = (size + 5n) / 10n;
  return Number(exact < 0n ? -rounded : rounded);
}

/** The file has no line break inside a field; the last five fields are never quoted, the description may be. */
const ROW = /^([^,]*),([^,]*),(".*"|[^,]*),(-?\d+),(\d{4}-\d\d-\d\dT[\d:]+Z),(-?[\d.]+),(\d*),([^,]*)$/;

function readRows(file) {
  const bytes = fs.readFileSync(file);
  const rows = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trimEnd().split('\n').slice(1);
  return rows.map((row, at) => {
    const [, invoice, , , quantity, date, price, customer] = ROW.exec(row.trimEnd()) ?? [];
    if (invoice === undefined) throw new Error(`line ${at + 2} cannot be read: ${row}`);
    return {
      invoice,
      date,
      customer,
      value: pennies(quantity, price),
      isReturn: Number(quantity) < 0 || Number(price) < 0,
      negative: Number(quantity) < 0,
    };
  });
}

/** A negative quantity outside a C invoice is a write-off of stock: no customer, no money. */
function isWriteOff({ negative, invoice }) {
  return negative && !invoice.startsWith('C');
}

export function retailTotals(file, shiftDays = 0) {
  const rows = readRows(file);
  const customers = new Set(rows.map((row) => row.customer).filter((customer) => customer !== ''));
  const invoices = { sale: new Set(), return: new Set() };
  const firstTimes = new Map();
  const months = new Map();
  for (const row of rows.filter((one) => !isWriteOff(one))) {
    if (!firstTimes.has(row.invoice)) firstTimes.set(row.invoice, row.date);
    const month = new Date(Date.parse(firstTimes.get(row.invoice)) + shiftDays * 86_400_000).toISOString().slice(0, 7);
    const sums = months.get(month) ?? { month, gross: 0, returns: 0, net: 0 };
    months.set(month, sums);
    invoices[row.isReturn ? 'return' : 'sale'].add(row.invoice);
    if (row.isReturn) sums.returns -= row.value;
    else sums.gross += row.value;
    sums.net = sums.gross - sums.returns;
  }
  const days = [...firstTimes.values()].map((time) => new Date(Date.parse(time) + shiftDays * 86_400_000).toISOString().slice(0, 10));
  const byMonth = [...months.values()].toSorted((a, b) => a.month.localeCompare(b.month));
  const sum = (figure) => byMonth.reduce((all, month) => all + month[figure], 0);
  return {
    gross: sum('gross'),
    returns: sum('returns'),
    net: sum('net'),
    customers: customers.size,
    saleInvoices: invoices.sale.size,
    returnInvoices: invoices.return.size,
    from: days.reduce((least, day) => (day < least ? day : least)),
    to: days.reduce((most, day) => (day > most ? day : most)),
    byMonth,
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file, days = '0'] = process.argv.slice(2);
  if (!file || !/^-?\d+$/.test(days)) throw new Error('usage: retail-totals.mjs <file.csv[.gz]> [days]');
  process.stdout.write(`${JSON.stringify(retailTotals(file, Number(days)))}\n`);
}
