/**
 * `npm test`: sets up what the tests need and runs everything: checks, unit, integration and browser tests,
 * and two short chaos runs. `npm test -- unit` (or integration, e2e, chaos, check) runs one part. The last line sums up all of them.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { buildAdmin } from './lib/build-admin.ts';
import { runChecks, runStep } from './lib/steps.ts';

const PARTS = ['check', 'unit', 'integration', 'e2e', 'chaos'] as const;
type Part = (typeof PARTS)[number];

const found = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;

function missingPackages(parts: readonly Part[]): string[] {
  const missing: string[] = [];
  const hasChromium = fs.existsSync(process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium');
  if (parts.includes('e2e') && !hasChromium) missing.push('chromium');
  if (parts.some((part) => part === 'integration' || part === 'e2e' || part === 'chaos') && !found('redis-server'))
    missing.push('redis-server');
  return missing;
}

/** Chromium and Redis come from Debian's packages where this user may install them; otherwise says what to install. */
function systemPackages(parts: readonly Part[]): void {
  const missing = missingPackages(parts);
  if (missing.length === 0) return;
  const wanted = missing.join(' ');
  if (process.getuid?.() === 0 && found('apt-get')) {
    console.log(`installing ${wanted} …`);
    const quiet = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    spawnSync('apt-get', ['update'], quiet);
    if (spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...missing], quiet).status === 0) return;
  }
  console.error(`The tests need ${wanted}. Install with: sudo apt-get install ${wanted}`);
  if (missing.includes('chromium')) console.error('or name another Chromium or Chrome in CHROMIUM_PATH.');
  process.exit(1);
}

// oxlint-disable-next-line no-control-regex -- terminal colours
const plainOf = (output: string): string => output.replaceAll(/\u001B\[\d+m/g, '');

/** The report of what failed, with its reasons, as Vitest prints it under the list of tests. */
const failuresOf = (output: string): string => /^⎯+ (?:Failed|Unhandled).*$(?:\n.*)*/m.exec(plainOf(output))?.[0].slice(0, 8_000) ?? '';

/** Numbers of Vitest's closing line "Tests  2 failed | 5 passed (7)"; a file that did not load counts as one failure. */
function countsOf(output: string): { passed: number; failed: number } {
  const plain = plainOf(output);
  const number = (line: string, word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
  // Errors outside of any test ("Errors  1 error") are failures too, whatever the exit status says.
  const errors = number(/^\s*Errors\s.*$/m.exec(plain)?.[0] ?? '', 'error');
  const tests = /^\s*Tests\s.*$/m.exec(plain)?.[0] ?? '';
  const files = /^\s*Test Files\s.*$/m.exec(plain)?.[0] ?? '';
  const failed = number(tests, 'failed');
  return { passed: number(tests, 'passed'), failed: (failed > 0 ? failed : number(files, 'failed')) + errors };
}

const asked = process.argv.slice(2).filter((argument): argument is Part => PARTS.some((part) => part === argument));
const parts = asked.length > 0 ? asked : [...PARTS];
const total = { passed: 0, failed: 0 };
const reports: string[] = [];
systemPackages(parts);
if (parts.includes('e2e')) await buildAdmin({ log: (line) => console.log(line) });
for (const part of parts) {
  console.log(`\n— ${part} —`);
  if (part === 'check') {
    const { passed, failed } = await runChecks();
    total.passed += passed;
    total.failed += failed.length;
    for (const { name, output } of failed) reports.push(`\n— what failed in ${name} —\n${output.slice(-8_000)}`);
    continue;
  }
  const { ok, output } = await runStep({ name: part, args: ['node_modules/vitest/vitest.mjs', 'run', '--project', part] }, { show: true });
  const counts = countsOf(output);
  total.passed += counts.passed;
  total.failed += ok ? counts.failed : Math.max(1, counts.failed);
  if (!ok) reports.push(`\n— what failed in ${part} —\n${failuresOf(output) || output.slice(-8_000)}`);
}
// Once more at the end, where a log that is cut short still has it.
for (const report of reports) console.log(report);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
