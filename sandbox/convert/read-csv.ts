import fs from 'node:fs';
import { createGunzip } from 'node:zlib';

/** One line of an invoice. `thousandths` is the unit price in thousandths of a pound: the file has four prices of 0.001. */
export type InvoiceLine = { code: string; description: string; quantity: number; thousandths: number };

/** One invoice of the file; `at` is its first line's time in ms since the epoch, as written in the file (not shifted). */
export type Invoice = { number: string; at: number; customer: string; country: string; lines: InvoiceLine[] };

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const COLUMNS = 8;

/** Cuts one CSV record (RFC 4180, no line break inside a field) into its fields. */
export function csvFields(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at];
    if (quoted && character === '"' && line[at + 1] === '"') {
      field += '"';
      at += 1;
    } else if (character === '"') quoted = !quoted;
    else if (character === ',' && !quoted) {
      fields.push(field);
      field = '';
    } else field += character ?? '';
  }
  fields.push(field);
  return fields;
}

/** "2.55" → 2550. Throws on what is no decimal number of at most three places. */
export function parseThousandths(text: string): number {
  if (!/^-?\d+(\.\d{1,3})?$/.test(text)) throw new Error(`"${text}" is no price of at most three decimals`);
  const [whole = '', part = ''] = text.split('.');
  const size = Math.abs(Number(whole)) * 1000 + Number(part.padEnd(3, '0'));
  return text.startsWith('-') ? -size : size;
}

/** A line's total in pennies, rounded half up (away from zero): the same rule as tests/golden/retail-totals.mjs. */
export function linePennies(quantity: number, thousandths: number): number {
  const exact = quantity * thousandths;
  const rounded = Math.floor((Math.abs(exact) + 5) / 10);
  return exact < 0 ? -rounded : rounded;
}

async function* textLines(file: string): AsyncGenerator<string> {
  const bytes = fs.createReadStream(file, { highWaterMark: 1 << 20 });
  const stream = file.endsWith('.gz') ? bytes.pipe(createGunzip({ chunkSize: 1 << 20 })) : bytes;
  if (stream !== bytes) bytes.on('error', (error) => stream.destroy(error));
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest) yield rest;
}

/** Collects rows into invoices. Slices of a read chunk would keep the whole chunk alive, so equal texts are kept once. */
class InvoiceBook {
  readonly invoices = new Map<string, Invoice>();
  readonly #texts = new Map<string, string>();

  #once(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }

  #invoice(number: string, [date = '', customer = '', country = '']: readonly string[]): Invoice {
    const known = this.invoices.get(number);
    if (known) return known;
    const at = Date.parse(date);
    if (!number || Number.isNaN(at)) throw new Error('an invoice number and a date are needed');
    const invoice = { number: this.#once(number), at, customer: this.#once(customer), country: this.#once(country), lines: [] };
    this.invoices.set(invoice.number, invoice);
    return invoice;
  }

  add(fields: readonly string[]): void {
    if (fields.length !== COLUMNS) throw new Error(`${COLUMNS} columns are needed, here are ${fields.length}`);
    const [number = '', code = '', description = '', quantity = '', date = '', price = '', ...buyer] = fields;
    if (!/^-?\d+$/.test(quantity)) throw new Error(`"${quantity}" is no whole quantity`);
    this.#invoice(number, [date, ...buyer]).lines.push({
      code: this.#once(code),
      description: this.#once(description.trim()),
      quantity: Number(quantity),
      thousandths: parseThousandths(price),
    });
  }
}

/** Reads the file into invoices, in the order in which they first appear. Throws with the line's number on what it cannot read. */
export async function readInvoices(file: string): Promise<Invoice[]> {
  const book = new InvoiceBook();
  let row = 0;
  for await (const raw of textLines(file)) {
    row += 1;
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (row === 1) {
      if (line.replace(/^\uFEFF/, '') !== HEADER) throw new Error(`line 1: the columns must be ${HEADER}`);
    } else if (line) {
      try {
        book.add(csvFields(line));
      } catch (error) {
        throw new Error(`line ${row}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    }
  }
  return [...book.invoices.values()];
}
