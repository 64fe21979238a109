import { nearest } from '../core/nearest.ts';

/** What a text of a mail can name. */
export const PLACEHOLDERS = ['first_name', 'code', 'offer', 'ends', 'shop', 'points_lapsing', 'points_until'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];
export type Variables = Readonly<Partial<Record<Placeholder, string>>>;

/** Placeholders in a text: {{name}} or {{name|what stands there if nothing is known}}. */
const PLACEHOLDER = /\{\{\s*([^{}|]*?)\s*(?:\|([^{}]*))?\}\}/g;

export type TemplateProblem = { readonly at: number; readonly found: string; readonly meant: Placeholder | null };

const meantBy = (found: string): Placeholder | null => PLACEHOLDERS.find((known) => known === nearest(found, PLACEHOLDERS)) ?? null;
const isPlaceholder = (name: string): name is Placeholder => PLACEHOLDERS.some((known) => known === name);

/** The first placeholder that is none, where it begins, and which was meant; null where all are known. */
export function templateProblem(text: string): TemplateProblem | null {
  for (const match of text.matchAll(PLACEHOLDER)) {
    const found = match[1] ?? '';
    if (!isPlaceholder(found)) return { at: match.index, found, meant: meantBy(found) };
  }
  return null;
}

function filled(text: string, variables: Variables, written: (value: string) => string): string {
  return text.replaceAll(PLACEHOLDER, (whole: string, name: string) => {
    // What stands behind the bar, if anything does.
    const instead = /\|([^{}]*)\}\}$/.exec(whole)?.[1]?.trim() ?? '';
    const value = isPlaceholder(name) ? variables[name] : undefined;
    return written(value === undefined || value.trim() === '' ? instead : value);
  });
}

/** A header's text has one line, whatever a name contains. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
/** A name or a code brings no lines and no control characters into a text. */
const inLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character);

/** Addresses in a text that was escaped; a full stop at the end belongs to the sentence. */
const LINK = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)]/g;

export type Footer = { readonly postal: string; readonly unsubscribe: { readonly words: string; readonly url: string } };
export type RenderedMail = { readonly subject: string; readonly text: string; readonly html: string };

/**
 * A mail from its texts. In HTML everything is escaped that the merchant or a customer wrote; an empty line parts
 * paragraphs, and addresses become links.
 */
export function renderMail(
  template: { readonly subject: string; readonly body: string },
  variables: Variables,
  { locale, footer }: { locale: string; footer: Footer },
): RenderedMail {
  const subject = oneLine(filled(template.subject, variables, inLine));
  const body = filled(template.body, variables, inLine).replaceAll(/\r\n?/g, '\n').trim();
  const { postal, unsubscribe } = footer;
  const text = `${body}\n\n-- \n${postal.trim()}\n${unsubscribe.words}: ${unsubscribe.url}\n`;
  const paragraphs = body
    .split(/\n{2,}/)
    .map((part) => `<p>${linked(escapeHtml(part)).replaceAll('\n', '<br>')}</p>`)
    .join('\n');
  const foot = `${escapeHtml(postal.trim()).replaceAll('\n', '<br>')}<br><a href="${escapeHtml(unsubscribe.url)}">${escapeHtml(unsubscribe.words)}</a>`;
  const html = `<!doctype html>
<html lang="${escapeHtml(locale)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;font-family:system-ui,sans-serif;line-height:1.5;color:#1a1a1a;background:#fff"><div style="max-width:560px;margin:0 auto">
${paragraphs}
<p style="margin-top:32px;font-size:12px;color:#595959">${foot}</p>
</div></body></html>
`;
  return { subject, text, html };
}

const linked = (escaped: string): string => escaped.replaceAll(LINK, (url) => `<a href="${url}">${url}</a>`);
