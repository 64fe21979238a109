/** The web process: webhooks and the admin. `--dev` serves the admin through Vite, with reload. */
import type { ServerBuild } from '@remix-run/node';
import { readEnv } from '../app/platform/env.server.ts';
import { builtPages, startWeb, type Pages } from '../app/entry/web.server.ts';

async function vitePages(): Promise<Pages> {
  const { createServer } = await import('vite');
  const vite = await createServer({ server: { middlewareMode: true }, appType: 'custom' });
  return {
    build: async () => {
      // What Vite serves as the server build has Remix's own shape.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return (await vite.ssrLoadModule('virtual:remix/server-build')) as ServerBuild;
    },
    assets: (app) => app.use(vite.middlewares),
  };
}

const web = await startWeb(readEnv(), process.argv.includes('--dev') ? vitePages : () => builtPages());
console.log(JSON.stringify({ web: web.url }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void web.close().then(() => process.exit(0)));
}
