/**
 * `npm run bench`: what the program costs beside the bare limit of the same work, a line of JSON a figure on standard
 * output. `npm run bench -- door pages` runs some, `--quick` small sizes. See docs/performance.md.
 */
import { rounded } from '../bench/figures.ts';
import { BENCHES } from '../bench/index.ts';
import { startBenchServer } from '../bench/server.ts';

const progress = (line: string): void => console.error(line);

function asked(args: readonly string[]): { names: string[]; quick: boolean } {
  const known = Object.keys(BENCHES);
  const named = args.filter((arg) => arg !== '--quick');
  const unknown = named.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    progress(`no such bench: ${unknown.join(', ')}. There are: ${known.join(', ')} (and --quick).`);
    process.exit(2);
  }
  return { names: named.length > 0 ? known.filter((name) => named.includes(name)) : known, quick: args.includes('--quick') };
}

async function runAll({ names, quick }: { names: string[]; quick: boolean }): Promise<void> {
  const server = await startBenchServer();
  const closing = (signal: NodeJS.Signals): void => {
    progress(`${signal}: cleaning up …`);
    void server.close().finally(() => process.exit(130));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, closing);
  try {
    for (const name of names) {
      const started = Date.now();
      progress(`${name}: ${BENCHES[name]?.about ?? ''}`);
      await BENCHES[name]?.run({
        quick,
        server,
        progress: (line) => progress(`${name}: ${line}`),
        figure: (figure, value, unit) => {
          if (!Number.isFinite(value)) throw new Error(`the figure ${figure} of ${name} is no number`);
          console.log(JSON.stringify({ bench: name, figure, value: rounded(value), unit }));
        },
      });
      progress(`${name}: ${((Date.now() - started) / 1_000).toFixed(0)} s`);
    }
  } finally {
    await server.close();
  }
}

try {
  await runAll(asked(process.argv.slice(2)));
  process.exit(0);
} catch (error) {
  progress(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
}
