import { z } from 'zod';
import { writeAudit } from '../audit/index.server.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import type { Platform, ShopRef, ShopScope } from '../platform/context.server.ts';
import { seal, unseal } from '../platform/crypto.server.ts';
import { readSettingsRow, writeSettingsRow, type SettingsRow } from './delivery.store.server.ts';
import { SECURITIES, type MailServer } from './mail.ts';

/** What a sealed password is bound to. */
export const contextOf = (shopId: number): string => `mail/${shopId}`;
const stored = z.object({ security: z.enum(SECURITIES) });

function serverOf(row: SettingsRow, { env }: Pick<Platform, 'env'>): MailServer {
  const { host, port, username, fromName, fromAddress, replyTo, postal, perMinute } = row;
  const password = row.password === null ? null : unseal(row.password, env.keys, contextOf(row.shopId));
  return { host, port, username, password, fromName, fromAddress, replyTo, postal, perMinute, ...stored.parse(row) };
}

const sandboxServer = z.object({ host: z.string(), port: z.number() });

/** The sandbox's own server, for its shops that have named none. */
async function sandboxMail({ env }: Pick<Platform, 'env'>, shop: ShopRef): Promise<MailServer | null> {
  if (!env.SANDBOX_URL) return null;
  const response = await fetch(`${env.SANDBOX_URL}/sandbox/mail/server`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
  const told = response?.ok ? sandboxServer.safeParse(await response.json()) : null;
  if (!told?.success) return null;
  const name = shop.domain.replace(/\.myshopify\.com$/, '');
  const from = { fromName: name, fromAddress: `hello@${name}.example`, replyTo: null, postal: `${name}, 1 Sandbox Street` };
  return { ...told.data, security: 'none', username: null, password: null, perMinute: 600, ...from };
}

/** By which server a shop's mail goes out; null while it has named none. */
export async function mailServer(platform: Platform, shop: ShopRef): Promise<MailServer | null> {
  const row = await platform.db.forShop(shop.id, (tx) => readSettingsRow(tx, shop.id));
  return row ? serverOf(row, platform) : sandboxMail(platform, shop);
}

/** The settings as a page shows them: whether there is a password, never which. */
export async function mailSettings(
  scope: ShopScope,
): Promise<{ readonly server: Omit<MailServer, 'password'> | null; readonly hasPassword: boolean; readonly own: boolean }> {
  const row = await scope.db.forShop(scope.shop.id, (tx) => readSettingsRow(tx, scope.shop.id));
  const server = row ? serverOf({ ...row, password: null }, scope) : await sandboxMail(scope, scope.shop);
  if (!server) return { server: null, hasPassword: false, own: false };
  const { password: _never, ...shown } = server;
  return { server: shown, hasPassword: row !== null && row.password !== null, own: row !== null };
}

const text = (most: number) => z.string().trim().max(most);
const address = z.email();
export type TypedServer = Readonly<
  Record<'host' | 'port' | 'security' | 'username' | 'password' | 'fromName' | 'fromAddress' | 'replyTo' | 'postal' | 'perMinute', string>
>;

const typedServer = z.object({
  host: text(253).regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i),
  port: z.coerce.number().int().min(1).max(65_535),
  security: z.enum(SECURITIES),
  username: text(200),
  password: z.string().max(500),
  fromName: text(100)
    .min(1)
    .regex(/^[^\p{Cc}]*$/u),
  fromAddress: text(254).pipe(address),
  replyTo: text(254).pipe(z.union([z.literal(''), address])),
  postal: text(500).min(5),
  perMinute: z.coerce.number().int().min(1).max(6_000),
});

/** Saves the server of a form. An empty password leaves the one that stands. */
export async function saveMailSettings(scope: ShopScope, typed: TypedServer): Promise<Ok<null> | Invalid> {
  const parsed = typedServer.safeParse(typed);
  if (!parsed.success)
    return invalid(
      Object.fromEntries(parsed.error.issues.map((issue) => [String(issue.path[0]), `delivery.error.${String(issue.path[0])}`])),
    );
  const { password, username, replyTo, ...rest } = parsed.data;
  const { id: shopId } = scope.shop;
  await scope.db.forShop(shopId, async (tx) => {
    const before = await readSettingsRow(tx, shopId);
    const sealed = password === '' ? (before?.password ?? null) : seal(password, scope.env.keys, contextOf(shopId));
    const row = { ...rest, username: username || null, replyTo: replyTo || null };
    await writeSettingsRow(tx, shopId, { ...row, password: sealed, updatedAt: scope.clock.now() });
    const said = ({ host, port, security, perMinute }: Pick<SettingsRow, 'host' | 'port' | 'security' | 'perMinute'>) => ({
      host,
      port,
      security,
      perMinute,
    });
    await writeAudit(tx, scope, { action: 'delivery.settings.saved', before: before && said(before), after: said(row) });
  });
  return ok(null);
}
