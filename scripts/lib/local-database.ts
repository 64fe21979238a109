import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '../../app/platform/embedded-postgres.server.ts';

const DATABASE = 'storebook';

export type LocalDatabase = { url: string; stop(): Promise<void> };

/** Process id and port of a server that runs on this data folder now, by its own postmaster.pid. */
function runningServer(folder: string): { port: number } | null {
  const file = path.join(folder, 'postmaster.pid');
  if (!fs.existsSync(file)) return null;
  const [pid = '', , , port = ''] = fs.readFileSync(file, 'utf8').split('\n');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // EPERM: it lives and belongs to another user, as it does where root started it.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return null;
  }
  return { port: Number(port) };
}

/** The server runs as its own user when root starts it; that user must be able to walk to the folder. */
function reachableFolder(wanted: string): string {
  if (process.getuid?.() !== 0) return wanted;
  for (let at = path.dirname(path.resolve(wanted)); at !== path.dirname(at); at = path.dirname(at)) {
    if (fs.existsSync(at) && (fs.statSync(at).mode & 0o001) === 0) {
      const key = Buffer.from(path.resolve(wanted)).toString('base64url').slice(-24);
      return path.join(os.tmpdir(), `storebook-${key}`, 'postgres');
    }
  }
  return wanted;
}

/**
 * The embedded PostgreSQL of a data folder: joins the server that runs on it already, or starts one.
 * stop() ends only a server that this call started.
 */
export async function openLocalDatabase(dataFolder: string): Promise<LocalDatabase> {
  const folder = reachableFolder(path.resolve(dataFolder, 'postgres'));
  const running = runningServer(folder);
  if (running) return { url: `postgresql://postgres:storebook@127.0.0.1:${running.port}/${DATABASE}`, stop: async () => undefined };
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  fs.rmSync(path.join(folder, 'postmaster.pid'), { force: true });
  const log = fs.createWriteStream(path.join(path.dirname(folder), 'postgres.log'), { flags: 'a' });
  const server = await startEmbeddedPostgres({ folder, log: (line) => log.write(line) });
  return {
    url: await server.database(DATABASE),
    async stop() {
      await server.stop();
      log.end();
    },
  };
}
