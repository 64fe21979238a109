/** A PostgreSQL as durable as in production, on the folder and port given; ends when its postmaster does. */
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { startEmbeddedPostgres } from '../../../app/platform/embedded-postgres.server.ts';
import { endWithSupervisor, tellReady } from './host.ts';

const task = z.object({ folder: z.string(), port: z.int(), database: z.string() }).parse(JSON.parse(process.argv[2] ?? ''));
const server = await startEmbeddedPostgres({ folder: task.folder, port: task.port, log: (line) => process.stdout.write(line) });
endWithSupervisor(() => server.stop());
const [pid] = fs.readFileSync(path.join(task.folder, 'postmaster.pid'), 'utf8').split('\n');
const postmaster = Number(pid);
setInterval(() => {
  try {
    process.kill(postmaster, 0);
  } catch {
    // Killed: the package does not say so once the server has started.
    process.exit(1);
  }
}, 100);
await server.database(task.database);
tellReady(postmaster);
