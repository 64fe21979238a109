import { randomBytes } from 'node:crypto';
import { createTransport, type SentMessageInfo, type Transporter } from 'nodemailer';
import { createI18n, languageOf, type Language } from '../i18n/i18n.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { openPerson } from '../record/index.server.ts';
import { addressHashes } from './address.server.ts';
import {
  claimMessages,
  isTakenBack,
  noteMessage,
  readRecipient,
  readSuppression,
  readTemplates,
  suppress,
  type Claimed,
  type Note,
  type Recipient,
  type Suppression,
  type Template,
} from './delivery.store.server.ts';
import { messageVariables, retryMinutes, type MailServer, type SkipReason } from './mail.ts';
import { mailServer } from './settings.server.ts';
import { renderMail } from './template.ts';
import { unsubscribeToken } from './unsubscribe-token.server.ts';

const MOST_AT_ONCE = 20;
const MINUTE_MS = 60_000;

/** What a mail server said against a message, or that nothing is known. */
type Failure = { readonly kind: 'not-begun' | 'refused' | 'unknown'; readonly reason: string; readonly noMailbox: boolean };
type Work = {
  readonly platform: Platform;
  readonly shop: ShopRef;
  readonly server: MailServer;
  readonly transport: Transporter<SentMessageInfo>;
};

const inShop = <T>({ platform, shop }: Pick<Work, 'platform' | 'shop'>, work: (tx: ShopTx) => Promise<T>): Promise<T> =>
  platform.db.forShop(shop.id, work);

/**
 * Sends what is due for a shop, as fast as it may.
 * @returns how many were sent, and when to come again (null: nothing waits that is due). Without a server all of it waits.
 */
export async function sendMail(platform: Platform, shop: ShopRef): Promise<{ sent: number; more: Date | null }> {
  const server = await mailServer(platform, shop);
  if (!server) return { sent: 0, more: null };
  const transport = openTransport(server);
  const work: Work = { platform, shop, server, transport };
  let sent = 0;
  try {
    for (;;) {
      const now = platform.clock.now();
      const { claimed, more } = await inShop(work, (tx) =>
        claimMessages(tx, shop.id, { now, perMinute: server.perMinute, most: MOST_AT_ONCE }),
      );
      for (const message of claimed) if (await sendOne(work, message)) sent += 1;
      if (claimed.length === 0 || more === null) return { sent, more };
    }
  } finally {
    transport.close();
  }
}

function openTransport(server: MailServer): Work['transport'] {
  const options = {
    host: server.host,
    port: server.port,
    secure: server.security === 'tls',
    requireTLS: server.security === 'starttls',
    ignoreTLS: server.security === 'none',
    pool: true as const,
    maxConnections: 1,
    // Left out, the pool sends a message again whose connection closed after its text: the server may have it.
    maxRequeues: 0,
    connectionTimeout: 20_000,
    greetingTimeout: 20_000,
    socketTimeout: 60_000,
    // Nothing of a message is read from a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(server.username === null ? {} : { auth: { user: server.username, pass: server.password ?? '' } }),
  };
  return createTransport(options);
}

/** Looks once more whether it may be sent, sends it, and writes down what came of it. @returns whether it was sent. */
async function sendOne(work: Work, message: Claimed): Promise<boolean> {
  const { platform, shop, server, transport } = work;
  const note = (what: Omit<Note, 'id'>): Promise<void> =>
    inShop(work, (tx) => noteMessage(tx, shop.id, { id: message.id, now: platform.clock.now(), ...what }));
  const ready = await inShop(work, (tx) => prepare(tx, work, message));
  if (ready.kind === 'skip') {
    await note({ status: 'skipped', reason: ready.reason });
    return false;
  }
  const messageId = `<${randomBytes(12).toString('hex')}.${shop.id}@${server.fromAddress.split('@').at(-1) ?? 'localhost'}>`;
  const { email, mail, unsubscribeUrl } = ready;
  try {
    await transport.sendMail({
      from: { name: server.fromName, address: server.fromAddress },
      to: { name: '', address: email },
      ...(server.replyTo === null ? {} : { replyTo: server.replyTo }),
      ...mail,
      messageId,
      headers: { 'List-Unsubscribe': `<${unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    });
  } catch (error) {
    await noteFailure(work, message, { failure: failureOf(error), email, messageId });
    return false;
  }
  await note({ status: 'sent', messageId });
  return true;
}

async function noteFailure(
  work: Work,
  message: Claimed,
  { failure, email, messageId }: { failure: Failure; email: string; messageId: string },
): Promise<void> {
  const { platform, shop } = work;
  const now = platform.clock.now();
  await inShop(work, async (tx) => {
    const minutes = retryMinutes(message.attempts);
    const again = failure.kind === 'not-begun' && minutes !== null;
    if (again) {
      const notBefore = new Date(now.getTime() + minutes * MINUTE_MS);
      await noteMessage(tx, shop.id, { id: message.id, now, status: 'queued', reason: failure.reason, notBefore });
      return;
    }
    const status = failure.kind === 'unknown' ? 'unknown' : 'refused';
    await noteMessage(tx, shop.id, { id: message.id, now, status, reason: failure.reason, messageId });
    const [hash] = addressHashes({ shop, env: platform.env }, email);
    if (failure.noMailbox && hash) await suppress(tx, shop.id, { hash, reason: 'bounced', at: now });
  });
}

/** Steps of the talk in which the server has not begun to read a message. Errors of a connection name none that can be relied on. */
const BEFORE = /^(EHLO|HELO|LHLO|STARTTLS|AUTH.*|MAIL FROM|RCPT TO)$/;
/** No connection came about. */
const NO_CONNECTION = /^(EDNS|ETLS|EAUTH|ECONNREFUSED)$/;

/**
 * What an error means. Told by codes alone: a server's words may hold the address, and go nowhere.
 * A refusal with a number is certain; without a connection nothing was begun; of anything else nothing is known.
 */
function failureOf(error: unknown): Failure {
  const { responseCode, command, code, syscall, message, response } = detailsOf(error);
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})/.exec(response)?.[1] ?? '';
  const reason = [responseCode || code || 'error', enhanced].filter((part) => part !== '').join(' ');
  const noMailbox = responseCode >= 500 && enhanced.startsWith('5.1.');
  if (responseCode >= 500 && code !== 'EAUTH') return { kind: 'refused', reason, noMailbox };
  const notBegun = responseCode >= 400 || BEFORE.test(command) || isUnconnected({ code, syscall, message });
  return { kind: notBegun ? 'not-begun' : 'unknown', reason, noMailbox };
}

const isUnconnected = ({ code, syscall, message }: Pick<ErrorDetails, 'code' | 'syscall' | 'message'>): boolean =>
  syscall === 'connect' || NO_CONNECTION.test(code) || /^(Connection timeout|Greeting never received)/.test(message);

type ErrorDetails = { readonly responseCode: number } & Readonly<Record<'command' | 'code' | 'syscall' | 'message' | 'response', string>>;

function detailsOf(error: unknown): ErrorDetails {
  const of = (name: string): unknown => (typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined);
  const text = (name: string): string => {
    const value = of(name);
    return typeof value === 'string' ? value : '';
  };
  const number = of('responseCode');
  return {
    responseCode: typeof number === 'number' ? number : 0,
    command: text('command'),
    code: text('code'),
    syscall: text('syscall'),
    message: text('message'),
    response: text('response'),
  };
}

type Ready =
  | { readonly kind: 'ready'; readonly email: string; readonly mail: ReturnType<typeof renderMail>; readonly unsubscribeUrl: string }
  | { readonly kind: 'skip'; readonly reason: SkipReason };

/** May it go to this customer, now? */
function skipReason(recipient: Recipient | null, email: string | null, suppressed: Suppression | null): SkipReason | null {
  if (!recipient || recipient.gone) return 'gone';
  if (email === null) return 'no-address';
  if (recipient.emailConsent !== 'subscribed') return 'no-consent';
  if (!suppressed) return null;
  // Who subscribed anew in the store after unsubscribing here meant it.
  const isLifted = suppressed.reason === 'unsubscribed' && recipient.emailConsentAt !== null && recipient.emailConsentAt > suppressed.at;
  return isLifted ? null : 'suppressed';
}

async function prepare(tx: ShopTx, work: Work, message: Claimed): Promise<Ready> {
  const { platform, shop, server } = work;
  const { keys, APP_URL } = platform.env;
  const { customerId } = message;
  const recipient = await readRecipient(tx, shop.id, customerId);
  const person = openPerson({ shopId: shop.id, keys }, { id: customerId, person: recipient?.person ?? null });
  const hashes = addressHashes({ shop, env: platform.env }, person.email);
  const reason = skipReason(recipient, person.email, hashes.length === 0 ? null : await readSuppression(tx, shop.id, hashes));
  if (reason !== null || person.email === null) return { kind: 'skip', reason: reason ?? 'no-address' };
  const language = languageOf(recipient?.locale);
  if (await isTakenBack(tx, shop.id, message)) return { kind: 'skip', reason: 'cancelled' };
  const template = chosen(await readTemplates(tx, shop.id, message.template), language);
  if (!template) return { kind: 'skip', reason: 'no-template' };
  const unsubscribeUrl = `${APP_URL}/unsubscribe?t=${unsubscribeToken(keys, { shopId: shop.id, customerId })}`;
  const words = createI18n(language).t('delivery.unsubscribe');
  const variables = { ...variablesOf(message, { shop, language }), first_name: person.firstName ?? '', shop: server.fromName };
  const footer = { postal: server.postal, unsubscribe: { words, url: unsubscribeUrl } };
  return { kind: 'ready', email: person.email, unsubscribeUrl, mail: renderMail(template, variables, { locale: language, footer }) };
}

/** In the customer's language where there is a text in it, else in English, else in any. */
const chosen = (templates: readonly Template[], language: Language): Template | undefined =>
  templates.find(({ locale }) => locale === language) ?? templates.find(({ locale }) => locale === 'en') ?? templates[0];

function variablesOf({ variables }: Claimed, { shop, language }: { shop: ShopRef; language: Language }) {
  const { code, offer, ends, lapse } = messageVariables.parse(variables);
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: shop.timezone });
  return {
    ...(code === undefined ? {} : { code }),
    ...(offer === undefined ? {} : { offer: offer[language] ?? offer['en'] ?? '' }),
    ...(ends === undefined ? {} : { ends: day.format(new Date(ends)) }),
    ...(lapse === undefined
      ? {}
      : { points_lapsing: new Intl.NumberFormat(language).format(lapse.points), points_until: day.format(new Date(lapse.at)) }),
  };
}
