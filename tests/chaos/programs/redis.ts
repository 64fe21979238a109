/** A Redis that keeps nothing: each start is an empty one. */
import { spawn } from 'node:child_process';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { endWithSupervisor, tellReady } from './host.ts';

const task = z.object({ folder: z.string(), port: z.int() }).parse(JSON.parse(process.argv[2] ?? ''));
const server = spawn(
  'redis-server',
  ['--port', String(task.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', task.folder],
  { stdio: 'inherit' },
);
server.once('exit', () => process.exit(1));
server.once('error', () => process.exit(1));
endWithSupervisor(() => void server.kill('SIGKILL'));
const probe = new Redis(task.port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 50 });
probe.on('error', () => undefined);
await probe.ping();
probe.disconnect();
tellReady(server.pid);
