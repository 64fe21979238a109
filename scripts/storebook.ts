/** The operator's command; see `npm run storebook`. Without DATABASE_URL it works on the local data folder. */
import { PIPES, runPipe } from '../app/cli/pipes.server.ts';
import { runStorebook } from '../app/cli/storebook.server.ts';
import { createServices } from '../app/entry/services.server.ts';
import { parseEnv } from '../app/platform/env.server.ts';
import { migrate } from '../app/platform/migrate.server.ts';
import { openLocalDatabase } from './lib/local-database.ts';

const [command = '', ...rest] = process.argv.slice(2);
const pipe = Object.hasOwn(PIPES, command) ? PIPES[command] : undefined;
if (pipe) {
  // Who reads may have enough before the end, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const lines: string[] = [];
  const status = await runPipe(pipe, process.stdin, {
    out: (line) => {
      if (lines.push(`${line}\n`) >= 1_000) process.stdout.write(lines.splice(0).join(''));
    },
    error: (line) => console.error(`storebook: ${line}`),
    argv: rest,
  });
  await new Promise<void>((resolve) => process.stdout.write(lines.join(''), () => resolve()));
  process.exit(status);
}

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
