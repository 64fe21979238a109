import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Session } from '@shopify/shopify-api';
import { z } from 'zod';
import type { Platform, ShopScope } from '../../app/platform/context.server.ts';
import { createAdminClient, type AdminClient } from '../../app/shopify/index.server.ts';
import { sessionStorage } from '../../app/shopify/session.store.server.ts';
import { createSandbox, type Sandbox } from '../../sandbox/server.ts';
import type { TestDatabase } from './database.ts';
import { testPlatform, testShop, type TestPlatform } from './platform.ts';
import { receiveWebhooks, TINY_STORE } from './tiny-store.ts';

export const TINY_DOMAIN = 'tiny-store.myshopify.com';

export type SandboxShop = {
  readonly sandbox: Sandbox;
  readonly app: Awaited<ReturnType<typeof receiveWebhooks>>;
  readonly platform: TestPlatform;
  readonly scope: TestPlatform & ShopScope & { readonly admin: AdminClient };
  close(): Promise<void>;
};

let retired = 0;

/** A sandbox store of its own in this process, a shop in the record that is installed in it, and a client with its token. */
export async function sandboxShop(
  database: TestDatabase,
  options: { now: Date | (() => Date); scopes?: string[]; restoreRate?: number },
): Promise<SandboxShop> {
  const given = options.now;
  const now = typeof given === 'function' ? given : (): Date => given;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-sandbox-'));
  const app = await receiveWebhooks();
  const sandbox = await createSandbox({
    stores: [TINY_STORE],
    dataFolder: folder,
    appUrl: app.url.replace('/webhooks', ''),
    retryScaleMs: 1,
    restoreRate: options.restoreRate ?? 1_000,
    now,
    ...(options.scopes ? { scopes: options.scopes } : {}),
  });
  const platform = testPlatform(database, { now: now(), env: { SANDBOX_URL: sandbox.url } });
  // A shop of its own for each test; its older namesakes keep their rows.
  await database.db.prisma.shop.updateMany({ data: { domain: `retired-${(retired += 1)}.myshopify.com` }, where: { domain: TINY_DOMAIN } });
  const found = await testShop(platform, { domain: TINY_DOMAIN });
  await takeToken(platform, sandbox.url);
  return {
    sandbox,
    app,
    platform,
    scope: { ...found, admin: createAdminClient(platform) },
    async close() {
      await sandbox.close();
      await app.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Gets a token of the sandbox, as an installation does. */
export async function takeToken(platform: Platform, sandboxUrl: string): Promise<void> {
  const held = z.object({ token: z.string() }).parse(await (await fetch(`${sandboxUrl}/sandbox/id-token?shop=${TINY_DOMAIN}`)).json());
  const response = await fetch(`${sandboxUrl}/admin/oauth/access_token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-sandbox-shop': TINY_DOMAIN },
    body: JSON.stringify({
      client_id: platform.env.SHOPIFY_API_KEY,
      client_secret: platform.env.SHOPIFY_API_SECRET,
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: held.token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      requested_token_type: 'urn:shopify:params:oauth:token-type:offline-access-token',
    }),
  });
  const {
    access_token: accessToken,
    refresh_token: refreshToken,
    scope,
  } = z.object({ access_token: z.string(), refresh_token: z.string(), scope: z.string() }).parse(await response.json());
  const session = { id: `offline_${TINY_DOMAIN}`, shop: TINY_DOMAIN, state: '', isOnline: false, accessToken, refreshToken, scope };
  await sessionStorage(platform).storeSession(new Session({ ...session, expires: new Date(Date.now() + 3_600_000) }));
}
