/** The web process without the admin's pages, for tests of several processes. Its environment is the production one. */
import { startWeb } from '../../app/entry/web.server.ts';
import { readEnv } from '../../app/platform/env.server.ts';

const noPages = async (): Promise<never> => {
  throw new Error('no pages here');
};
const web = await startWeb(readEnv(), async () => ({ build: noPages, assets: () => undefined }));
console.log(JSON.stringify({ web: web.url }));
