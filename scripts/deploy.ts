/**
 * `npm run deploy`: for a real store. Checks the environment and shopify.app.toml, migrates the database, builds the
 * admin, and hands configuration, webhooks and extensions to Shopify by its own CLI (which asks you to log in).
 * `npm run deploy -- --check` stops after the checks. Other options are handed on to `shopify app deploy`.
 */
import { spawnSync } from 'node:child_process';
import { readEnv } from '../app/platform/env.server.ts';
import { migrate } from '../app/platform/migrate.server.ts';
import { appConfigProblems } from './lib/app-config.ts';
import { buildAdmin } from './lib/build-admin.ts';

const CLI = '@shopify/cli@4.8.2';
const say = (line: string): void => console.log(`storebook: ${line}`);

function stop(problems: readonly string[]): never {
  for (const problem of problems) console.error(`storebook: ${problem}`);
  process.exit(1);
}

process.env['NODE_ENV'] = 'production';
let env: ReturnType<typeof readEnv>;
try {
  env = readEnv();
} catch (error) {
  stop((error instanceof Error ? error.message : String(error)).split('\n'));
}
const problems = appConfigProblems('shopify.app.toml', env);
if (problems.length > 0) stop(problems);
say('the environment and shopify.app.toml agree.');
if (!process.argv.includes('--check')) {
  await migrate(env.DATABASE_URL);
  say('the database is up to date.');
  await buildAdmin({ log: say });
  const options = process.argv.slice(2);
  const { status } = spawnSync('npx', ['--yes', CLI, 'app', 'deploy', ...options], { stdio: 'inherit' });
  if (status !== 0) stop([`Shopify's CLI did not deploy the configuration (exit ${status ?? 'by signal'}).`]);
  say('deployed. Start the servers: npm run web, and npm run worker as often as needed.');
}
