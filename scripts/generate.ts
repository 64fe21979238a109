/** Makes what is not committed: Prisma's client and the types of the Admin API operations and of the Function's queries. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const SCHEMAS = ['admin_2026-07.json', 'functions_discount_2026-07.json'];
const UNPACKED = 'node_modules/.cache/storebook';

function step(args: string[]): void {
  const result = spawnSync(process.execPath, ['--no-warnings', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // `generate` never runs the schema engine; naming any executable keeps Prisma from downloading it.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
  });
  if (result.status !== 0) {
    process.stderr.write(result.stdout ?? '');
    process.stderr.write(result.stderr ?? '');
    process.exit(result.status ?? 1);
  }
}

step(['node_modules/prisma/build/index.js', 'generate', '--no-hints']);
fs.mkdirSync(UNPACKED, { recursive: true });
for (const name of SCHEMAS) fs.writeFileSync(path.join(UNPACKED, name), zlib.gunzipSync(fs.readFileSync(`sandbox/schema/${name}.gz`)));
step(['node_modules/@graphql-codegen/cli/cjs/bin.js', '--config', 'codegen.ts', '--silent']);
