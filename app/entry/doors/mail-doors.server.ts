import { readUnsubscribeLink, shopOfReportToken, takeReport, unsubscribe } from '../../delivery/index.server.ts';
import { createI18n, type Language } from '../../i18n/i18n.ts';
import { bearerToken } from '../../shopify/index.server.ts';
import type { Services } from '../services.server.ts';
import type { Answer, Door } from './door.server.ts';

const PATH = '/unsubscribe';
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? character);

/** A page of its own, with nothing from anywhere. */
function page(language: Language, { title, text, form }: { title: string; text: string; form: string }): string {
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${escaped(title)}</title></head>
<body><main><h1>${escaped(title)}</h1><p>${escaped(text)}</p>${form}</main></body></html>
`;
}

const PAGE_HEADERS = { 'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'" };

function answer(language: Language, outcome: 'asked' | 'unsubscribed', token: string): Answer {
  const t = createI18n(language).t;
  const button = `<form method="post" action="${PATH}?t=${encodeURIComponent(token)}"><button name="from" value="page">${escaped(t('delivery.unsubscribe'))}</button></form>`;
  const shown =
    outcome === 'asked'
      ? { title: t('delivery.unsubscribe'), text: t('delivery.unsubscribeText'), form: button }
      : { title: t('delivery.unsubscribed'), text: t('delivery.unsubscribedText'), form: '' };
  return { outcome, status: 200, html: page(language, shown), headers: PAGE_HEADERS };
}

const tokenOf = (query: string): string => new URLSearchParams(query).get('t') ?? '';
const UNKNOWN: Answer = { outcome: 'unknown-link', status: 404 };

/** A customer opens the link below a mail: a page with a button. Opening it changes nothing, since scanners open links too. */
export function unsubscribePageDoor({ platform }: Services): Door {
  return {
    name: 'unsubscribe',
    path: PATH,
    method: 'GET',
    cors: false,
    mostBytes: 0,
    async receive({ query }) {
      const link = await readUnsubscribeLink(platform, tokenOf(query));
      return link ? answer(link.language, 'asked', tokenOf(query)) : UNKNOWN;
    },
  };
}

/** The button of that page, or a mail program's own (RFC 8058). */
export function unsubscribeDoor({ platform }: Services): Door {
  return {
    name: 'unsubscribe',
    path: PATH,
    method: 'POST',
    cors: false,
    mostBytes: 1_024,
    async receive({ query, body }) {
      const link = await readUnsubscribeLink(platform, tokenOf(query));
      if (!link) return UNKNOWN;
      const form = new URLSearchParams(body.toString('latin1'));
      // RFC 8058 posts it as a form, of either of the two encodings.
      const isMeant = form.get('List-Unsubscribe') === 'One-Click' || form.has('from') || body.includes('One-Click');
      if (!isMeant) return { outcome: 'not-meant', status: 400 };
      await unsubscribe(platform, link.whose);
      return answer(link.language, 'unsubscribed', tokenOf(query));
    },
  };
}

/** A mail server hands over reports of bounces and complaints, each a raw message. */
export function mailReportsDoor({ platform }: Services): Door {
  return {
    name: 'mail-reports',
    path: '/mail-reports',
    method: 'POST',
    cors: false,
    mostBytes: 262_144,
    before({ header }) {
      const token = bearerToken(header('authorization'));
      return token !== null && shopOfReportToken(platform.env.keys, token) !== null ? null : { outcome: 'bad-token', status: 401 };
    },
    async receive({ header, body }) {
      const shopId = shopOfReportToken(platform.env.keys, bearerToken(header('authorization')) ?? '');
      if (shopId === null) return { outcome: 'bad-token', status: 401 };
      const outcome = await takeReport(platform, shopId, body);
      return { outcome, status: outcome === 'taken' ? 200 : 202, json: { outcome } };
    },
  };
}
