/** The sandbox store as a process of its own; see sandbox/README.md. */
import { parseArgs } from 'node:util';
import { createSandbox } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4000' },
    store: { type: 'string', multiple: true },
    data: { type: 'string', default: '.data/sandbox' },
    'app-url': { type: 'string', default: 'http://127.0.0.1:3000' },
    'api-key': { type: 'string' },
    'api-secret': { type: 'string' },
    'orders-per-minute': { type: 'string', default: '0' },
  },
});
if (!values.store || values.store.length === 0) {
  console.error('sandbox: --store <folder> is missing (sandbox/README.md says what it holds)');
  process.exit(2);
}
const sandbox = await createSandbox({
  stores: values.store,
  dataFolder: values.data,
  port: Number(values.port),
  appUrl: values['app-url'],
  apiKey: values['api-key'],
  apiSecret: values['api-secret'],
  ordersPerMinute: Number(values['orders-per-minute']),
});
console.log(JSON.stringify({ sandbox: sandbox.url, shops: sandbox.shops }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void sandbox.close().then(() => process.exit(0)));
}
