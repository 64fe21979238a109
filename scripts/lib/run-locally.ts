import path from 'node:path';
import { parseArgs } from 'node:util';
import { claimDataFolder } from './data-lock.ts';
import { installIntoStore, watchBackfill } from './first-run.ts';
import { retailStore } from './retail-store.ts';
import { startStack, type Stack } from './stack.ts';

const HELP = `npm start -- [options]

  --store <folder>            another store's history (JSONL, see sandbox/README.md); may be given again
  --data <folder>             where database, sandbox state and logs are kept (default .data)
  --port <n>                  of the sandbox's admin (default 4000; a free one when taken)
  --app-port <n>              of the app itself (default 3000; a free one when taken)
  --orders-per-minute <n>     how fast the sandbox's customers order (default 6, 0: not at all)

DATABASE_URL and REDIS_URL are used when they are set; without them an embedded PostgreSQL serves both.`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', multiple: true },
      data: { type: 'string', default: '.data' },
      port: { type: 'string', default: '4000' },
      'app-port': { type: 'string', default: '3000' },
      'orders-per-minute': { type: 'string', default: '6' },
      help: { type: 'boolean', default: false },
    },
  });
  const number = (name: 'port' | 'app-port' | 'orders-per-minute'): number => {
    const value = Number(values[name]);
    if (!Number.isFinite(value) || value < 0 || value > 65_535) throw new Error(`--${name}: not a number that fits`);
    return value;
  };
  return {
    help: values.help,
    stores: values.store,
    dataFolder: path.resolve(values.data),
    adminPort: number('port'),
    appPort: number('app-port'),
    ordersPerMinute: number('orders-per-minute'),
  };
}

type Options = ReturnType<typeof readOptions>;
const say = (line: string): void => console.log(`storebook: ${line}`);

/** One run of the program on this machine: it comes up once and ends once. */
class LocalRun {
  readonly #options: Options;
  readonly #release: () => void;
  #starting: Promise<Stack> | undefined;
  #ending = false;

  constructor(options: Options) {
    this.#options = options;
    this.#release = claimDataFolder(options.dataFolder);
  }

  /** Comes up, installs the app into its stores, imports; resolves with the reason when a process ends by itself. */
  async start(dev: boolean): Promise<string> {
    const started = Date.now();
    const options = this.#options;
    const stores = options.stores?.map((store) => path.resolve(store)) ?? [await retailStore(options.dataFolder, say)];
    if (this.#ending) return 'ended';
    const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env;
    this.#starting = startStack({ ...options, stores, dev, databaseUrl, redisUrl, log: say });
    const stack = await this.#starting;
    for (const shop of stack.shops) await installIntoStore(stack, shop);
    say(`ready after ${((Date.now() - started) / 1000).toFixed(1)} s: open ${stack.adminUrl}`);
    await watchBackfill(stack, () => this.#ending);
    say(`the record is complete. ${stack.adminUrl} (Ctrl-C ends everything)`);
    return stack.failed;
  }

  async end(code: number): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    say('ending …');
    // Whatever is on its way up comes up first, so that nothing is left behind.
    const stack = await this.#starting?.catch(() => undefined);
    await stack?.stop();
    this.#release();
    say('ended; the next start goes on from here.');
    process.exit(code);
  }

  /** Ends because of a fault, unless it is ending anyway. */
  async fail(reason: string): Promise<void> {
    if (this.#ending) return;
    console.error(`storebook: ${reason}`);
    await this.end(1);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Brings everything up, installs the app, shows the backfill, prints the address, and ends on Ctrl-C. */
export async function runLocally({ dev }: { dev: boolean }): Promise<void> {
  let run: LocalRun;
  try {
    const options = readOptions();
    if (options.help) {
      console.log(HELP);
      return;
    }
    run = new LocalRun(options);
  } catch (error) {
    console.error(`storebook: ${messageOf(error)}`);
    process.exit(1);
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void run.end(0));
  await run.start(dev).then(
    (reason) => run.fail(reason),
    (error: unknown) => run.fail(messageOf(error)),
  );
}
