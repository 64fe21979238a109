/** `npm run chaos`: real processes under load, killed and disturbed by a seed; see docs/decisions/0010-chaos.md. */
import { CHAOS_HELP, readOptions, type ChaosOptions } from '../tests/chaos/options.ts';
import { runChaos } from '../tests/chaos/run-chaos.ts';

const print = (line: object): void => console.log(JSON.stringify(line));

function asked(): ChaosOptions {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options !== 'help') return options;
    console.log(CHAOS_HELP);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${CHAOS_HELP}`);
    process.exit(2);
  }
}

const options = asked();
// The programs end with this process; nothing is checked any more.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
try {
  const { differences, ...report } = await runChaos(options, { tell: print });
  for (const difference of differences) print({ difference });
  const exit = differences.length === 0 ? 0 : 1;
  print({ ...report, differences: differences.length, exit });
  process.exit(exit);
} catch (error) {
  console.error(error);
  process.exit(1);
}
