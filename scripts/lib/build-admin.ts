import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const STAMP = 'build/.stamp';

function filesBelow(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const inside = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(inside) : [inside];
  });
}

/** Changes when anything that the build reads has changed. */
function inputHash(): string {
  const hash = createHash('sha256');
  const folders = ['app', 'contracts', 'public'].filter((folder) => fs.existsSync(folder));
  for (const file of ['package-lock.json', 'vite.config.ts', ...folders.flatMap(filesBelow)].toSorted()) {
    if (file.endsWith('.test.ts') || file.endsWith('.test.tsx')) continue;
    hash.update(file).update(fs.readFileSync(file));
  }
  return hash.digest('hex');
}

/** Builds the admin with Remix's Vite build; does nothing when build/ already holds just this. */
export async function buildAdmin(options: { log?: (line: string) => void } = {}): Promise<void> {
  const hash = inputHash();
  if (fs.existsSync(STAMP) && fs.readFileSync(STAMP, 'utf8') === hash) return;
  options.log?.('building the admin …');
  const output: string[] = [];
  const child = spawn(process.execPath, ['--no-warnings', 'node_modules/@remix-run/dev/dist/cli.js', 'vite:build'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`the build of the admin failed (exit ${code}):\n${output.join('')}`);
  fs.writeFileSync(STAMP, hash);
}
