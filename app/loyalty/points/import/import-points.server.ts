import { writeAudit } from '../../../audit/index.server.ts';
import { invalid, ok, type Invalid, type Ok } from '../../../core/result.ts';
import type { ShopScope } from '../../../platform/context.server.ts';
import type { ShopTx } from '../../../platform/db.server.ts';
import { emailHashes, personKeys } from '../../../record/index.server.ts';
import { importPointsJob } from '../../job-definitions.ts';
import { readProgrammes } from '../points.store.server.ts';
import { programmeAt } from '../programme.ts';
import type { Columns, Field } from './columns.ts';
import {
  addRows,
  closeDraft,
  dropDraft,
  findCustomers,
  lockImports,
  openDraft,
  readImports,
  shortOf,
  turnImport,
  type Import,
  type NewImport,
  type Opening,
} from './imports.store.server.ts';
import { FileError, openFile, type FileProblem } from './read-file.server.ts';
import { customerOf, isProblem, type Found, type Problem, type Row } from './row.ts';

const BATCH = 1_000;
const KEPT_PROBLEMS = 200;
const SHOWN = 20;

/** What a page shows of imports; `short`: who would be short if the latest booked one were undone. */
export type ImportsPage = {
  readonly hasProgramme: boolean;
  readonly belowZero: boolean;
  readonly imports: readonly (Import & { readonly wouldBeShort: Short | null })[];
};
export type Short = { readonly customers: number; readonly points: bigint; readonly some: readonly bigint[] };

/** Imports of a shop, the latest first. */
export async function importsPage(scope: ShopScope): Promise<ImportsPage> {
  const { id: shopId } = scope.shop;
  return scope.db.forShop(shopId, async (tx) => {
    const programme = programmeAt(await readProgrammes(tx, shopId), scope.clock.now());
    const imports = await readImports(tx, shopId, { limit: SHOWN });
    const told = [];
    for (const each of imports) told.push({ ...each, wouldBeShort: each.status === 'booked' ? await shortOf(tx, shopId, each.id) : null });
    return { hasProgramme: programme !== null, belowZero: programme?.belowZero ?? false, imports: told };
  });
}

/** `headings` and `columns` by place: as they were read, or for somebody to choose. */
export type Checked =
  | { readonly kind: 'ok'; readonly value: number; readonly headings: readonly string[]; readonly columns: Columns }
  | { readonly kind: 'file'; readonly problem: FileProblem; readonly line: number | null; readonly headings: readonly string[] };

async function foundFor(tx: ShopTx, scope: ShopScope, rows: readonly Row[]): Promise<Found> {
  const emails = [...new Set(rows.flatMap(({ email }) => email ?? []))];
  const hashes = emailHashes(personKeys(scope), emails);
  const ids = rows.flatMap(({ id }) => id ?? []);
  const found = await findCustomers(tx, scope.shop.id, { ids, hashes: hashes.flat() });
  const of = (at: number): bigint[] => [...new Set((hashes[at] ?? []).flatMap((hash) => found.byHash.get(hash.toString('hex')) ?? []))];
  return { ids: found.ids, byEmail: new Map(emails.map((email, at) => [email, of(at)])) };
}

/** What is found of a file, row by row. */
class Sum {
  rows = 0;
  unmatched = 0;
  wrong = 0;
  zero = 0;
  matched = 0;
  points = 0n;
  readonly problems: Problem[] = [];
  readonly #lines = new Map<bigint, number>();
  readonly #belowZero: boolean;

  constructor(belowZero: boolean) {
    this.#belowZero = belowZero;
  }

  #note(problem: Problem): null {
    if (problem.reason === 'unmatched') this.unmatched += 1;
    else this.wrong += 1;
    if (this.problems.length < KEPT_PROBLEMS) this.problems.push(problem);
    return null;
  }

  /** @returns what a row opens; null where it opens nothing. */
  take(row: Row | Problem, found: Found): Opening | null {
    this.rows += 1;
    if (isProblem(row)) return this.#note(row);
    const { line, points } = row;
    const column = row.id === null ? 'email' : 'id';
    const customerId = customerOf(row, found);
    if (typeof customerId === 'string') return this.#note({ line, column, reason: customerId });
    const earlier = this.#lines.get(customerId);
    if (earlier !== undefined) return this.#note({ line, column, reason: 'again', of: earlier });
    this.#lines.set(customerId, line);
    if (points < 0 && !this.#belowZero) return this.#note({ line, column: 'points', reason: 'points-negative' });
    if (points === 0) {
      this.zero += 1;
      return null;
    }
    this.matched += 1;
    this.points += BigInt(points);
    return { customerId, line, points };
  }
}

async function* inPages<T>(rows: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let page: T[] = [];
  for await (const row of rows) {
    page.push(row);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/**
 * Reads a file of balances and keeps what it would do as a draft, in the place of the last draft; books nothing. Of the
 * file itself nothing is kept but its hash, lines and points of the customers that were found.
 * `chosen`: places of columns where somebody said which they are.
 */
export async function checkImport(
  scope: ShopScope,
  { bytes, chosen }: { bytes: Buffer; chosen: Partial<Record<Field, number | null>> | null },
): Promise<Checked | Invalid> {
  const { id: shopId } = scope.shop;
  const now = scope.clock.now();
  try {
    const file = await openFile(bytes, chosen);
    const draft = async (tx: ShopTx): Promise<number | null> => {
      await lockImports(tx, shopId);
      const programme = programmeAt(await readProgrammes(tx, shopId), now);
      if (!programme) return null;
      const staffId = scope.actor?.kind === 'staff' ? scope.actor.id : null;
      const id = await openDraft(tx, shopId, { fileHash: file.hash, staffId, now });
      const sum = new Sum(programme.belowZero);
      for await (const page of inPages(file.rows(), BATCH)) {
        const found = await foundFor(
          tx,
          scope,
          page.filter((row): row is Row => !isProblem(row)),
        );
        await addRows(tx, shopId, { id, rows: page.flatMap((row) => sum.take(row, found) ?? []) });
      }
      const { rows, matched, unmatched, wrong, zero, points, problems } = sum;
      const total: NewImport = { rows, matched, unmatched, wrong, zero, points, problems, ignored: file.left };
      await closeDraft(tx, shopId, { id, found: total });
      return id;
    };
    const id = await scope.db.forShop(shopId, draft, { timeoutMs: 180_000 });
    return id === null
      ? invalid({ file: 'pointsImport.error.noProgramme' })
      : { ...ok(id), headings: file.headings, columns: file.columns };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { kind: 'file', problem: error.problem, line: error.line, headings: error.headings };
  }
}

type Wanted = { readonly id: number; readonly agreed: boolean };

/**
 * Books a draft: from now on its openings are facts, customer by customer in the background. Where the same file was booked
 * before, only when that is `agreed`.
 */
export async function confirmImport(scope: ShopScope, { id, agreed }: Wanted): Promise<Ok<number> | Invalid> {
  const { id: shopId } = scope.shop;
  const now = scope.clock.now();
  const problem = await scope.db.forShop(shopId, async (tx) => {
    await lockImports(tx, shopId);
    const [draft] = await readImports(tx, shopId, { id, limit: 1 });
    if (draft?.status !== 'checked' || draft.matched === 0) return 'pointsImport.error.notThere';
    if (draft.twin && !agreed) return 'pointsImport.error.twin';
    if (!programmeAt(await readProgrammes(tx, shopId), now)) return 'pointsImport.error.noProgramme';
    await turnImport(tx, shopId, { id, from: 'checked', to: 'booking', at: now });
    const { matched: customers, points } = draft;
    await writeAudit(tx, scope, { action: 'loyalty.points.import-booked', subject: `import/${id}`, after: { customers, points } });
    return null;
  });
  if (problem) return invalid({ import: problem });
  await scope.queue.enqueue(importPointsJob, { shopId }, { key: String(shopId) });
  return ok(id);
}

/**
 * Takes a booked import out of the facts again, customer by customer in the background; the ledger books the difference
 * back. Where customers have less than it gave them, only when that is `agreed`.
 */
export async function undoImport(scope: ShopScope, { id, agreed }: Wanted): Promise<Ok<number> | Invalid> {
  const { id: shopId } = scope.shop;
  const problem = await scope.db.forShop(shopId, async (tx) => {
    await lockImports(tx, shopId);
    const [booked] = await readImports(tx, shopId, { id, limit: 1 });
    if (booked?.status !== 'booked') return 'pointsImport.error.notThere';
    const short = await shortOf(tx, shopId, id);
    if (short.customers > 0 && !agreed) return 'pointsImport.error.short';
    await turnImport(tx, shopId, { id, from: 'booked', to: 'undoing' });
    const before = { customers: booked.matched, points: booked.points };
    const after = { short: short.customers, points: short.points };
    await writeAudit(tx, scope, { action: 'loyalty.points.import-undone', subject: `import/${id}`, before, after });
    return null;
  });
  if (problem) return invalid({ import: problem });
  await scope.queue.enqueue(importPointsJob, { shopId }, { key: String(shopId) });
  return ok(id);
}

/** Takes a draft away. */
export async function discardImport(scope: ShopScope, id: number): Promise<Ok<number> | Invalid> {
  const gone = await scope.db.forShop(scope.shop.id, (tx) => dropDraft(tx, scope.shop.id, id));
  return gone ? ok(id) : invalid({ import: 'pointsImport.error.notThere' });
}
