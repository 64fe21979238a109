/** The web process as it is, but for the admin's pages, which nobody asks for here and which would need a build. */
import { startWeb } from '../../../app/entry/web.server.ts';
import { readEnv } from '../../../app/platform/env.server.ts';
import { endWithSupervisor, tellReady } from './host.ts';

endWithSupervisor(() => undefined);
const noPages = async (): Promise<never> => {
  throw new Error('no pages are served here');
};
await startWeb(readEnv(), async () => ({ build: noPages, assets: () => undefined }));
tellReady();
