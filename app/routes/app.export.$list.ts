import { Readable } from 'node:stream';
import { createReadableStreamFromReadable, type LoaderFunctionArgs } from '@remix-run/node';
import { dateToDay } from '../core/calendar.ts';
import { allAudit, noteAudit } from '../audit/index.server.ts';
import { allMembers } from '../audience/index.server.ts';
import { allCodes } from '../campaigns/index.server.ts';
import { csvLine } from '../core/csv.ts';
import { toDecimal } from '../core/money.ts';
import { dayOrNull, lapseDaysOf, orderChoice } from '../components/list-choices.ts';
import { statusOf } from '../components/stock-status.ts';
import { authenticateAdmin, type AdminScope } from '../entry/authenticate.server.ts';
import { allInventory } from '../forecast/index.server.ts';
import { allLapsing, liabilityPage } from '../loyalty/index.server.ts';
import { allCustomers, allOrders, orderFilter } from '../record/index.server.ts';

/** What the list on screen is searched and filtered by. */
type Filters = { search: string; params: URLSearchParams };

async function* customerLines(scope: AdminScope, { search, params }: Filters): AsyncGenerator<string> {
  yield csvLine([
    'id',
    'first name',
    'last name',
    'email',
    'country',
    'tier',
    'orders',
    `net spend (${scope.shop.currency})`,
    'last order',
  ]);
  const tier = Number(params.get('tier'));
  const tierId = Number.isInteger(tier) && tier > 0 ? tier : null;
  for await (const row of allCustomers(scope, { search, tierId, sort: 'net' })) {
    const net = toDecimal(row.net, scope.shop.currency);
    yield csvLine([
      String(row.id),
      row.firstName,
      row.lastName,
      row.email,
      row.country,
      row.tier,
      row.orders,
      net,
      row.lastOrderAt?.toISOString() ?? null,
    ]);
  }
}

async function* orderLines(scope: AdminScope, { search, params }: Filters): AsyncGenerator<string> {
  const { currency } = scope.shop;
  yield csvLine([
    'id',
    'name',
    'processed at',
    'customer id',
    'payment',
    `net (${currency})`,
    `total (${currency})`,
    'cancelled at',
    'test',
  ]);
  for await (const row of allOrders(scope, { search, customerId: null, filter: orderFilter(scope, orderChoice(params)) })) {
    yield csvLine([
      String(row.id),
      row.name,
      row.processedAt.toISOString(),
      row.customerId === null ? null : String(row.customerId),
      row.financialStatus,
      toDecimal(row.net, currency),
      toDecimal(row.total, currency),
      row.cancelledAt?.toISOString() ?? null,
      row.test ? 'yes' : 'no',
    ]);
  }
}

async function* inventoryLines(scope: AdminScope, { search, params }: Filters): AsyncGenerator<string> {
  yield csvLine([
    'variant id',
    'title',
    'sku',
    'vendor',
    'status',
    'available',
    'sold in 28 days',
    'expected in 28 days',
    'days of cover',
    'reorder by',
    'lead time (days)',
  ]);
  const status = params.get('status') ? statusOf(params.get('status')) : null;
  for await (const row of allInventory(scope, { search, status, sort: 'reorder' })) {
    yield csvLine([
      String(row.variantId),
      row.title,
      row.sku,
      row.vendor,
      row.status,
      row.available,
      row.sold28,
      row.next28.toFixed(1),
      row.daysOfCover?.toFixed(1) ?? null,
      row.reorderBy ? dateToDay(row.reorderBy) : null,
      row.leadTimeDays,
    ]);
  }
}

async function* codeLines(scope: AdminScope, campaignId: number): AsyncGenerator<string> {
  yield csvLine(['code', 'customer id', 'customer', 'status', 'order', `revenue (${scope.shop.currency})`]);
  for await (const row of allCodes(scope, campaignId)) {
    const revenue = row.revenue === null ? null : toDecimal(row.revenue, scope.shop.currency);
    yield csvLine([row.code, String(row.customerId), row.customerName, row.status, row.orderName, revenue]);
  }
}

async function* segmentLines(scope: AdminScope, segmentId: number): AsyncGenerator<string> {
  yield csvLine(['id', 'name', 'email', 'country', 'tier', 'orders', `net spend (${scope.shop.currency})`, 'last order']);
  for await (const row of allMembers(scope, segmentId)) {
    const net = toDecimal(row.net, scope.shop.currency);
    yield csvLine([String(row.id), row.name, row.email, row.country, row.tier, row.orders, net, row.lastOrderAt?.toISOString() ?? null]);
  }
}

async function* auditLines(scope: AdminScope): AsyncGenerator<string> {
  yield csvLine(['number', 'at', 'who', 'staff id', 'action', 'subject', 'before', 'after']);
  for await (const row of allAudit(scope)) {
    yield csvLine([String(row.seq), row.at.toISOString(), row.actorKind, row.actorId, row.action, row.subject, row.before, row.after]);
  }
}

async function* lapsingLines(scope: AdminScope, { params }: Filters): AsyncGenerator<string> {
  yield csvLine(['customer id', 'name', 'email', 'points', 'lapse on']);
  for await (const { customerId, name, email, points, day } of allLapsing(scope, lapseDaysOf(params)))
    yield csvLine([String(customerId), name, email, points, day]);
}

/** Points owed by month, and the revenue that is put off for them. */
async function* liabilityLines(scope: AdminScope, { params }: Filters): AsyncGenerator<string> {
  const { currency } = scope.shop;
  const money = ['opening', 'deferred', 'brought in', 'recognised', 'of it breakage', 'closing'].map(
    (name) => `revenue ${name} (${currency})`,
  );
  yield csvLine(['month', 'opening', 'issued', 'withdrawn', 'forgiven', 'spent', 'expired', 'closing', ...money]);
  const { rolled, revenue } = await liabilityPage(scope, dayOrNull(params.get('day')));
  for (const [at, row] of rolled.entries()) {
    const { month, opening, issued, withdrawn, forgiven, spent, expired, closing } = row;
    const of = revenue[at];
    const amounts = of ? [of.opening, of.deferred, of.brought, of.recognised, of.breakage, of.closing] : [];
    const points = [opening, issued, withdrawn, forgiven, spent, expired, closing];
    yield csvLine([month, ...points, ...amounts.map((amount) => toDecimal(amount, currency))]);
  }
}

const LISTS = {
  customers: customerLines,
  orders: orderLines,
  inventory: inventoryLines,
  audit: auditLines,
  'points-lapsing': lapsingLines,
  'points-liability': liabilityLines,
};
const isList = (name: string): name is keyof typeof LISTS => Object.hasOwn(LISTS, name);

/** The lines of a list by its name in the address; null where there is no such list. */
function linesOf(scope: AdminScope, list: string, filters: Filters): AsyncGenerator<string> | null {
  if (isList(list)) return LISTS[list](scope, filters);
  const campaign = /^campaign-(\d{1,9})$/.exec(list)?.[1];
  if (campaign) return codeLines(scope, Number(campaign));
  const segment = /^segment-(\d{1,9})$/.exec(list)?.[1];
  return segment ? segmentLines(scope, Number(segment)) : null;
}

/** A list as CSV, written as it is read: memory holds one page of it. */
export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const filters = new URL(request.url).searchParams;
  const lines = linesOf(scope, params.list ?? '', { search: (filters.get('q') ?? '').trim().slice(0, 100), params: filters });
  if (!lines) throw new Response(null, { status: 404 });
  await noteAudit(scope, { action: 'list.exported', subject: params.list });
  return new Response(createReadableStreamFromReadable(Readable.from(lines)), {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${params.list}.csv"`,
      'cache-control': 'no-store',
    },
  });
}
