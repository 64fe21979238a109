import { parseArgs } from 'node:util';
import { distribute } from './distribute.server.ts';
import { noteAudit, verifyAudit } from '../audit/index.server.ts';
import { refreshAudience } from '../audience/index.server.ts';
import { countRedemptions, rebuildRedemptions, verifyCampaigns } from '../campaigns/index.server.ts';
import { keyHoldings, rotateKeys } from './keys.server.ts';
import type { Output } from './output.ts';
import type { Services } from '../entry/services.server.ts';
import { refreshAll } from '../forecast/index.server.ts';
import { reviewDirty, reviewPages, sweepPoints, verifyLoyalty, verifyPoints } from '../loyalty/index.server.ts';
import { backfillProgress, drainInbox, rebuildRollups, reconcile, verifyRecord } from '../record/index.server.ts';
import type { Actor } from '../platform/context.server.ts';
import { listShops, type InstalledShop } from '../shopify/index.server.ts';

const HELP = `npm run storebook -- <command> [--shop <domain>]

  status      what each shop's record holds, what waits, and how many rows each encryption key holds
  verify      derives rollups, members and redemptions anew and compares, and follows the audit log's chain; exit 1 and the differing rows when they differ
  rebuild     puts rollups, members and redemptions derived anew in place of the live ones
  reconcile   asks the store what changed, and mends what is missing
  forecast    forecasts every variant anew
  audience    scores every customer and tells what each is expected to do
  rotate-keys seals tokens and persons of all shops under the first of ENCRYPTION_KEYS; exit 1 when a key is missing
  distribute  places the tables by shop in a PostgreSQL cluster with the Citus extension; --plan says how and does nothing;
              exit 3 where the extension is missing

JSON lines in on standard input, JSON lines out; no database:

  value       --until <day>: fits how often customers buy and what they spend, and tells what each will do in a year;
              {"customer","date","amount"} a transaction
  lift        what each arm of an experiment has brought beside the arm "control", with its interval;
              {"id","arm","outcome","before"?} a customer
  policy      what an equal split of the arms, or each arm for all, would have earned; {"arm","propensity","reward","context"?} a
              customer`;

/** Over all shops at once, those that have uninstalled included. */
const ROTATE = 'rotate-keys';

const OPERATOR: Actor = { kind: 'operator', id: null };

type Command = (services: Services, shop: InstalledShop, out: Output) => Promise<boolean>;

const json = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));

const status: Command = async (services, shop, out) => {
  const where = { shopId: shop.id };
  const counts = await services.platform.db.forShop(shop.id, async (tx) => ({
    customers: await tx.customer.count({ where }),
    orders: await tx.order.count({ where }),
    variants: await tx.variant.count({ where }),
    inbox: await tx.inboxEvent.count({ where: { ...where, status: 'pending' } }),
    failed: await tx.inboxEvent.count({ where: { ...where, status: 'failed' } }),
    outbox: await tx.outboxMessage.count({ where: { ...where, status: 'pending' } }),
  }));
  out(
    json({
      shop: shop.domain,
      installedAt: shop.installedAt,
      ...counts,
      import: (await backfillProgress({ ...services.platform, shop })).map((step) => `${step.kind}: ${step.status}`),
    }),
  );
  return true;
};

/** What waits is applied first: a row that is behind by design is no difference. */
const verify: Command = async (services, shop, out) => {
  const { platform, topics } = services;
  const scope = { ...platform, shop };
  await drainInbox(platform, topics, shop);
  await reviewDirty(platform, shop);
  await reviewPages(platform, shop, 'lapse');
  await sweepPoints(platform, shop);
  await countRedemptions(platform, shop);
  const differences = [
    ...(await verifyRecord(platform, shop)),
    ...(await verifyLoyalty(scope)),
    ...(await verifyPoints(scope)),
    ...(await verifyCampaigns(scope)),
    ...(await verifyAudit(scope)),
  ];
  for (const difference of differences) out(json({ shop: shop.domain, ...difference }));
  out(json({ shop: shop.domain, verified: differences.length === 0, differences: differences.length }));
  return differences.length === 0;
};

const COMMANDS: Readonly<Record<string, Command>> = {
  status,
  verify,
  async rebuild(services, shop, out) {
    const { platform } = services;
    await rebuildRollups(platform, shop);
    const tierChanges = await reviewPages(platform, shop, 'rebuild');
    const redemptions = await rebuildRedemptions(platform, shop);
    await noteAudit({ ...platform, shop, actor: OPERATOR }, { action: 'record.rebuilt', after: { tierChanges, redemptions } });
    out(json({ shop: shop.domain, rebuilt: true, tierChanges, redemptions }));
    return true;
  },
  async reconcile(services, shop, out) {
    const report = await reconcile(services.platform, { client: services.admin }, shop);
    out(json({ shop: shop.domain, ...report }));
    return report.kind === 'done' && report.kinds.every((kind) => kind.error === null);
  },
  async forecast(services, shop, out) {
    out(json({ shop: shop.domain, variants: await refreshAll(services.platform, shop) }));
    return true;
  },
  async audience(services, shop, out) {
    const refreshed = await refreshAudience(services.platform, shop);
    out(json({ shop: shop.domain, ...refreshed }));
    return refreshed.kind === 'refreshed';
  },
};

/** Runs a command for each installed shop, or the one named. @returns the exit status. */
async function runForShops(services: Services, wanted: { command: Command; domain: string | undefined }, out: Output): Promise<number> {
  const { command, domain } = wanted;
  const shops = (await listShops(services.platform)).filter((shop) => !domain || shop.domain === domain);
  if (shops.length === 0) {
    out(domain ? `no installed shop ${domain}` : 'no shop is installed');
    return domain ? 2 : 0;
  }
  let good = true;
  for (const shop of shops) good = (await command(services, shop, out)) && good;
  if (command === status && !domain) out(json(await keyHoldings(services.platform)));
  return good ? 0 : 1;
}

/** The operator's command. @returns the exit status: 0 done, 1 something differs or could not be opened, 2 wrong use, 3 what it needs is missing. */
export async function runStorebook(services: Services, argv: string[], out: Output): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { shop: { type: 'string' }, plan: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  const [name = ''] = positionals;
  if (values.help) {
    out(HELP);
    return 0;
  }
  if (name === ROTATE) return (await rotateKeys(services.platform, OPERATOR, (done) => out(json(done)))) ? 0 : 1;
  if (name === 'distribute') return distribute(services.platform.env.DATABASE_URL, { onlyPlan: values.plan }, out);
  const command = COMMANDS[name];
  if (command) return runForShops(services, { command, domain: values.shop }, out);
  out(HELP);
  return 2;
}
