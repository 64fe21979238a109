import { Readable } from 'node:stream';
import { createReadableStreamFromReadable, type LoaderFunctionArgs } from '@remix-run/node';
import { csvLine } from '../core/csv.ts';
import { toDecimal } from '../core/money.ts';
import { authenticateAdmin, type AdminScope } from '../entry/authenticate.server.ts';
import { allCustomers, allOrders } from '../record/index.server.ts';

async function* customerLines(scope: AdminScope, search: string): AsyncGenerator<string> {
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
  for await (const row of allCustomers(scope, { search, tierId: null, sort: 'net' })) {
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

async function* orderLines(scope: AdminScope, search: string): AsyncGenerator<string> {
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
  for await (const row of allOrders(scope, { search, customerId: null })) {
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

/** A list as CSV, written as it is read: memory holds one page of it. */
export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const search = (new URL(request.url).searchParams.get('q') ?? '').trim().slice(0, 100);
  const lines = params.list === 'customers' ? customerLines(scope, search) : params.list === 'orders' ? orderLines(scope, search) : null;
  if (!lines) throw new Response(null, { status: 404 });
  return new Response(createReadableStreamFromReadable(Readable.from(lines)), {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${params.list}.csv"`,
      'cache-control': 'no-store',
    },
  });
}
