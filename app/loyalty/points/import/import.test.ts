import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leftOf, recognised } from './columns.ts';
import { delimiterOf, FileError, openFile, textOf } from './read-file.server.ts';
import { customerOf, pointsIn, separatorsOf, type Problem, type Row } from './row.ts';

const COMMA = separatorsOf(',');
const SEMICOLON = separatorsOf(';');
async function read(text: string | Buffer, chosen: Parameters<typeof openFile>[1] = null): Promise<(Row | Problem)[]> {
  const file = await openFile(typeof text === 'string' ? Buffer.from(text) : text, chosen);
  const rows = [];
  for await (const row of file.rows()) rows.push(row);
  return rows;
}
const refusal = async (text: string | Buffer): Promise<FileError> => {
  try {
    await read(text);
  } catch (error) {
    if (error instanceof FileError) return error;
    throw error;
  }
  throw new Error('it was read');
};

describe('columns', () => {
  it.each([
    ['Smile', ['email', 'points'], { id: null, email: 0, points: 1 }],
    ['LoyaltyLion', ['merchant_id', 'email', 'points_approved', 'points_spent', 'loyalty_tier'], { id: 0, email: 1, points: 2 }],
    ['Rivo', ['Email', 'Points Balance', 'Birthdate', 'VIP Tier', 'Activation Date', 'Credits Balance'], { id: null, email: 0, points: 1 }],
    ['Rivo by number', ['Shopify Customer ID', 'Points Balance'], { id: 0, email: null, points: 1 }],
    ['Yotpo', ['Full Name', 'Email', 'Points Spent', 'Points Balance', 'Birthday (MM/DD)'], { id: null, email: 1, points: 3 }],
    ['a tool’s own id', ['id', 'E-Mail', 'Balance'], { id: null, email: 1, points: 2 }],
  ] as const)('of %s are recognised', (_tool, headings, columns) => {
    expect(recognised(headings)).toEqual(columns);
  });

  it('that are not read are told by their kind, never by their name', () => {
    const headings = ['Email', 'Points Balance', 'Birthdate', 'VIP Tier', 'Activation Date', 'Credits Balance', 'Mia Member'];
    expect(leftOf(headings, recognised(headings))).toEqual(['tier', 'birthday', 'joined', 'credits', 'other']);
  });
});

describe('points of a cell', () => {
  it.each([
    ['1234', COMMA, 1_234],
    [' +12 ', COMMA, 12],
    ['1,234', COMMA, 1_234],
    ['1,234,567.00', COMMA, 1_234_567],
    ['1 234', COMMA, 1_234],
    ['1.234', SEMICOLON, 1_234],
    ['1.234,0', SEMICOLON, 1_234],
    ['-5', COMMA, -5],
    ['−5', COMMA, -5],
    ['(5)', COMMA, -5],
    ['-0', COMMA, 0],
    ['12.0', COMMA, 12],
    ['1.234', COMMA, 'points-fraction'],
    ['1,5', SEMICOLON, 'points-fraction'],
    ['12,34', COMMA, 'points-number'],
    ['1,2345', COMMA, 'points-number'],
    ['', COMMA, 'points-missing'],
    ['many', COMMA, 'points-number'],
    ['1e3', COMMA, 'points-number'],
    ['10,000,001', COMMA, 'points-large'],
  ] as const)('%s', (text, separators, points) => {
    expect(pointsIn(text, separators)).toBe(points);
  });

  it('are read as they were written, however thousands are parted', () => {
    const parted = fc.constantFrom(['en-GB', COMMA], ['de-DE', SEMICOLON], ['fr-FR', COMMA], ['fr-FR', SEMICOLON]);
    fc.assert(
      fc.property(fc.integer({ min: -10_000_000, max: 10_000_000 }), parted, (points, [language, separators]) => {
        expect(pointsIn(points.toLocaleString(String(language)), separators as typeof COMMA)).toBe(points);
      }),
    );
  });
});

describe('a file', () => {
  it('is read with a mark, in UTF-16, with semicolons and quotes, and by the Western code page', async () => {
    const row = { line: 2, id: null, email: 'mia@example.com', points: 12 };
    expect(await read('\uFEFFemail,points\r\nmia@example.com,12\r\n')).toEqual([row]);
    expect(await read(Buffer.from('\uFEFFemail\tpoints\nmia@example.com\t12\n', 'utf16le'))).toEqual([row]);
    expect(await read('"email";"points";"note"\n"mia@example.com";"12";"a ""quoted"" ; note"\n')).toEqual([row]);
    expect(await read(Buffer.from('name,email,points\nZo\u00EB,mia@example.com,12\n', 'latin1'))).toEqual([row]);
    expect(textOf(Buffer.from('Zo\u00EB', 'latin1'))).toBe('Zo\u00EB');
  });

  it('tells what is wrong by line and column, and goes on', async () => {
    const text =
      'Customer ID,Email,Points\n,mia@example.com,5\n,,5\n12x,,5\n,mia,5\n,a@b.c,x\n1,2\n\n"gid://shopify/Customer/7",,"1,234"\n';
    expect(await read(text)).toEqual([
      { line: 2, id: null, email: 'mia@example.com', points: 5 },
      { line: 3, column: 'email', reason: 'nobody' },
      { line: 4, column: 'id', reason: 'id' },
      { line: 5, column: 'email', reason: 'email' },
      { line: 6, column: 'points', reason: 'points-number' },
      { line: 7, column: null, reason: 'columns' },
      { line: 9, id: 7n, email: null, points: 1_234 },
    ]);
  });

  it('is read by columns that somebody chose', async () => {
    expect(await read('who,how many\nmia@example.com,5\n', { email: 0, points: 1 })).toEqual([
      { line: 2, id: null, email: 'mia@example.com', points: 5 },
    ]);
    expect((await refusal('who,how many\nmia@example.com,5\n')).problem).toBe('columns');
    await expect(read('who,how many\nmia@example.com,5\n', { email: 1, points: 1 })).rejects.toThrow('columns');
  });

  it('that is none is refused as a whole', async () => {
    const problem = async (text: string | Buffer) => (await refusal(text)).problem;
    expect(await problem('')).toBe('empty');
    expect(await problem(Buffer.from('PK\u0003\u0004rest', 'latin1'))).toBe('workbook');
    expect(await problem(Buffer.from([101, 0, 1, 2]))).toBe('binary');
    expect(await problem('mia@example.com,5\nbob@example.com,6\n')).toBe('headings');
    const quotes = await refusal('email,points\na@b.c,5\n"mia@example.com,12\nb@b.c,5\n');
    expect([quotes.problem, quotes.line]).toEqual(['quotes', 4]);
    expect(delimiterOf('"a,b,c,d";points\n')).toBe(';');
  });
});

describe('who a row is about', () => {
  const found = {
    ids: new Set([1n, 2n]),
    byEmail: new Map([
      ['mia@example.com', [1n]],
      ['twice@example.com', [1n, 2n]],
    ]),
  };
  const of = (id: bigint | null, email: string | null) => customerOf({ line: 2, points: 1, id, email }, found);
  it('goes by the number, else by the address, and never by a guess', () => {
    expect(of(1n, null)).toBe(1n);
    expect(of(1n, 'mia@example.com')).toBe(1n);
    expect(of(2n, 'mia@example.com')).toBe('other');
    expect(of(2n, 'new@example.com')).toBe(2n);
    expect(of(9n, 'mia@example.com')).toBe(1n);
    expect(of(null, 'mia@example.com')).toBe(1n);
    expect(of(null, 'twice@example.com')).toBe('several');
    expect(of(2n, 'twice@example.com')).toBe(2n);
    expect(of(9n, null)).toBe('unmatched');
  });
});
