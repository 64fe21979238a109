/** What an import reads of a row. */
export const FIELDS = ['id', 'email', 'points'] as const;
export type Field = (typeof FIELDS)[number];
/** By field the place of its column; null where the file has none. */
export type Columns = Readonly<Record<Field, number | null>>;

/** What is recognised and left: tiers and birthdays have their own ways here, and sums of the past are no balance. */
export const LEFT = ['tier', 'birthday', 'joined', 'credits', 'sums', 'other'] as const;
export type Left = (typeof LEFT)[number];

/**
 * Names of columns as Smile (`email`, `points`; its API's `points_balance`, `vip_tier`, `date_of_birth`), LoyaltyLion
 * (`merchant_id`, `points_approved`, `enrolled_at`), Rivo ("Points Balance", "Birthdate", "VIP Tier", "Activation Date",
 * "Credits Balance", "Shopify Customer ID") and Yotpo ("Points Balance", "Points Spent", "Birthday (MM/DD)") write them;
 * of several in a file the first here is taken. A tool's own `id` is none of Shopify's.
 */
const NAMES: Readonly<Record<Field, readonly string[]>> = {
  id: [
    'shopify customer id',
    'shopify id',
    'customer id',
    'customerid',
    'merchant id',
    'external id',
    'external customer id',
    'customer external id',
    'platform id',
  ],
  email: ['email', 'customer email', 'shopify customer email', 'e mail', 'email address', 'customer email address', 'emails'],
  points: [
    'points balance',
    'point balance',
    'current points balance',
    'current point balance',
    'points approved',
    'approved points',
    'available points',
    'points available',
    'current points',
    'points',
    'loyalty points',
    'reward points',
    'balance',
  ],
};
const LEFT_NAMES: Readonly<Record<Exclude<Left, 'other'>, readonly string[]>> = {
  tier: ['vip tier', 'vip tier name', 'tier', 'tier name', 'loyalty tier', 'loyalty tier name', 'loyalty tier membership'],
  birthday: ['birthday', 'birthdate', 'birth date', 'date of birth', 'birthday mm dd', 'birthday mm dd or mm dd yyyy'],
  joined: ['activation date', 'created at', 'enrolled at', 'joined', 'joined at', 'date joined', 'member since', 'signed up at'],
  credits: ['credits balance', 'credit balance', 'store credit'],
  sums: ['points spent', 'points earned', 'points pending', 'total points earned', 'lifetime points', 'points expired'],
};

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

/** The columns of a file by their names, in any case and with any signs between the words. */
export function recognised(headings: readonly string[]): Columns {
  const names = headings.map(plain);
  const placeOf = (field: Field): number | null => {
    const name = NAMES[field].find((each) => names.includes(each));
    return name === undefined ? null : names.indexOf(name);
  };
  return { id: placeOf('id'), email: placeOf('email'), points: placeOf('points') };
}

/** What stands in the columns that are not read, each kind once; never a column's own name, which may be a person's. */
export function leftOf(headings: readonly string[], columns: Columns): Left[] {
  const read = new Set(FIELDS.flatMap((field) => columns[field] ?? []));
  const rest = headings.flatMap((heading, at) => (read.has(at) ? [] : [plain(heading)])).filter((name) => name !== '');
  const kindOf = (name: string): Left => LEFT.find((kind) => kind !== 'other' && LEFT_NAMES[kind].includes(name)) ?? 'other';
  const found = new Set(rest.map(kindOf));
  return LEFT.filter((kind) => found.has(kind));
}

/** Columns are enough where a row can be matched and has points. */
export const areEnough = ({ id, email, points }: Columns): boolean => points !== null && (id !== null || email !== null);
