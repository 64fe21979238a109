import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { installIntoStore, watchBackfill } from '../../scripts/lib/first-run.ts';
import { startStack, type Stack } from '../../scripts/lib/stack.ts';
import { testDatabase } from './database.ts';

export const TINY_STORE = 'sandbox/fixtures/tiny-store';

/** The whole program on a store folder, its history imported: real processes, a database of its own. */
export async function testStack(
  options: { store?: string; redisUrl?: string; logLevel?: string } = {},
): Promise<Stack & { readonly shop: string; readonly logs: () => string }> {
  const database = await testDatabase();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-test-stack-'));
  const stack = await startStack({
    dataFolder: folder,
    stores: [path.resolve(options.store ?? TINY_STORE)],
    adminPort: 0,
    appPort: 0,
    ordersPerMinute: 0,
    databaseUrl: database.url,
    redisUrl: options.redisUrl,
    logLevel: options.logLevel,
    log: () => undefined,
  });
  const [shop = ''] = stack.shops;
  await installIntoStore(stack, shop);
  await watchBackfill(
    stack,
    () => false,
    () => undefined,
  );
  return {
    ...stack,
    shop,
    /** All that web and worker have logged (the sandbox is no part of the app). */
    logs: () => ['web', 'worker'].map((name) => fs.readFileSync(path.join(folder, 'logs', `${name}.log`), 'utf8')).join('\n'),
    async stop() {
      await stack.stop();
      await database.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Debian's Chromium (or CHROMIUM_PATH), with nothing of its own calling out. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A browser that Shopify's library takes for one: headless Chromium calls itself by a name that bots use. */
export const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
