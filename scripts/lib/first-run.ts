import { z } from 'zod';
import { openDb, type Db } from '../../app/platform/db.server.ts';
import { backfillSteps, type BackfillStep } from '../../app/record/backfill.store.server.ts';
import { listShopIds } from '../../app/shopify/index.server.ts';
import type { Stack } from './stack.ts';

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

/**
 * Opens the app once as the store's admin would: with a session token, which the app exchanges for its offline
 * token; the first exchange installs it and starts the backfill. Opening again changes nothing.
 */
export async function installIntoStore(stack: Pick<Stack, 'adminUrl' | 'appUrl'>, shop: string): Promise<void> {
  const answer = await fetch(`${stack.adminUrl}/sandbox/id-token?shop=${encodeURIComponent(shop)}`);
  if (!answer.ok) throw new Error(`the sandbox gave no session token for ${shop} (${answer.status})`);
  const { token } = z.object({ token: z.string() }).parse(await answer.json());
  const name = shop.replace(/\.myshopify\.com$/, '');
  const address = new URL('/app', stack.appUrl);
  address.search = new URLSearchParams({
    embedded: '1',
    shop,
    host: Buffer.from(`admin.shopify.com/store/${name}`).toString('base64url'),
    id_token: token,
  }).toString();
  const page = await fetch(address, { headers: { 'user-agent': BROWSER, accept: 'text/html' }, redirect: 'manual' });
  await page.arrayBuffer();
  if (page.status !== 200) throw new Error(`the app did not open in ${shop} (${page.status})`);
}

function bar(part: number): string {
  const filled = Math.round(Math.min(1, part) * 30);
  return `${'█'.repeat(filled)}${'░'.repeat(30 - filled)} ${String(Math.round(part * 100)).padStart(3)} %`;
}

type Progress = { line: string; done: boolean };

async function readProgress(db: Db): Promise<Progress> {
  const steps: BackfillStep[] = [];
  for (const id of await listShopIds({ db })) steps.push(...(await db.forShop(id, (tx) => backfillSteps(tx, id))));
  const failed = steps.find((step) => step.status === 'failed');
  if (failed) throw new Error(`the import of ${failed.kind} failed: ${failed.error ?? 'no reason kept'}`);
  const current = steps.find((step) => step.status !== 'done');
  if (!current) return { line: 'waiting for the import …', done: steps.length > 0 };
  return {
    line: `importing ${current.kind.padEnd(9)} ${bar(current.total ? Number(current.lines) / Number(current.total) : 0)}`,
    done: false,
  };
}

/** Shows how far the first import is until it has ended in every shop, or `stopped` says so. */
export async function watchBackfill(
  stack: Pick<Stack, 'databaseUrl'>,
  stopped: () => boolean,
  write: (text: string) => void = (text) => void process.stdout.write(text),
): Promise<void> {
  const db = openDb({ url: stack.databaseUrl, poolSize: 1, applicationName: 'storebook-progress' });
  const live = process.stdout.isTTY;
  let shown = '';
  try {
    while (!stopped()) {
      const { line, done } = await readProgress(db);
      if (done) break;
      if (line !== shown) write(live ? `\r${line}` : `${line}\n`);
      shown = line;
      await new Promise((resolve) => setTimeout(resolve, live ? 250 : 1_000));
    }
    if (live && shown) write(`${'\r'.padEnd(60)}\r`);
  } finally {
    await db.close();
  }
}
