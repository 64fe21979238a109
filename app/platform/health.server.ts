import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Platform } from './context.server.ts';
import { sameText } from './crypto.server.ts';
import { readBacklog } from './health.store.server.ts';
import type { Metrics } from './metrics.server.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function answer(response: ServerResponse, status: number, body: { type: string; text: string }): void {
  response.writeHead(status, { 'content-type': body.type, 'cache-control': 'no-store' }).end(body.text);
}

/** `GET /healthz`: 200 while database and job engine answer, 503 otherwise; says how much work waits. */
export function healthHandler(platform: Platform, jobNames: readonly string[]): Handler {
  const check = async (): Promise<{ status: number; body: object }> => {
    try {
      const [backlog, jobs] = await Promise.all([readBacklog(platform.db), platform.queue.counts(jobNames)]);
      const sum = Object.values(jobs).reduce(
        (total, counts) => ({
          waiting: total.waiting + counts.waiting,
          active: total.active + counts.active,
          failed: total.failed + counts.failed,
        }),
        { waiting: 0, active: 0, failed: 0 },
      );
      return { status: 200, body: { status: 'ok', database: 'ok', jobs: sum, backlog } };
    } catch (error) {
      platform.log.error({ problem: error instanceof Error ? error.name : 'unknown' }, 'health check failed');
      return { status: 503, body: { status: 'unavailable' } };
    }
  };
  return (_request, response) => {
    void check().then(({ status, body }) => answer(response, status, { type: 'application/json', text: JSON.stringify(body) }));
  };
}

/** `GET /metrics` for Prometheus; with METRICS_TOKEN set, only for those who bear it. */
export function metricsHandler(platform: Platform, metrics: Metrics, jobNames: readonly string[]): Handler {
  const token = platform.env.METRICS_TOKEN;
  const render = async (): Promise<string> => {
    const [backlog, jobs] = await Promise.all([readBacklog(platform.db), platform.queue.counts(jobNames)]);
    for (const [what, value] of Object.entries(backlog)) metrics.backlog.set({ what }, value);
    for (const [job, counts] of Object.entries(jobs))
      for (const [state, value] of Object.entries(counts)) metrics.jobs.set({ job, state }, value);
    return metrics.registry.metrics();
  };
  return (request, response) => {
    if (token && !sameText(request.headers.authorization ?? '', `Bearer ${token}`)) {
      answer(response, 401, { type: 'text/plain', text: 'unauthorized' });
      return;
    }
    render().then(
      (text) => answer(response, 200, { type: metrics.registry.contentType, text }),
      () => answer(response, 503, { type: 'text/plain', text: 'unavailable' }),
    );
  };
}
