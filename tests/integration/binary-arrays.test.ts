import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binaryArray, type Element, type ElementType } from '../../app/platform/binary-arrays.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const arrayOf = (values: readonly Element[], type: ElementType): Buffer => binaryArray(values, (value) => value, type);

/** The values as the database writes them. */
async function heldAs(values: readonly Element[], type: ElementType): Promise<(string | null)[]> {
  const { rows } = await database.db.pool.query<{ texts: (string | null)[] }>(`SELECT $1::${type}[]::text[] AS texts`, [
    arrayOf(values, type),
  ]);
  return rows[0]?.texts ?? [];
}

const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<(T | null)[]> => fc.array(fc.option(arbitrary), { maxLength: 30 });
const texts = (values: readonly (bigint | number | boolean | string | null)[]): (string | null)[] =>
  values.map((value) => (value === null ? null : String(value)));

describe('arrays in binary form are the values', () => {
  it.each<[ElementType, fc.Arbitrary<bigint | number | boolean | string>]>([
    ['bigint', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    ['bigint', fc.maxSafeInteger()],
    ['int', fc.integer()],
    ['int', fc.bigInt({ min: -1_000n, max: 1_000n })],
    ['boolean', fc.boolean()],
    ['text', fc.string({ unit: 'grapheme', maxLength: 200 }).map((text) => text.replaceAll('\0', ''))],
  ])('%s', async (type, arbitrary) => {
    await fc.assert(
      fc.asyncProperty(nullable(arbitrary), async (values) => {
        expect(await heldAs(values, type)).toEqual(texts(values));
      }),
      { numRuns: 50 },
    );
  });

  it('times to the millisecond, and days', async () => {
    const time = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
    await fc.assert(
      fc.asyncProperty(nullable(time), async (values) => {
        const { rows } = await database.db.pool.query<{ same: boolean | null }>(
          `SELECT bool_and((binary_at IS NOT DISTINCT FROM text_at) AND (day IS NOT DISTINCT FROM text_day) AND (day2 IS NOT DISTINCT FROM text_day)) AS same
           FROM unnest($1::timestamptz[], $2::timestamptz[], $3::date[], $4::date[], $5::date[]) AS r(binary_at, text_at, day, day2, text_day)`,
          [
            arrayOf(values, 'timestamptz'),
            values.map((value) => value?.toISOString() ?? null),
            arrayOf(values, 'date'),
            arrayOf(
              values.map((value) => value?.toISOString().slice(0, 10) ?? null),
              'date',
            ),
            values.map((value) => value?.toISOString().slice(0, 10) ?? null),
          ],
        );
        expect(rows[0]?.same).toBe(values.length === 0 ? null : true);
      }),
      { numRuns: 100 },
    );
  });

  it('numbers with a fraction', async () => {
    const { rows } = await database.db.pool.query<{ values: number[] }>('SELECT $1::float8[] AS values', [
      arrayOf([0.1, -1.5, 1e300, null], 'float8'),
    ]);
    expect(rows[0]?.values).toEqual([0.1, -1.5, 1e300, null]);
  });

  it('more than there was room for', async () => {
    const long = 'ł'.repeat(200_000);
    expect(await heldAs([long, 'a', long], 'text')).toEqual([long, 'a', long]);
  });
});

describe('what does not fit is refused and not cut', () => {
  it.each<[ElementType, Element]>([
    ['bigint', 2n ** 63n],
    ['bigint', -(2n ** 63n) - 1n],
    ['bigint', 1.5],
    ['int', 2 ** 31],
    ['int', 1.5],
    ['int', Number.NaN],
    ['timestamptz', new Date(Number.NaN)],
    ['date', 'yesterday'],
  ])('%s %s', (type, value) => {
    expect(() => arrayOf([value], type)).toThrow(RangeError);
  });
});
