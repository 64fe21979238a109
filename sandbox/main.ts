/** The sandbox store as a process of its own; see sandbox/README.md. */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createSandbox, type SandboxOptions } from './server.ts';

const HELP = `node sandbox/main.ts --store <folder> [options]

  --store <folder>         a store's history (sandbox/README.md says what it holds); may be given again
  --data <folder>          where what happens after the history is kept (default .data/sandbox)
  --port <n>               0 for a free one (default 4000)
  --app-url <address>      where the app answers (default http://127.0.0.1:3000)
  --api-key, --api-secret  what the app is known by
  --scopes <a,b>           access scopes that an install grants (default: those of shopify.app.toml)
  --orders-per-minute <n>  how fast the store's customers order (default 0)
  --points-per-second <n>  how fast cost points come back (default 100; the bucket holds twenty times as many)`;

const number = (least: number, most: number) => z.coerce.number().min(least).max(most);
const optionsShape = z.object({
  store: z.array(z.string()).min(1, 'a store folder is needed'),
  data: z.string().min(1),
  port: number(0, 65_535).int(),
  'app-url': z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/$/, '')),
  'api-key': z.string().min(1).optional(),
  'api-secret': z.string().min(8).optional(),
  scopes: z.string().optional(),
  'orders-per-minute': number(0, 6_000),
  'points-per-second': number(1, 100_000),
});

function fail(problems: string[]): never {
  for (const problem of problems) console.error(`sandbox: ${problem}`);
  process.exit(2);
}

/** @throws when an option is none that is known. */
function readOptions(): SandboxOptions {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      store: { type: 'string', multiple: true, default: [] },
      data: { type: 'string', default: '.data/sandbox' },
      port: { type: 'string', default: '4000' },
      'app-url': { type: 'string', default: 'http://127.0.0.1:3000' },
      'api-key': { type: 'string' },
      'api-secret': { type: 'string' },
      scopes: { type: 'string' },
      'orders-per-minute': { type: 'string', default: '0' },
      'points-per-second': { type: 'string', default: '100' },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const parsed = optionsShape.safeParse(values);
  if (!parsed.success) fail(parsed.error.issues.map((issue) => `--${issue.path[0]?.toString() ?? ''}: ${issue.message}`));
  const { data } = parsed;
  const empty = data.store.filter((folder) => !fs.existsSync(path.join(folder, 'shop.json')));
  if (empty.length > 0) fail(empty.map((folder) => `--store: ${folder} holds no shop.json`));
  return {
    stores: data.store,
    dataFolder: data.data,
    port: data.port,
    appUrl: data['app-url'],
    apiKey: data['api-key'],
    apiSecret: data['api-secret'],
    scopes: data.scopes?.split(',').map((scope) => scope.trim()),
    ordersPerMinute: data['orders-per-minute'],
    restoreRate: data['points-per-second'],
  };
}

try {
  const sandbox = await createSandbox(readOptions());
  console.log(JSON.stringify({ sandbox: sandbox.url, shops: sandbox.shops }));
  let isEnding = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (isEnding) return;
      isEnding = true;
      void sandbox.close().then(() => process.exit(0));
    });
  }
} catch (error) {
  fail([error instanceof Error ? error.message : String(error)]);
}
