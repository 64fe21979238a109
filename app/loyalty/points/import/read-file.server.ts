import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { areEnough, FIELDS, leftOf, recognised, type Columns, type Field, type Left } from './columns.ts';
import { readRow, separatorsOf, type Problem, type Row } from './row.ts';

/** Why a file as a whole is refused. */
export type FileProblem = 'empty' | 'workbook' | 'binary' | 'quotes' | 'long' | 'rows' | 'columns' | 'headings';
export class FileError extends Error {
  readonly problem: FileProblem;
  /** Where the quotes went wrong. */
  readonly line: number | null;
  /** The columns' names, where they are not enough. */
  readonly headings: readonly string[];
  constructor(problem: FileProblem, { line = null, headings = [] }: { line?: number | null; headings?: readonly string[] } = {}) {
    super(`the file cannot be read: ${problem}`);
    this.problem = problem;
    this.line = line;
    this.headings = headings;
  }
}

export const MOST_ROWS = 250_000;
const MOST_COLUMNS = 200;

/** Bytes as text: UTF-8 with or without a mark, UTF-16 with one, else the Western code page of spreadsheets. */
export function textOf(bytes: Buffer): string {
  if (bytes.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004', 'latin1'))) throw new FileError('workbook');
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe') return new TextDecoder('utf-16le').decode(bytes);
  if (mark === 'feff') return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.includes(0)) throw new FileError('binary');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** What parts the cells: of comma, semicolon and tab the one that the first line has most of, outside of quotes. */
export function delimiterOf(text: string): string {
  const first = (/^\s*([^\r\n]*)/.exec(text)?.[1] ?? '').replaceAll(/"(?:[^"]|"")*"/g, '');
  const counts = [',', ';', '\t'].map((sign) => ({ sign, count: first.split(sign).length }));
  return counts.reduce((most, each) => (each.count > most.count ? each : most)).sign;
}

export type OpenFile = {
  readonly hash: Buffer;
  readonly headings: readonly string[];
  readonly columns: Columns;
  readonly left: readonly Left[];
  /** In the order of the file; each at the line on which it ends. @throws FileError */
  rows(): AsyncGenerator<Row | Problem>;
};

/** The columns that somebody chose by their places, else those that are recognised. */
function columnsOf(headings: readonly string[], chosen: Partial<Record<Field, number | null>> | null): Columns {
  if (chosen === null) return recognised(headings);
  const at = (field: Field): number | null => {
    const place = chosen[field] ?? null;
    return place !== null && place < headings.length ? place : null;
  };
  return { id: at('id'), email: at('email'), points: at('points') };
}

type Record_ = { readonly record: readonly string[]; readonly info: { readonly lines: number } };

async function* records(text: string, delimiter: string): AsyncGenerator<Record_> {
  const parser = parse({ delimiter, info: true, relax_column_count: true, skip_empty_lines: true, bom: true, max_record_size: 100_000 });
  // In pieces, so that other requests have their turn between.
  const pieces = function* (): Generator<string> {
    for (let at = 0; at < text.length; at += 65_536) yield text.slice(at, at + 65_536);
  };
  const source = Readable.from(pieces());
  source.pipe(parser);
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- with `info` the parser gives records of this shape
    for await (const each of parser as AsyncIterable<Record_>) yield each;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? error['lines'] : null;
    throw new FileError(error.code === 'CSV_MAX_RECORD_SIZE' ? 'long' : 'quotes', { line });
  } finally {
    source.destroy();
  }
}

/**
 * Opens a CSV file of members and balances. `chosen`: the places of columns where somebody said which they are.
 * @throws FileError where it is none, or its columns are not known.
 */
export async function openFile(bytes: Buffer, chosen: Partial<Record<Field, number | null>> | null = null): Promise<OpenFile> {
  const text = textOf(bytes);
  const delimiter = delimiterOf(text);
  const all = records(text, delimiter);
  const first = await all.next();
  if (first.done) throw new FileError('empty');
  const headings = first.value.record.map((heading) => heading.trim());
  if (headings.length > MOST_COLUMNS) throw new FileError('columns');
  // An address among the names: the file begins with a person.
  if (headings.some((heading) => heading.includes('@'))) throw new FileError('headings');
  const columns = columnsOf(headings, chosen);
  if (
    !areEnough(columns) ||
    new Set(FIELDS.flatMap((field) => columns[field] ?? [])).size < FIELDS.filter((f) => columns[f] !== null).length
  )
    throw new FileError('columns', { headings });
  const separators = separatorsOf(delimiter);
  return {
    hash: createHash('sha256').update(bytes).digest(),
    headings,
    columns,
    left: leftOf(headings, columns),
    async *rows() {
      let count = 0;
      for await (const { record, info } of all) {
        count += 1;
        if (count > MOST_ROWS) throw new FileError('rows');
        yield readRow(record, { line: info.lines, width: headings.length, columns, separators });
      }
    },
  };
}
