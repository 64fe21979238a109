/**
 * `npm run bench`: what the program costs beside the bare limit of the same work, a line of JSON a figure on standard
 * output. `npm run bench -- ingest pages` runs some, `--quick` small sizes, `--orders N`, `--to N` and `--customers N` other
 * sizes of backfill, growth and audience. See docs/performance.md.
 */
import { parseArgs } from 'node:util';
import { rounded } from '../bench/figures.ts';
import { BENCHES } from '../bench/index.ts';
import { startBenchServer } from '../bench/server.ts';

const progress = (line: string): void => console.error(line);

type Asked = { names: string[]; quick: boolean; orders: number | null; to: number | null; customers: number | null };

function stop(problem: string): never {
  progress(problem);
  process.exit(2);
}

function sizeOf(option: string, given: string | undefined): number | null {
  if (given === undefined) return null;
  const size = Number(given);
  return Number.isSafeInteger(size) && size >= 1_000 ? size : stop(`--${option} takes a whole number from 1000 on`);
}

function asked(args: string[]): Asked {
  const known = Object.keys(BENCHES);
  const size = { type: 'string' } as const;
  const options = { quick: { type: 'boolean', default: false }, orders: size, to: size, customers: size } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    stop(`no such bench: ${unknown.join(', ')}. There are: ${known.join(', ')} (and --quick, --orders N, --to N, --customers N).`);
  return {
    names: positionals.length > 0 ? known.filter((name) => positionals.includes(name)) : known,
    quick: values.quick,
    orders: sizeOf('orders', values.orders),
    to: sizeOf('to', values.to),
    customers: sizeOf('customers', values.customers),
  };
}

async function runAll({ names, ...sizes }: Asked): Promise<void> {
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
        ...sizes,
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
