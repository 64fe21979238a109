import { hashText, seeded, type Chance } from '../random.ts';
import { gid, type Ids } from './jsonl.ts';
import type { Invoice, InvoiceLine } from './read-csv.ts';

/** Codes of the file that are no goods: postage, discounts, bank charges, entries by hand. They become custom lines. */
const NOT_GOODS = new Set(['POST', 'DOT', 'C2', 'D', 'M', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK']);

/** Some codes are written in both cases ("15056bl"); they are the same goods. */
export function skuOf(code: string): string {
  return code.toUpperCase();
}

export function isGoods(code: string): boolean {
  return !NOT_GOODS.has(skuOf(code));
}

export function isGiftCard(code: string): boolean {
  return code.toLowerCase().startsWith('gift_');
}

export type Goods = {
  sku: string;
  productGid: string;
  variantGid: string;
  itemGid: string;
  itemId: number;
  title: string;
  type: string;
  vendor: string;
  giftCard: boolean;
  /** False for codes that never had a price: only samples, sets taken apart and write-offs. */
  sold: boolean;
  firstSeenAt: number;
  lastSeenAt: number;
  /** Median unit price of the sales, pennies. */
  price: number;
  /** Made up: 40 to 60 % of the price. */
  unitCost: number;
  leadTimeDays: number;
  /** Made up, per location. */
  main: Stock;
  second: Stock | null;
};

export type Stock = { available: number; incoming: number };

type Facts = {
  titles: Map<string, number>;
  notes: Map<string, number>;
  prices: number[];
  first: number;
  last: number;
  recentUnits: number;
};

const DAY = 86_400_000;
const RECENT_DAYS = 56;
/** One order of 80,995 pieces says nothing of the next weeks. */
const LARGEST_USUAL_QUANTITY = 300;

/** Made-up suppliers with their usual lead time in days. */
const VENDORS = [
  ['Alder & Finch', 9],
  ['Brightwell Home', 14],
  ['Canary Paper Co', 12],
  ['Dovecote Textiles', 28],
  ['Elmstead Glass', 21],
  ['Fernhill Ceramics', 35],
  ['Gable & Green', 10],
  ['Harbour Lights', 42],
  ['Ivy Lane Toys', 30],
  ['Juniper Tins', 25],
  ['Kingsbarn Metalware', 45],
  ['Linden Candles', 16],
] as const;

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/CHRISTMAS|XMAS|ADVENT|SANTA|REINDEER/, 'Christmas'],
  [/BAG|LUNCH BOX|PURSE|WALLET/, 'Bags'],
  [/CANDLE|T-LIGHT|LANTERN|LIGHT|LAMP/, 'Lights and candles'],
  [/MUG|CUP|PLATE|BOWL|TEA|CAKE|KITCHEN|JAM|BAKING|CUTLERY|TRAY|GLASS/, 'Kitchen and table'],
  [/CARD|WRAP|PAPER|NOTEBOOK|PENCIL|STICKER|RIBBON|POST/, 'Paper and wrap'],
  [/SIGN|FRAME|CLOCK|MIRROR|DRAWER|HOOK|HANGER|DOOR|CUSHION|DOORMAT/, 'Home'],
  [/NECKLACE|BRACELET|EARRING|RING|BROOCH/, 'Jewellery'],
  [/TOY|GAME|DOLL|CHILD|BABY|SOLDIER|SPACEBOY/, 'Toys'],
  [/GARDEN|PLANT|FLOWER|PARASOL|BIRD/, 'Garden'],
];

function typeOf(title: string): string {
  const words = title.toUpperCase();
  return TYPES.find(([pattern]) => pattern.test(words))?.[1] ?? 'Gifts';
}

function count(counts: Map<string, number>, text: string): void {
  if (text) counts.set(text, (counts.get(text) ?? 0) + 1);
}

function mostFrequent(counts: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  for (const [text, times] of counts) if (best === undefined || times > (counts.get(best) ?? 0)) best = text;
  return best;
}

function median(sorted: readonly number[]): number {
  const half = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(half)] ?? 0;
  return Math.round(((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2);
}

function note(facts: Facts, line: InvoiceLine, recent: boolean): void {
  const priced = line.quantity > 0 && line.thousandths > 0;
  // "damages", "check", "?" stand where a description should; only what was sold at a price names the goods.
  count(priced ? facts.titles : facts.notes, line.description);
  if (priced) facts.prices.push(Math.round(line.thousandths / 10));
  if (recent && priced) facts.recentUnits += Math.min(line.quantity, LARGEST_USUAL_QUANTITY);
}

function gatherFacts(invoices: readonly Invoice[], lastAt: number): Map<string, Facts> {
  const bySku = new Map<string, Facts>();
  for (const invoice of invoices) {
    const recent = invoice.at > lastAt - RECENT_DAYS * DAY;
    for (const line of invoice.lines) {
      if (!isGoods(line.code)) continue;
      const sku = skuOf(line.code);
      let facts = bySku.get(sku);
      if (!facts) {
        facts = { titles: new Map(), notes: new Map(), prices: [], first: invoice.at, last: invoice.at, recentUnits: 0 };
        bySku.set(sku, facts);
      }
      facts.last = invoice.at;
      note(facts, line, recent);
    }
  }
  return bySku;
}

function stockFor(chance: Chance, perDay: number): { main: Stock; second: Stock | null } {
  const luck = chance.next();
  let days = chance.whole(15, 90);
  if (luck < 0.08) days = 0;
  else if (luck < 0.23) days = chance.whole(3, 10);
  const available = perDay === 0 ? chance.whole(0, 40) : Math.round(perDay * days);
  const incoming = perDay > 0 && days <= 10 && chance.next() < 0.5 ? Math.max(12, Math.round(perDay * 30)) : 0;
  const second = chance.next() < 0.12 ? { available: chance.whole(1, 40), incoming: 0 } : null;
  return { main: { available, incoming }, second };
}

type Making = { ids: Ids; seed: number };

function makeGoods(sku: string, facts: Facts, { ids, seed }: Making): Goods {
  const chance = seeded((hashText(sku) ^ seed) >>> 0);
  const price = median(facts.prices.toSorted((a, b) => a - b));
  const sold = price > 0;
  const title = mostFrequent(facts.titles) ?? mostFrequent(facts.notes) ?? sku;
  const giftCard = isGiftCard(sku);
  const [vendor, usualLeadTime] = chance.pick(VENDORS);
  const itemId = ids.next('InventoryItem');
  const stocked = sold && !giftCard;
  const cost = Math.round((price * chance.whole(40, 60)) / 100);
  return {
    sku,
    productGid: gid('Product', ids.next('Product')),
    variantGid: gid('ProductVariant', ids.next('ProductVariant')),
    itemGid: gid('InventoryItem', itemId),
    itemId,
    title,
    type: giftCard ? 'Gift cards' : typeOf(title),
    vendor: giftCard ? 'Online Retail' : vendor,
    giftCard,
    sold,
    firstSeenAt: facts.first,
    lastSeenAt: facts.last,
    price,
    unitCost: stocked ? Math.max(1, cost) : 0,
    leadTimeDays: Math.max(3, usualLeadTime + chance.whole(-3, 6)),
    ...(stocked ? stockFor(chance, facts.recentUnits / RECENT_DAYS) : { main: { available: 0, incoming: 0 }, second: null }),
  };
}

/** All goods of the file by SKU: what the file says of them, and the made-up rest, seeded per SKU. */
export function makeCatalogue(invoices: readonly Invoice[], making: Making): Map<string, Goods> {
  const facts = gatherFacts(invoices, invoices.at(-1)?.at ?? 0);
  return new Map([...facts].map(([sku, known]) => [sku, makeGoods(sku, known, making)]));
}
