// The one door to every npm script, for any Node from 18 on and with no dependency: installs what is missing,
// makes the generated code, then hands over to the project's own Node 24 (the npm package `node`).
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => path.join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name);
const node = process.platform === 'win32' ? path.join(root, 'node_modules', 'node', 'bin', 'node.exe') : bin('node');

const hashOf = (files) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(fs.readFileSync(path.join(root, file)));
  return hash.digest('hex');
};
const stampFile = (name) => path.join(root, 'node_modules', `.storebook-${name}`);
const isFresh = (name, hash) => fs.existsSync(stampFile(name)) && fs.readFileSync(stampFile(name), 'utf8') === hash;

function run(command, args, why) {
  console.error(`storebook: ${why}`);
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (result.status !== 0) {
    console.error(`storebook: "${[command, ...args].join(' ')}" failed (${result.error?.message ?? `exit ${result.status}`}).`);
    process.exit(result.status ?? 1);
  }
}

function install() {
  const hash = hashOf(['package-lock.json']);
  if (isFresh('install', hash) && fs.existsSync(node)) return;
  // Not `npm ci`: it refuses a lock file that lacks packages for other systems, and a registry may not have those. The
  // lock file is followed, and not written.
  run(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel', 'error'],
    'installing packages (once after each change of package-lock.json) …',
  );
  if (!fs.existsSync(node)) {
    console.error('storebook: the npm package "node" brought no Node for this system; install Node 24 by hand and try again.');
    process.exit(1);
  }
  fs.writeFileSync(stampFile('install'), hash);
}

function generate() {
  const inputs = ['package-lock.json', 'prisma/schema.prisma', 'scripts/generate.ts', ...operationFiles()];
  const hash = hashOf(inputs);
  if (isFresh('generate', hash) && fs.existsSync(path.join(root, 'app/generated/prisma/client.ts'))) return;
  run(node, ['--no-warnings', 'scripts/generate.ts'], 'making the database client and the typed operations …');
  fs.writeFileSync(stampFile('generate'), hash);
}

/** Every file that may hold a GraphQL operation. */
function operationFiles(folder = 'app') {
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const inside = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'generated' ? [] : operationFiles(inside);
    return entry.name.endsWith('.shopify.server.ts') ? [inside] : [];
  });
}

const [command = 'start', ...rest] = process.argv.slice(2);
const script = path.join('scripts', `${command}.ts`);
if (!/^[a-z-]+$/.test(command) || !fs.existsSync(path.join(root, script))) {
  console.error(`storebook: unknown command ${JSON.stringify(command)}`);
  process.exit(2);
}
install();
if (command !== 'generate') generate();

// Batches of a few megabytes live for a moment each: with more room for young objects they are gone before the collector
// has copied them about. Inherited by every process that this one starts.
const { NODE_OPTIONS = '' } = process.env;
if (!NODE_OPTIONS.includes('semi-space')) process.env.NODE_OPTIONS = `${NODE_OPTIONS} --max-semi-space-size=32`.trim();

// A session of its own: Ctrl-C reaches this process alone, which asks the child to end everything in the right order.
const child = spawn(node, ['--no-warnings', script, ...rest], { cwd: root, stdio: 'inherit', detached: process.platform !== 'win32' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
