/** The operator's command; see `npm run storebook`. Without DATABASE_URL it works on the local data folder. */
import { runStorebook } from '../app/cli/storebook.server.ts';
import { createServices } from '../app/entry/services.server.ts';
import { parseEnv } from '../app/platform/env.server.ts';
import { migrate } from '../app/platform/migrate.server.ts';
import { openLocalDatabase } from './lib/local-database.ts';

const { DATABASE_URL, STOREBOOK_DATA } = process.env;
const local = DATABASE_URL ? null : await openLocalDatabase(STOREBOOK_DATA ?? '.data');
const url = DATABASE_URL ?? local?.url ?? '';
await migrate(url);
const services = await createServices(
  parseEnv({ LOG_LEVEL: 'warn', SANDBOX_URL: 'http://127.0.0.1:4000', ...process.env, DATABASE_URL: url }),
  'cli',
);
let status = 1;
try {
  status = await runStorebook(services, process.argv.slice(2), (line) => console.log(line));
} catch (error) {
  console.error(`storebook: ${error instanceof Error ? error.message : String(error)}`);
} finally {
  await services.close();
  await local?.stop();
}
process.exit(status);
