import type { FaceMail } from './doors.ts';
import { escapeHtml } from './pages.ts';

/** A page of what the app sent. */
export const frame = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/sandbox/face/public/frame.css"><link rel="stylesheet" href="/sandbox/face/public/storefront.css"></head>
<body class="shop"><header><h1>${escapeHtml(title)}</h1><span class="badge">Sandbox</span><a href="/sandbox">Sandbox control</a></header><main class="narrow">${body}</main></body></html>
`;

/** What the app sent by e-mail; it went nowhere but here. */
export function inboxPage(mails: readonly FaceMail[]): string {
  const shown = mails.slice(0, 200);
  const rows = shown.map(
    ({ id, at, to, subject }) =>
      `<li class="card"><a href="/sandbox/inbox/${id}">${escapeHtml(subject || '(no subject)')}</a><p class="soft">${escapeHtml(to.join(', '))} · ${escapeHtml(at)}</p></li>`,
  );
  const list =
    rows.length === 0 ? '<p class="soft">No mail has come yet.</p>' : `<ul style="list-style:none;padding:0">${rows.join('')}</ul>`;
  return frame('Inbox', `<p class="soft">${mails.length} mails. Nothing here has left this machine.</p>${list}`);
}

/** One of them: as a mail program shows it, and its headers. The mail's own HTML is shut into a frame without scripts. */
export function mailPage(mail: FaceMail): string {
  const headers = Object.entries(mail.headers).map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`);
  const html = mail.html.replace('<head>', '<head><base target="_blank">');
  return frame(
    mail.subject,
    `<p><a href="/sandbox/inbox">Back</a></p><div class="card"><h2>${escapeHtml(mail.subject)}</h2><p class="soft">${escapeHtml(mail.from)} → ${escapeHtml(mail.to.join(', '))} · ${escapeHtml(mail.at)}</p>
<iframe title="Mail" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${escapeHtml(html)}" style="width:100%;height:420px;border:1px solid #ccc;background:#fff"></iframe></div>
<div class="card"><h2>Text</h2><pre style="white-space:pre-wrap">${escapeHtml(mail.text)}</pre></div>
<div class="card"><h2>Headers</h2><dl style="overflow-wrap:anywhere">${headers.join('')}</dl></div>`,
  );
}
