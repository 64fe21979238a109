/** The web process of the fairness bench, as it is but for the admin's pages, which nobody asks for here. */
import { z } from 'zod';
import { startWeb } from '../app/entry/web.server.ts';
import { parseEnv } from '../app/platform/env.server.ts';
import { serveAsChild, startChild, type ChildServer } from './child.ts';

const task = z.object({ port: z.int(), env: z.record(z.string(), z.string()) });

export const startFairnessWeb = (env: Record<string, string>): Promise<ChildServer> => startChild(import.meta.filename, { env });

await serveAsChild(import.meta.filename, async (given) => {
  const { port, env } = task.parse(given);
  const noPages = async (): Promise<never> => {
    throw new Error('the bench serves no pages');
  };
  await startWeb(parseEnv({ ...env, PORT: String(port) }), async () => ({ build: noPages, assets: () => undefined }));
});
