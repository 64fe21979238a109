import fs from 'node:fs';
import path from 'node:path';
import { parseDay, type Day } from '../../app/core/calendar.ts';

/** The purchases of the CDNOW sample (tests/fixtures/cdnow), in the order of the file. */
export function cdnowPurchases(): { customer: string; day: Day; amount: number }[] {
  const file = path.join(import.meta.dirname, '../fixtures/cdnow/cdnow-sample.txt');
  return fs
    .readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [, customer = '', date = '', , amount = ''] = line.trim().split(/\s+/);
      return { customer, day: parseDay(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`), amount: Number(amount) };
    });
}
