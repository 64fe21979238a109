import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { retailTotals } from '../../tests/golden/retail-totals.mjs';
import { planOrders } from './match-returns.ts';
import { csvFields, linePennies, parseThousandths, readInvoices, type Invoice } from './read-csv.ts';
import { convertRetail, shiftDaysFor, type Converted } from './retail.ts';
import { shippedAt } from './write-orders.ts';

const CUT = path.join(import.meta.dirname, 'fixtures', 'retail-cut.csv');
const UNTIL = '2026-11-22';

// The file's own lines, read without a schema: that is what is under test.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = Record<string, any>;
type Parsed = { order: Json; lines: Json[]; agreements: (Json & { sales: Json[] })[] };

const folders: string[] = [];
function folder(): string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'retail-'));
  folders.push(made);
  return made;
}
afterAll(() => folders.forEach((made) => fs.rmSync(made, { recursive: true })));

const jsonl = (file: string): Json[] =>
  fs
    .readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const pennies = (money: Json): number => Math.round(Number(money.shopMoney.amount) * 100);

function readOrders(file: string): Map<string, Parsed> {
  const orders = new Map<string, Parsed>();
  let current: Parsed | undefined;
  for (const line of jsonl(file)) {
    if (line.__parentId === undefined) {
      current = { order: line, lines: [], agreements: [] };
      orders.set(line.name, current);
    } else if (line.id.includes('/LineItem/')) {
      expect(line.__parentId).toBe(current!.order.id);
      current!.lines.push(line);
    } else if (line.id.includes('/SalesAgreement/')) {
      expect(line.__parentId).toBe(current!.order.id);
      current!.agreements.push({ ...line, sales: [] });
    } else {
      const agreement = current!.agreements.at(-1)!;
      expect(line.__parentId).toBe(agreement.id);
      agreement.sales.push(line);
    }
  }
  return orders;
}

describe('the store made of the cut, which holds every trap of the file', () => {
  let out: string;
  let converted: Converted;
  let orders: Map<string, Parsed>;
  let invoices: Invoice[];
  beforeAll(async () => {
    out = folder();
    converted = await convertRetail({ csv: CUT, out, until: UNTIL, seed: 7 });
    orders = readOrders(path.join(out, 'orders.jsonl'));
    invoices = await readInvoices(CUT);
  });

  it('has the file’s gross, returns, net, customers, orders and refunds within the days of the history, to the penny', () => {
    const golden = retailTotals(CUT, converted.shiftDays);
    const firstDay = converted.from.slice(0, 10);
    let [gross, returns, sales, refunds] = [0, 0, 0, 0];
    const months = new Map<string, { month: string; gross: number; returns: number; net: number }>();
    const add = (at: string, kind: 'gross' | 'returns', value: number): void => {
      const month = at.slice(0, 7);
      const sums = months.get(month) ?? { month, gross: 0, returns: 0, net: 0 };
      sums[kind] += value;
      sums.net = sums.gross - sums.returns;
      months.set(month, sums);
    };
    for (const { order, agreements } of orders.values()) {
      if (order.processedAt.slice(0, 10) >= firstDay) sales += 1;
      refunds += order.refunds.length;
      for (const agreement of agreements) {
        if (agreement.happenedAt.slice(0, 10) < firstDay) continue;
        for (const sale of agreement.sales) {
          const value = pennies(sale.totalAmount);
          if (sale.actionType === 'ORDER') gross += value;
          else returns -= value;
          if (sale.actionType === 'ORDER') add(agreement.happenedAt, 'gross', value);
          else add(agreement.happenedAt, 'returns', -value);
        }
      }
    }
    expect({ gross, returns, net: gross - returns, saleInvoices: sales, returnInvoices: refunds }).toEqual({
      gross: golden.gross,
      returns: golden.returns,
      net: golden.net,
      saleInvoices: golden.saleInvoices,
      returnInvoices: golden.returnInvoices,
    });
    expect([...months.values()].toSorted((a, b) => a.month.localeCompare(b.month))).toEqual(golden.byMonth);
    expect(jsonl(path.join(out, 'customers.jsonl'))).toHaveLength(golden.customers);
  });

  it('agrees with itself in each order: totals, transactions, refunds, what is left of each line', () => {
    for (const { order, lines, agreements } of orders.values()) {
      const ordered = agreements[0]!.sales.reduce((sum, sale) => sum + pennies(sale.totalAmount), 0);
      expect(pennies(order.totalPriceSet)).toBe(ordered);
      const paid = order.transactions
        .filter((one: Json) => one.kind === 'SALE')
        .reduce((sum: number, one: Json) => sum + pennies(one.amountSet), 0);
      expect(paid).toBe(ordered);
      const returned = agreements.slice(1);
      expect(returned.map((agreement) => agreement.refund.id)).toEqual(order.refunds.map((refund: Json) => refund.id));
      for (const [at, refund] of order.refunds.entries()) {
        expect(returned[at]!.sales.reduce((sum, sale) => sum - pennies(sale.totalAmount), 0)).toBe(pennies(refund.totalRefundedSet));
        expect(refund.createdAt >= order.createdAt).toBe(true);
        expect(order.updatedAt >= refund.createdAt).toBe(true);
      }
      for (const line of lines) {
        const sales = agreements.flatMap((agreement) => agreement.sales).filter((sale) => sale.lineItem.id === line.id);
        expect(sales.reduce((sum, sale) => sum + sale.quantity, 0)).toBe(line.currentQuantity);
        expect(line.currentQuantity).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('gives a cancellation back to the customer’s latest earlier order that holds it, over two lines where it must', () => {
    const spanned = orders.get('#545071')!;
    expect(spanned.order.refunds).toHaveLength(1);
    expect(spanned.order.refunds[0].note).toBe('Cancellation C558189');
    expect(spanned.agreements[1]!.sales.map((sale) => sale.quantity)).toEqual([-1, -1]);
    expect(orders.get('#581483')!.order).toMatchObject({ displayFinancialStatus: 'REFUNDED', refunds: [{ note: 'Cancellation C581484' }] });
  });

  it('makes an opening order, marked made up and a day before the history, for what no order of the file can give back', () => {
    const opening = [...orders.values()].filter(({ order }) => order.tags.includes('opening'));
    expect(opening).toHaveLength(converted.openingOrders);
    expect(new Set(opening.map(({ order }) => order.processedAt))).toEqual(new Set(['2025-11-11T12:00:00Z']));
    expect(
      opening.every(
        ({ order, lines }) =>
          order.tags.includes('made up') && order.refunds.length === 1 && lines.every((line) => line.currentQuantity === 0),
      ),
    ).toBe(true);
    expect(converted.openingOrders + converted.matchedReturns).toBe(retailTotals(CUT).returnInvoices);
  });

  it('treats the accounting entries as one order and two refunds', () => {
    expect(pennies(orders.get('#A563185')!.order.totalPriceSet)).toBe(1106206);
    for (const name of ['#O563186', '#O563187']) expect(pennies(orders.get(name)!.order.refunds[0].totalRefundedSet)).toBe(1106206);
  });

  it('keeps write-offs out of the orders and in the adjustments', () => {
    const writeOffs = invoices.filter((invoice) => !invoice.number.startsWith('C') && invoice.lines.some((line) => line.quantity < 0));
    expect(writeOffs.length).toBeGreaterThan(4);
    for (const invoice of writeOffs) expect(orders.has(`#${invoice.number}`)).toBe(false);
    const adjustments = jsonl(path.join(out, 'inventory-adjustments.jsonl'));
    const rising = (a: number, b: number): number => a - b;
    expect(adjustments.map((one) => -one.delta).toSorted(rising)).toEqual(
      writeOffs.flatMap((one) => one.lines.map((line) => -line.quantity)).toSorted(rising),
    );
  });

  it('sells what is no goods as custom lines, gift vouchers as gift cards, and one code in two cases as one product', () => {
    const lines = [...orders.values()].flatMap((order) => order.lines);
    const skus = new Set(lines.filter((line) => line.product === null).map((line) => line.sku));
    expect(skus).toEqual(new Set(['POST', 'D', 'M', 'C2', 'DOT', 'BANK CHARGES', 'S', 'AMAZONFEE', 'B', 'CRUK']));
    expect(lines.filter((line) => line.product === null).every((line) => line.variant === null && !line.requiresShipping)).toBe(true);
    const vouchers = lines.filter((line) => line.sku.startsWith('GIFT_'));
    expect(vouchers.length).toBeGreaterThan(0);
    expect(vouchers.every((line) => line.isGiftCard && line.product !== null)).toBe(true);
    const products = jsonl(path.join(out, 'products.jsonl'));
    const variants = products.filter((line) => line.id.includes('/ProductVariant/')).map((line) => line.sku);
    expect(new Set(variants).size).toBe(variants.length);
    expect(invoices.flatMap((invoice) => invoice.lines.map((line) => line.code))).toContain('15056n');
    expect(variants.filter((sku) => sku.toUpperCase() === '15056N')).toEqual(['15056N']);
  });

  it('keeps orders of zero value, guests, quoted descriptions and prices below a penny', () => {
    const all = [...orders.values()];
    expect(
      all.filter(({ order }) => order.totalPriceSet.shopMoney.amount === '0.00' && order.transactions.length === 0).length,
    ).toBeGreaterThan(2);
    expect(all.filter(({ order }) => order.customer === null && order.email === null).length).toBeGreaterThan(2);
    expect(all.some(({ lines }) => lines.some((line) => line.title.includes('"')))).toBe(true);
    const pads = orders.get('#550193')!;
    expect(pads.lines.find((line) => line.sku === 'PADS')!.originalUnitPriceSet.shopMoney.amount).toBe('0.00');
  });

  it('shifts by whole weeks to yesterday or before, so that no order falls on a Saturday', () => {
    expect(converted.shiftDays % 7).toBe(0);
    expect(converted.to).toBe('2026-11-20T12:50:00Z');
    for (const { order } of orders.values()) {
      expect(new Date(order.processedAt).getUTCDay()).not.toBe(6);
      expect(order.processedAt <= converted.to).toBe(true);
      for (const fulfillment of order.fulfillments) expect(fulfillment.createdAt <= converted.to).toBe(true);
    }
  });

  it('refers to nothing that is not there, and uses no id twice', () => {
    const products = jsonl(path.join(out, 'products.jsonl'));
    const known = new Set<string>();
    const note = (id: string): void => {
      expect(known.has(id)).toBe(false);
      known.add(id);
    };
    for (const file of ['customers', 'locations', 'inventory']) jsonl(path.join(out, `${file}.jsonl`)).forEach((line) => note(line.id));
    for (const line of products) {
      note(line.id);
      if (line.inventoryItem) note(line.inventoryItem.id);
    }
    for (const line of jsonl(path.join(out, 'orders.jsonl'))) {
      note(line.id);
      const wanted = [line.customer?.id, line.product?.id, line.variant?.id, line.lineItem?.id, line.__parentId].filter(Boolean);
      expect(wanted.filter((id) => !known.has(id))).toEqual([]);
    }
    for (const level of jsonl(path.join(out, 'inventory.jsonl'))) {
      expect(known.has(level.inventoryItemId)).toBe(true);
      expect(known.has(level.locationId)).toBe(true);
    }
  });

  it('says what is made up, keeps unit costs at 40 to 60 % of the price, and mails to no real domain', () => {
    const shop = JSON.parse(fs.readFileSync(path.join(out, 'shop.json'), 'utf8'));
    for (const made of ['stock', 'unit cost', 'supplier lead time', 'e-mail addresses']) expect(shop.sandbox.madeUp).toContain(made);
    expect(shop.sandbox.source).toContain('CC BY 4.0');
    for (const line of jsonl(path.join(out, 'products.jsonl'))) {
      if (!line.inventoryItem?.unitCost || line.price === '0.00') continue;
      const [price, cost] = [Number(line.price) * 100, Number(line.inventoryItem.unitCost.amount) * 100];
      expect(cost).toBeGreaterThanOrEqual(Math.min(1, price * 0.4) - 0.5);
      expect(Math.abs(cost - price * 0.5)).toBeLessThanOrEqual(price * 0.1 + 1);
    }
    for (const person of jsonl(path.join(out, 'customers.jsonl'))) expect(person.email).toMatch(/@example\.com$/);
  });

  it('gives the same bytes for the same options', async () => {
    const again = folder();
    await convertRetail({ csv: CUT, out: again, until: UNTIL, seed: 7 });
    const digest = (where: string): string[] =>
      fs
        .readdirSync(where)
        .toSorted()
        .map(
          (file) =>
            `${file} ${createHash('sha256')
              .update(fs.readFileSync(path.join(where, file)))
              .digest('hex')}`,
        );
    expect(digest(again)).toEqual(digest(out));
  });
});

describe('the parts', () => {
  it('cuts quoted fields as they were joined', () => {
    const field = fc.string().filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 8 }), (fields) => {
        const line = fields.map((text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',');
        expect(csvFields(line)).toEqual(fields);
      }),
    );
  });

  it('rounds a line half up to the penny and never loses one on whole prices', () => {
    expect([linePennies(1, 1), linePennies(5, 1), linePennies(4, 1), linePennies(-5, 1), linePennies(3, 2550)]).toEqual([0, 1, 0, -1, 765]);
    fc.assert(
      fc.property(fc.integer({ min: -90_000, max: 90_000 }), fc.integer({ min: 0, max: 4_000_000 }), (quantity, price) => {
        expect(linePennies(quantity, price * 10)).toBe(quantity * price + 0);
      }),
    );
  });

  it('reads prices exactly and refuses what is none', () => {
    expect([parseThousandths('2.55'), parseThousandths('-11062.06'), parseThousandths('0.001'), parseThousandths('7')]).toEqual([
      2550, -11_062_060, 1, 7000,
    ]);
    for (const text of ['', 'x', '1.2345', '1,5', '1e3']) expect(() => parseThousandths(text)).toThrow(/no price/);
  });

  it('names the line that it cannot read', async () => {
    const file = path.join(folder(), 'bad.csv');
    fs.writeFileSync(
      file,
      'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n1,A,B,one,2010-12-01T08:26:00Z,2.55,,UK\n',
    );
    await expect(readInvoices(file)).rejects.toThrow('line 2: "one" is no whole quantity');
    fs.writeFileSync(file, 'a,b\n');
    await expect(readInvoices(file)).rejects.toThrow('line 1: the columns must be');
    await expect(readInvoices(path.join(folder(), 'none.csv.gz'))).rejects.toThrow('ENOENT');
  });

  it('shifts to the asked day itself when weeks allow, and never past it', () => {
    const friday = Date.parse('2011-12-09T12:50:00Z');
    expect(shiftDaysFor(friday, '2011-12-09')).toBe(0);
    expect(shiftDaysFor(friday, '2011-12-15')).toBe(0);
    expect(shiftDaysFor(friday, '2011-12-16')).toBe(7);
    expect(shiftDaysFor(friday, '2011-12-08')).toBe(-7);
    expect(() => shiftDaysFor(friday, 'soon')).toThrow('--until');
  });

  it('ships on weekdays only, the same day before two o’clock', () => {
    expect(new Date(shippedAt(Date.parse('2026-11-20T12:50:00Z'))).toISOString()).toBe('2026-11-20T15:50:00.000Z');
    expect(new Date(shippedAt(Date.parse('2026-11-20T15:00:00Z'))).toISOString()).toBe('2026-11-23T10:00:00.000Z');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000_000 }), (seconds) => {
        const shipped = shippedAt(seconds * 1000);
        expect([1, 2, 3, 4, 5]).toContain(new Date(shipped).getUTCDay());
        expect(shipped).toBeGreaterThan(seconds * 1000);
        expect(shipped - seconds * 1000).toBeLessThan(4 * 86_400_000);
      }),
    );
  });

  it('never takes back more of an order than it holds, whatever is returned', () => {
    const line = fc.record({
      code: fc.constantFrom('10001', '10002'),
      description: fc.constant('x'),
      quantity: fc.integer({ min: 1, max: 4 }),
      thousandths: fc.constantFrom(1000, 2000),
    });
    const event = fc.record({
      back: fc.boolean(),
      customer: fc.constantFrom('1', '2', ''),
      lines: fc.array(line, { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), (events) => {
        const file = events.map(({ back, customer, lines }, at) => ({
          number: `${back ? 'C' : ''}${at}`,
          at,
          customer,
          country: 'UK',
          lines: lines.map((one) => ({ ...one, quantity: back ? -one.quantity : one.quantity })),
        }));
        const plan = planOrders(file, -1);
        expect(plan.matched + plan.openings).toBe(events.filter(({ back }) => back).length);
        expect(plan.orders.length).toBe(events.filter(({ back }) => !back).length + plan.openings);
        for (const order of plan.orders) {
          const left = order.lines.map((one) => one.quantity);
          for (const { invoice, parts } of order.returns) {
            expect(invoice.customer).toBe(order.customer);
            expect(invoice.at).toBeGreaterThan(order.at);
            for (const part of parts) left[part.line]! -= part.quantity;
            expect(parts.reduce((sum, part) => sum + part.quantity, 0)).toBe(invoice.lines.reduce((sum, one) => sum - one.quantity, 0));
          }
          expect(Math.min(...left)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
