import type { FailedJob, QueueLook } from './queue.server.ts';

export const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1a1c1d}
table{border-collapse:collapse;width:100%;margin:0 0 2rem}th,td{text-align:left;padding:.35rem .75rem;border-bottom:1px solid #e1e3e5}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}tr.bad td{background:#fff4f4}h1{font-size:1.4rem}h2{font-size:1.1rem}`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const text = (value: string | number): string => String(value).replaceAll(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '');

const age = (seconds: number | null): string => {
  if (seconds === null) return '–';
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
};

export type OpsPage = {
  engine: string;
  at: Date;
  lanes: ReadonlyMap<string, string>;
  queues: readonly QueueLook[];
  failures: readonly FailedJob[];
  /** Proves that a form came from this page. */
  token: string;
};

/** The board as HTML. It shows kinds, counts, ids and names of errors: nothing of a payload. */
export function opsPage({ engine, at, lanes, queues, failures, token }: OpsPage): string {
  const rows = queues.map(
    ({ job, waiting, active, failed, oldestWaitingSeconds }) =>
      `<tr${failed > 0 ? ' class="bad"' : ''}><td>${text(job)}</td><td>${text(lanes.get(job) ?? '')}</td><td class="n">${waiting}</td>` +
      `<td class="n">${active}</td><td class="n">${failed}</td><td class="n">${age(oldestWaitingSeconds)}</td></tr>`,
  );
  const failed = failures.map(
    ({ id, job, at: when, reason, tries }) =>
      `<tr><td>${text(job)}</td><td>${text(id)}</td><td>${text(when.toISOString())}</td><td class="n">${tries}</td><td>${text(reason)}</td>` +
      `<td><form method="post" action="/ops/queues/retry"><input type="hidden" name="token" value="${text(token)}">` +
      `<input type="hidden" name="job" value="${text(job)}"><input type="hidden" name="id" value="${text(id)}">` +
      `<button>Run again</button></form></td></tr>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="10"><title>Queues</title><style>${STYLE}</style></head><body>
<h1>Queues</h1><p>Engine: ${text(engine)}. As of ${text(at.toISOString())}; looks again every 10 seconds.</p>
<table><thead><tr><th>Job</th><th>Lane</th><th class="n">Waiting</th><th class="n">Running</th><th class="n">Failed</th><th class="n">Oldest waits</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>
<h2>Last failures</h2>
${
  failed.length === 0
    ? '<p>None within a day.</p>'
    : `<table><thead><tr><th>Job</th><th>Id</th><th>At</th><th class="n">Tries</th><th>Reason</th><th></th></tr></thead><tbody>${failed.join('\n')}</tbody></table>`
}
</body></html>`;
}
