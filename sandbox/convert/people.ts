import { hashText, seeded } from '../random.ts';
import { amount, CURRENCY, gid, instant, LineFile, type Ids } from './jsonl.ts';
import { countryCode } from './countries.ts';
import { linePennies } from './read-csv.ts';
import type { PlannedOrder } from './match-returns.ts';

const FIRST_NAMES = [
  'Ada',
  'Alice',
  'Amir',
  'Beatrice',
  'Callum',
  'Chloe',
  'Daniel',
  'Edith',
  'Elena',
  'Farah',
  'Finn',
  'Freya',
  'George',
  'Grace',
  'Hamza',
  'Harriet',
  'Imogen',
  'Isaac',
  'Jasmine',
  'Jonas',
  'Kamal',
  'Keira',
  'Laura',
  'Leo',
  'Maeve',
  'Marcus',
  'Mei',
  'Nadia',
  'Noah',
  'Olive',
  'Oscar',
  'Petra',
  'Quentin',
  'Rosa',
  'Ruth',
  'Samuel',
  'Sofia',
  'Tariq',
  'Thea',
  'Una',
  'Victor',
  'Wanda',
  'Xenia',
  'Yusuf',
  'Zoe',
] as const;
const LAST_NAMES = [
  'Abbott',
  'Ahmed',
  'Ashworth',
  'Baker',
  'Bergmann',
  'Blackwood',
  'Carver',
  'Chen',
  'Clarke',
  'Dubois',
  'Ellison',
  'Fairfax',
  'Fischer',
  'Garner',
  'Graham',
  'Hadley',
  'Holt',
  'Hughes',
  'Iqbal',
  'Jansen',
  'Kaur',
  'Kelly',
  'Lambert',
  'Lowe',
  'Marsh',
  'Mercer',
  'Moreau',
  'Nilsson',
  'Norris',
  'Okafor',
  'Palmer',
  'Patel',
  'Quinn',
  'Reid',
  'Rossi',
  'Sato',
  'Shaw',
  'Silva',
  'Thorne',
  'Underhill',
  'Vance',
  'Walsh',
  'Whitlock',
  'Yates',
  'Young',
] as const;

export type Person = { gid: string; email: string };

type Known = { first: number; last: number; country: string; orders: number; pennies: number };

/** What the orders say of each customer: first and last time, country of the latest order, net spend in pennies. */
function knownCustomers(orders: readonly PlannedOrder[]): Map<string, Known> {
  const customers = new Map<string, Known>();
  for (const order of orders) {
    if (!order.customer) continue;
    const known = customers.get(order.customer) ?? { first: order.at, last: order.at, country: order.country, orders: 0, pennies: 0 };
    known.first = Math.min(known.first, order.at);
    if (order.at >= known.last) [known.last, known.country] = [order.at, order.country];
    known.orders += 1;
    for (const line of order.lines) known.pennies += linePennies(line.quantity, line.thousandths);
    for (const { parts, invoice } of order.returns) {
      known.last = Math.max(known.last, invoice.at);
      for (const part of parts) {
        const line = order.lines[part.line];
        if (line) known.pennies -= linePennies(part.quantity, line.thousandths);
      }
    }
    customers.set(order.customer, known);
  }
  return customers;
}

/** Writes customers.jsonl: numbers, countries and spend from the file; names, e-mail addresses and consents made up by the seed. */
export function writePeople(
  orders: readonly PlannedOrder[],
  { file, ids, seed, shiftMs }: { file: string; ids: Ids; seed: number; shiftMs: number },
): Map<string, Person> {
  const people = new Map<string, Person>();
  const out = new LineFile(file);
  for (const [number, known] of [...knownCustomers(orders)].toSorted(([a], [b]) => Number(a) - Number(b))) {
    const chance = seeded((hashText(`customer ${number}`) ^ seed) >>> 0);
    const firstName = chance.pick(FIRST_NAMES);
    const lastName = chance.pick(LAST_NAMES);
    const email = `${firstName}.${lastName}.${number}@example.com`.toLowerCase();
    const customer = gid('Customer', ids.next('Customer'));
    const createdAt = instant(known.first + shiftMs);
    const subscribed = chance.next() < 0.6;
    people.set(number, { gid: customer, email });
    out.add(
      JSON.stringify({
        id: customer,
        firstName,
        lastName,
        displayName: `${firstName} ${lastName}`,
        email,
        phone: null,
        locale: 'en',
        state: 'DISABLED',
        verifiedEmail: true,
        taxExempt: false,
        note: `Customer ${number} of the source`,
        tags: [],
        createdAt,
        updatedAt: instant(known.last + shiftMs),
        numberOfOrders: String(known.orders),
        amountSpent: { amount: amount(known.pennies), currencyCode: CURRENCY },
        defaultAddress: { country: known.country, countryCodeV2: countryCode(known.country) },
        emailMarketingConsent: {
          marketingState: subscribed ? 'SUBSCRIBED' : 'NOT_SUBSCRIBED',
          marketingOptInLevel: subscribed ? 'SINGLE_OPT_IN' : null,
          consentUpdatedAt: subscribed ? createdAt : null,
        },
        smsMarketingConsent: null,
      }),
    );
  }
  out.close();
  return people;
}
