import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** What a process tells Prometheus; one registry a process, passed in. */
export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    webhooks: new Counter({
      name: 'storebook_webhooks_total',
      help: 'Webhook requests by outcome and topic',
      labelNames: ['outcome', 'topic'],
      registers,
    }),
    webhookSeconds: new Histogram({
      name: 'storebook_webhook_seconds',
      help: 'Time from a webhook request to its answer',
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    doors: new Counter({
      name: 'storebook_doors_total',
      help: 'Requests at the doors of storefront, customer account, Flow and pixel, by outcome',
      labelNames: ['door', 'outcome'],
      registers,
    }),
    backlog: new Gauge({ name: 'storebook_backlog', help: 'Rows that wait: inbox, outbox, failed, dead', labelNames: ['what'], registers }),
    jobs: new Gauge({ name: 'storebook_jobs', help: 'Jobs by name and state', labelNames: ['job', 'state'], registers }),
  };
}
