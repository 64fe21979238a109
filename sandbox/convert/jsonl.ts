import fs from 'node:fs';

/** Appends lines to a file in large pieces; half a gigabyte is written in seconds without holding it. */
export class LineFile {
  readonly #handle: number;
  #pieces: string[] = [];
  #size = 0;
  lines = 0;
  constructor(file: string) {
    this.#handle = fs.openSync(file, 'w');
  }
  /** One JSON object, already as text, with no line break. */
  add(line: string): void {
    this.#pieces.push(line);
    this.#size += line.length + 1;
    this.lines += 1;
    if (this.#size > 4_194_304) this.#flush();
  }
  #flush(): void {
    if (this.#pieces.length > 0) fs.writeSync(this.#handle, `${this.#pieces.join('\n')}\n`);
    this.#pieces = [];
    this.#size = 0;
  }
  close(): void {
    this.#flush();
    fs.closeSync(this.#handle);
  }
}

export const CURRENCY = 'GBP';

/** Pennies as Shopify's decimal text: -1234 → "-12.34". */
export function amount(pennies: number): string {
  const size = Math.abs(pennies);
  return `${pennies < 0 ? '-' : ''}${Math.floor(size / 100)}.${String(size % 100).padStart(2, '0')}`;
}

const moneySets = new Map<number, string>();

/** The JSON text of a MoneyBag; the store sells in its own currency only, so both moneys are the same. */
export function moneySet(pennies: number): string {
  const known = moneySets.get(pennies);
  if (known !== undefined) return known;
  const money = `{"amount":"${amount(pennies)}","currencyCode":"${CURRENCY}"}`;
  const text = `{"shopMoney":${money},"presentmentMoney":${money}}`;
  moneySets.set(pennies, text);
  return text;
}

const texts = new Map<string, string>();

/** The JSON text of a string; titles repeat by the hundred thousand. */
export function quoted(text: string | null): string {
  if (text === null) return 'null';
  const known = texts.get(text);
  if (known !== undefined) return known;
  const json = JSON.stringify(text);
  texts.set(text, json);
  return json;
}

/** An instant as Shopify writes it: whole seconds, UTC. */
export function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** Counters that give ids of Shopify's size (13 or 14 digits), the same ones in every run. */
const FIRST = {
  Order: [5_401_000_000_000, 1_217],
  LineItem: [13_702_000_000_000, 113],
  SalesAgreement: [15_803_000_000_000, 331],
  Sale: [16_904_000_000_000, 127],
  Refund: [8_905_000_000_000, 2_311],
  OrderTransaction: [6_706_000_000_000, 577],
  Fulfillment: [4_807_000_000_000, 733],
  Customer: [7_308_000_000_000, 4_099],
  Product: [8_109_000_000_000, 8_191],
  ProductVariant: [44_110_000_000_000, 8_209],
  InventoryItem: [46_211_000_000_000, 8_219],
  Metafield: [23_312_000_000_000, 8_221],
  Location: [1_013_000_000_000, 32_771],
} as const;

export type Kind = keyof typeof FIRST;

export class Ids {
  readonly #used = new Map<Kind, number>();
  /** The next number of a kind. */
  next(kind: Kind): number {
    const used = this.#used.get(kind) ?? 0;
    this.#used.set(kind, used + 1);
    const [first, step] = FIRST[kind];
    return first + used * step;
  }
}

export function gid(kind: Kind, id: number): string {
  return `gid://shopify/${kind}/${id}`;
}
