import type { TestDatabase } from './database.ts';
import { testShop, type TestPlatform, type TestScope } from './platform.ts';

type Column = { table: string; name: string; type: string };

/** Two shops with rows in every table; every text of a shop carries its word, every amount its digits. */
export type TwoShops = { readonly ada: Tenant; readonly bob: Tenant };
export type Tenant = {
  readonly scope: TestScope;
  readonly word: string;
  readonly digits: string;
  /** A key that both shops have, and one that only this shop has; of every table whose keys are numbers. */
  readonly shared: number;
  readonly own: number;
};

export const SHARED_KEY = 500_001;

const REWARD_TERMS = `'{"value":{"kind":"gift"},"sliding":false,"minimum":null,"codeDays":null,"givesBack":{"unused":true,"cancelled":true},"mostEach":null,"combines":false}'`;

/** What a column must hold so that the rooms can read it; `n` is the key, `word` the shop's word. */
const FITTING: Readonly<Record<string, string>> = {
  'audit_heads.seq': '500100',
  'audit_log.key_id': `'sandbox'`,
  'backfills.kind': `(ARRAY['orders', 'customers'])[at]`,
  'backfills.status': `'done'`,
  'campaigns.audience': `'[]'`,
  'campaign_arms.share': '5000',
  'campaign_arms.offer': `'{"value":{"kind":"percent","percent":10},"minimum":null}'`,
  'campaigns.budget': `'{"kind":"uses","most":100}'`,
  'campaigns.status': `'failed'`,
  'campaign_batches.status': `'done'`,
  'campaign_waves.status': `'planned'`,
  'campaign_waves.policy': 'NULL',
  // Another day than that of the rollups' first orders, whose row the triggers have made by then.
  'day_new_customers.day': `date '2026-11-02'`,
  'dirty_entities.feed': `(ARRAY['campaigns', 'refetch'])[at]`,
  'customers.person': `json_build_array(word || '@example.com', null, word, 'Reid')::text`,
  'event_keys.secret': 'NULL',
  'event_keys.revoked_at': 'NULL',
  'inbox_events.body': `json_build_object('id', n, 'email', word)::text`,
  'inbox_events.status': `(ARRAY['failed', 'pending'])[at]`,
  'loyalty_tiers.id': `at`,
  'loyalty_rules.rules': `'{"rules":{"basis":"spend","window":{"kind":"rolling","months":12},"graceDays":0,"fall":"fit","tags":false},"tiers":[]}'`,
  'orders.day': `date '2026-11-01'`,
  'orders.processed_at': `timestamptz '2026-11-01 12:00Z'`,
  'orders.location_id': 'n',
  'outbox_messages.status': `(ARRAY['dead', 'pending'])[at]`,
  'outbox_messages.kind': `'loyalty.metafield'`,
  'points_entries.from_account': '3',
  'points_entries.to_account': '1',
  'points_cohorts.kind': `'issued'`,
  'points_cohorts.issued': `(date '2026-11-01' - at * interval '1 month')::date`,
  'points_imports.status': `'checked'`,
  'points_imports.problems': `'[]'`,
  'points_import_rows.counts': '0',
  'points_programmes.rules': `'{"earn":{"points":1,"per":"100"},"counts":{"tax":false,"shipping":false,"beforeDiscounts":false},"rounding":"down","goods":[],"bonusDays":[],"firstOrder":0,"signUp":0,"mostAMonth":null,"waiting":{"after":"order","days":0},"expiry":{"kind":"never"},"belowZero":true}'`,
  'referral_settings.terms': `'{"friend":{"kind":"percent","percent":10},"referrerPoints":1,"friendPoints":0,"days":0,"minimum":"0"}'`,
  'referral_codes.status': `'ready'`,
  'referrals.status': `'held'`,
  'points_rewards.terms': REWARD_TERMS,
  'points_redemptions.terms': REWARD_TERMS,
  'points_redemptions.status': `'open'`,
  'tier_discounts.code_key': `repeat('ab', 32)`,
  'tier_discounts.collections': 'ARRAY[n]',
  'tier_discounts.products': 'ARRAY[n]',
  'privacy_requests.kind': `'data_request'`,
  'privacy_requests.completed_at': 'NULL',
  'privacy_requests.orders_requested': 'ARRAY[n::text]',
  'segments.mark_as': `'tag'`,
  'segment_marks.mark_as': `'tag'`,
  'campaigns.delivery': `'mail'`,
  'campaigns.policy': 'NULL',
  'campaigns.standing_id': 'NULL',
  'campaigns.run': 'NULL',
  'standing_campaigns.status': `'active'`,
  'standing_campaigns.delivery': `'mail'`,
  'standing_campaigns.trigger': `'{"kind":"welcome"}'`,
  'standing_campaigns.segment': `'number_of_orders >= 0'`,
  'standing_campaigns.offers': `'[{"value":{"kind":"percent","percent":10},"minimum":null}]'`,
  'standing_campaigns.hold_out': '1000',
  'standing_campaigns.valid_days': '7',
  'standing_occasions.outcome': `'offered'`,
  'campaign_settings.most_offers': 'NULL',
  'campaign_settings.on_site': 'true',
  'outbox_messages.begun_at': 'NULL',
  'mail_settings.security': `'tls'`,
  'mail_settings.password': 'NULL',
  'mail_messages.variables': `'{}'`,
  'mail_messages.status': `(ARRAY['unknown', 'queued'])[at]`,
  'mail_messages.template': `'campaign/1'`,
  'reconcile_marks.kind': `(ARRAY['orders', 'customers'])[at]`,
  'segments.source': `'own'`,
  'segments.query': `format('customer_tags CONTAINS %L OR number_of_orders >= 0', word)`,
  'tier_changes.reason': `json_build_object('kind', 'order', 'orderId', n::text, 'orderName', word)`,
  'rfm_cuts.cells': `'[]'`,
  'value_models.state': `'fitted'`,
  'value_models.until_day': `date '2026-11-01'`,
  'variant_forecasts.status': `'late'`,
  'variant_forecasts.next28': 'n',
};

function valueOf({ table, name, type }: Column): string {
  const fitting = FITTING[`${table}.${name}`];
  if (fitting) return fitting;
  if (name === 'shop_id') return 'shop';
  if (name === 'shop_domain') return 'domain';
  if (name.endsWith('deleted_at') || name.endsWith('cancelled_at') || name === 'redacted_at') return 'NULL';
  if (name.endsWith('currency')) return `'GBP'`;
  if (name === 'id' && type === 'text') return `'offline_' || CASE at WHEN 1 THEN '' ELSE word || n END || domain`;
  const isKey = name.endsWith('id') || name === 'seq' || name === 'position';
  const byType: Readonly<Record<string, string>> = {
    int2: '1 + n % 5',
    int4: isKey ? 'n' : `(digits || '00')::int + n % 10`,
    int8: isKey ? 'n' : `(digits || '000000')::bigint + n % 1000`,
    float8: 'n',
    bool: 'false',
    text: `word || '-' || n`,
    jsonb: `to_jsonb(word || '-' || n)`,
    date: `date '2026-11-01'`,
    timestamptz: `timestamptz '2026-11-01 12:00Z' + at * interval '1 second'`,
    bytea: `convert_to(word, 'UTF8')`,
    _text: 'ARRAY[word]',
    _float8: 'ARRAY[n]',
  };
  const value = byType[type];
  if (value === undefined) throw new Error(`no value for ${table}.${name} of type ${type}: add one to tests/support/two-shops.ts`);
  return value;
}

/** Every table of the database that holds a shop's rows, and by which column. */
export async function shopTables({ db }: TestDatabase): Promise<{ table: string; by: string; columns: Column[] }[]> {
  const { rows } = await db.pool.query<Column>(
    `SELECT c.relname AS table, a.attname AS name, t.typname AS type FROM pg_class c
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     JOIN pg_type t ON t.oid = a.atttypid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> '_prisma_migrations'
     ORDER BY c.relname, a.attnum`,
  );
  return [...Map.groupBy(rows, (row) => row.table)].map(([table, columns]) => ({
    table,
    by: table === 'shops' ? 'id' : (columns.find(({ name }) => name === 'shop_id' || name === 'shop_domain')?.name ?? 'none'),
    columns,
  }));
}

export async function twoShops(database: TestDatabase, platform: TestPlatform): Promise<TwoShops> {
  const made = async (name: string, digits: string, own: number): Promise<Tenant> => {
    const scope = await testShop(platform, { domain: `${name}-shop.myshopify.com` });
    const word = `${name}-only`;
    await database.db.pool.query('UPDATE shops SET name = $2, email = $2 WHERE id = $1', [scope.shop.id, word]);
    const tenant = { scope, word, digits, shared: SHARED_KEY, own };
    await fillTenant(database, tenant);
    return tenant;
  };
  return { ada: await made('adas', '3333', 500_003), bob: await made('bobs', '7777', 500_002) };
}

/** Two rows in every table, written as the owner. */
async function fillTenant(database: TestDatabase, { scope, word, digits, shared, own }: Tenant): Promise<void> {
  for (const { table, columns } of await shopTables(database)) {
    if (table === 'shops') continue;
    await database.db.pool.query(
      `INSERT INTO "${table}" (${columns.map(({ name }) => `"${name}"`).join(', ')})
       SELECT ${columns.map((column) => `(${valueOf(column)})`).join(', ')}
       FROM (SELECT $1::int AS shop, $2::text AS domain, $3::text AS word, $4::text AS digits) AS tenant,
         unnest($5::int[]) WITH ORDINALITY AS r(n, at) ON CONFLICT DO NOTHING`,
      [scope.shop.id, scope.shop.domain, word, digits, [shared, own]],
    );
  }
}

/** All rows of one shop as texts, by table; read as the owner. */
export async function rowsOf(database: TestDatabase, { scope: { shop } }: Tenant): Promise<Record<string, string[]>> {
  const dump: Record<string, string[]> = {};
  for (const { table, by } of await shopTables(database)) {
    const { rows } = await database.db.pool.query<{ row: string }>(
      `SELECT to_jsonb(t)::text AS row FROM "${table}" t WHERE "${by}" = $1 ORDER BY 1`,
      [by === 'shop_domain' ? shop.domain : shop.id],
    );
    dump[table] = rows.map(({ row }) => row);
  }
  return dump;
}
