import { dayOf, type Day } from '../../core/calendar.ts';
import type { Cursor } from '../../core/cursor.ts';
import type { ShopScope } from '../../platform/context.server.ts';
import { customersByIds, nameOf } from '../../record/index.server.ts';
import { lapsingMembers, type LapsingMember } from './lapses.store.server.ts';

const DAY_MS = 86_400_000;
const EXPORT_PAGE = 1_000;

/** A member's next points to lapse, and the day of the shop on which they do. */
export type LapsingRow = {
  readonly customerId: bigint;
  readonly name: string | null;
  readonly email: string | null;
  readonly points: number;
  readonly day: Day;
};

type Wanted = { readonly days: number; readonly after: Cursor | null; readonly limit: number };

async function read(scope: ShopScope, { days, after, limit }: Wanted): Promise<{ rows: LapsingRow[]; next: Cursor | null }> {
  const { shop, clock } = scope;
  const now = clock.now();
  const cursor = after && ({ at: after, way: 'after' } as const);
  const page = { now, until: new Date(now.getTime() + days * DAY_MS), cursor, limit: limit + 1 };
  const found = await scope.db.forShop(shop.id, (tx) => lapsingMembers(tx, shop.id, page));
  const members = found.slice(0, limit);
  const last = found.length > limit ? members.at(-1) : undefined;
  return { rows: await named(scope, members), next: last ? { value: last.at.toISOString(), id: String(last.customerId) } : null };
}

async function named(scope: ShopScope, members: readonly LapsingMember[]): Promise<LapsingRow[]> {
  const customers = await customersByIds(
    scope,
    members.map(({ customerId }) => customerId),
  );
  const byId = new Map(customers.map((customer) => [customer.id, customer]));
  return members.map(({ customerId, at, points }) => {
    const customer = byId.get(customerId);
    return {
      customerId,
      name: customer ? nameOf(customer) : null,
      email: customer?.email ?? null,
      points,
      day: dayOf(at, scope.shop.timezone),
    };
  });
}

/** Who loses points within so many days, the soonest first. */
export async function lapsingPage(
  scope: ShopScope,
  wanted: Wanted,
): Promise<{ readonly rows: LapsingRow[]; readonly next: Cursor | null }> {
  return read(scope, wanted);
}

/** All of them, page by page. */
export async function* allLapsing(scope: ShopScope, days: number): AsyncGenerator<LapsingRow> {
  for (let after: Cursor | null = null; ;) {
    const page: Awaited<ReturnType<typeof read>> = await read(scope, { days, after, limit: EXPORT_PAGE });
    yield* page.rows;
    if (page.next === null) return;
    after = page.next;
  }
}
