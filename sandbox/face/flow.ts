import type { FaceFlow } from './doors.ts';
import { frame } from './inbox.ts';
import { escapeHtml } from './pages.ts';

const MOST_SHOWN = 200;

/** What the app handed to Shopify Flow; no workflow ran. */
export function flowPage(flows: readonly FaceFlow[]): string {
  const rows = flows.slice(0, MOST_SHOWN).map(({ shop, at, handle, payload }) => {
    const fields = Object.entries(payload).map(([key, value]) => `${escapeHtml(key)}: ${escapeHtml(String(value))}`);
    return `<li class="card"><h2>${escapeHtml(handle)}</h2><p class="soft">${escapeHtml(shop)} · ${escapeHtml(at)}</p><p style="overflow-wrap:anywhere">${fields.join('<br>')}</p></li>`;
  });
  const list =
    rows.length === 0
      ? '<p class="soft">Nothing has been handed to Flow yet.</p>'
      : `<ul style="list-style:none;padding:0">${rows.join('')}</ul>`;
  return frame(
    'Flow',
    `<p class="soft">${flows.length} triggers. Shopify Flow would begin its workflows with each; here none runs.</p>${list}`,
  );
}
