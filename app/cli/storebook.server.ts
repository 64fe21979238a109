import { parseArgs } from 'node:util';
import { noteAudit, verifyAudit } from '../audit/index.server.ts';
import { countRedemptions, rebuildRedemptions, verifyCampaigns } from '../campaigns/index.server.ts';
import type { Services } from '../entry/services.server.ts';
import { refreshAll } from '../forecast/index.server.ts';
import { reviewDirty, reviewPages, verifyLoyalty } from '../loyalty/index.server.ts';
import { backfillProgress, drainInbox, rebuildRollups, reconcile, verifyRecord } from '../record/index.server.ts';
import type { Actor } from '../platform/context.server.ts';
import { listShops, type InstalledShop } from '../shopify/index.server.ts';

const HELP = `npm run storebook -- <command> [--shop <domain>]

  status      what each shop's record holds, and what waits
  verify      derives rollups, members and redemptions anew and compares, and follows the audit log's chain; exit 1 and the differing rows when they differ
  rebuild     puts rollups, members and redemptions derived anew in place of the live ones
  reconcile   asks the store what changed, and mends what is missing
  forecast    forecasts every variant anew`;

const OPERATOR: Actor = { kind: 'operator', id: null };

export type Output = (line: string) => void;
type Command = (services: Services, shop: InstalledShop, out: Output) => Promise<boolean>;

const json = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));

const status: Command = async (services, shop, out) => {
  const { prisma } = services.platform.db;
  const where = { shopId: shop.id };
  out(
    json({
      shop: shop.domain,
      installedAt: shop.installedAt,
      customers: await prisma.customer.count({ where }),
      orders: await prisma.order.count({ where }),
      variants: await prisma.variant.count({ where }),
      inbox: await prisma.inboxEvent.count({ where: { ...where, status: 'pending' } }),
      failed: await prisma.inboxEvent.count({ where: { ...where, status: 'failed' } }),
      outbox: await prisma.outboxMessage.count({ where: { ...where, status: 'pending' } }),
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
  await countRedemptions(platform, shop);
  const differences = [
    ...(await verifyRecord(platform, shop)),
    ...(await verifyLoyalty(scope)),
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
};

/** The operator's command. @returns the exit status: 0 done, 1 something differs, 2 wrong use. */
export async function runStorebook(services: Services, argv: string[], out: Output): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { shop: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  const command = COMMANDS[positionals[0] ?? ''];
  if (!command || values.help) {
    out(HELP);
    return values.help ? 0 : 2;
  }
  const shops = (await listShops(services.platform)).filter((shop) => !values.shop || shop.domain === values.shop);
  if (shops.length === 0) {
    out(values.shop ? `no installed shop ${values.shop}` : 'no shop is installed');
    return values.shop ? 2 : 0;
  }
  let good = true;
  for (const shop of shops) good = (await command(services, shop, out)) && good;
  return good ? 0 : 1;
}
