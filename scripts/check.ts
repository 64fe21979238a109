/** `npm run check`: format, lint, types, boundaries, unused code. `--fix` formats first. */
import { runChecks, runStep } from './lib/steps.ts';

if (process.argv.includes('--fix')) await runStep({ name: 'format', args: ['node_modules/oxfmt/bin/oxfmt', '.'] });
const { failed } = await runChecks();
process.exit(failed.length === 0 ? 0 : 1);
