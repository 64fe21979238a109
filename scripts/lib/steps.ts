import { spawn } from 'node:child_process';
import fs from 'node:fs';

export type Step = { name: string; args: string[] };

/** Runs one of the project's tools under the present Node, its output kept back unless it fails. */
export async function runStep(step: Step, options: { show?: boolean } = {}): Promise<{ ok: boolean; output: string; seconds: number }> {
  const started = Date.now();
  const child = spawn(process.execPath, ['--no-warnings', ...step.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: '0' },
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
    if (options.show) process.stdout.write(chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { ok: code === 0, output, seconds: (Date.now() - started) / 1_000 };
}

const bin = (path: string): string => `node_modules/${path}`;

/** Where code stands; git keeps no empty folder. */
const FOLDERS = ['app', 'bench', 'contracts', 'extensions', 'sandbox', 'scripts', 'tests'].filter((folder) => fs.existsSync(folder));

/** What `npm run check` holds the code to; seconds in all. */
export const CHECKS: readonly Step[] = [
  { name: 'format', args: [bin('oxfmt/bin/oxfmt'), '--check', '.'] },
  {
    name: 'lint',
    args: [bin('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings', ...FOLDERS],
  },
  { name: 'types', args: [bin('typescript/bin/tsc'), '-p', '.'] },
  {
    name: 'boundaries',
    args: [bin('dependency-cruiser/bin/dependency-cruiser.mjs'), '--config', '.dependency-cruiser.cjs', ...FOLDERS],
  },
  { name: 'unused', args: [bin('knip/bin/knip.js'), '--no-progress'] },
];

/** Runs the checks two at a time. @returns how many passed, and what each that failed has printed; that has been shown. */
export async function runChecks(): Promise<{ passed: number; failed: { name: string; output: string }[] }> {
  const result = { passed: 0, failed: new Array<{ name: string; output: string }>() };
  const waiting = [...CHECKS];
  const next = async (): Promise<void> => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const { ok, output, seconds } = await runStep(step);
      console.log(`${ok ? '✓' : '✗'} ${step.name} (${seconds.toFixed(1)} s)`);
      if (ok) result.passed += 1;
      else {
        result.failed.push({ name: step.name, output });
        console.log(output);
      }
    }
  };
  await Promise.all([next(), next()]);
  return result;
}
