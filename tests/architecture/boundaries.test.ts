import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** One breach for each rule: the file that commits it, and what it imports. */
const BREACHES: Record<string, { file: string; text: string; with?: Record<string, string> }> = {
  'no-circular': {
    file: 'app/core/a.ts',
    text: "export { b } from './b.ts';",
    with: { 'app/core/b.ts': "export { b as c } from './a.ts'; export const b = 1;" },
  },
  'no-unresolvable': { file: 'app/core/lost.ts', text: "import './nowhere.ts';" },
  'core-stands-alone': {
    file: 'app/core/up.ts',
    text: "import '../platform/env.server.ts';",
    with: { 'app/platform/env.server.ts': 'export {};' },
  },
  'pure-files-stay-pure': {
    file: 'app/record/pure.ts',
    text: "import './impure.server.ts';",
    with: { 'app/record/impure.server.ts': 'export {};' },
  },
  'pure-files-few-libraries': { file: 'app/loyalty/rule.ts', text: "import 'express';" },
  'contracts-are-leaves': { file: 'contracts/shape.ts', text: "import '../app/core/leaf.ts';", with: { 'app/core/leaf.ts': 'export {};' } },
  'platform-knows-no-business': {
    file: 'app/platform/knows.server.ts',
    text: "import '../loyalty/index.server.ts';",
    with: { 'app/loyalty/index.server.ts': 'export {};' },
  },
  'room-front-door': {
    file: 'app/campaigns/peek.server.ts',
    text: "import '../loyalty/inner.server.ts';",
    with: { 'app/loyalty/inner.server.ts': 'export {};' },
  },
  'shopify-front-door': {
    file: 'app/campaigns/deep.server.ts',
    text: "import '../shopify/inner.server.ts';",
    with: { 'app/shopify/inner.server.ts': 'export {};' },
  },
  'rooms-do-not-call-doors': {
    file: 'app/loyalty/calls.server.ts',
    text: "import '../jobs/door.server.ts';",
    with: { 'app/jobs/door.server.ts': 'export {};' },
  },
  'doors-use-front-doors': { file: 'app/routes/page.tsx', text: "import '../loyalty/inner.server.ts';" },
  'doors-no-database': {
    file: 'app/routes/query.tsx',
    text: "import '../platform/db.server.ts';",
    with: { 'app/platform/db.server.ts': 'export {};' },
  },
  'components-are-client': { file: 'app/components/chart.tsx', text: "import '../loyalty/index.server.ts';" },
  'extensions-are-islands': { file: 'extensions/one/a.ts', text: "import '../two/b.ts';", with: { 'extensions/two/b.ts': 'export {};' } },
  'app-never-needs-the-sandbox': {
    file: 'app/entry/sand.server.ts',
    text: "import '../../sandbox/state.ts';",
    with: { 'sandbox/state.ts': 'export {};' },
  },
  'sql-only-in-stores': { file: 'app/loyalty/query.server.ts', text: "import 'pg';" },
  'no-test-code-in-app': {
    file: 'app/loyalty/uses.server.ts',
    text: "import './thing.test.ts';",
    with: { 'app/loyalty/thing.test.ts': 'export {};' },
  },
};

const root = process.cwd();
let folder: string;
let broken: { rule: { name: string }; from: string }[];

function cruise(cwd: string, folders: string[]): { rule: { name: string }; from: string }[] {
  const run = spawnSync(
    process.execPath,
    [
      path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'json',
      ...folders,
    ],
    { cwd, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
  return (JSON.parse(run.stdout) as { summary: { violations: { rule: { name: string }; from: string }[] } }).summary.violations;
}

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-breaches-'));
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
    fs.copyFileSync(path.join(root, file), path.join(folder, file));
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const write = (file: string, text: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  for (const { file, text, with: others } of Object.values(BREACHES)) {
    for (const [other, content] of Object.entries(others ?? {})) write(other, content);
    write(file, text);
  }
  broken = cruise(folder, ['app', 'contracts', 'extensions', 'sandbox']);
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('the rules of the house', () => {
  it('each have a planted breach', async () => {
    const config = (await import(path.join(root, '.dependency-cruiser.cjs'))) as { default: { forbidden: { name: string }[] } };
    expect(config.default.forbidden.map((rule) => rule.name).toSorted()).toEqual(Object.keys(BREACHES).toSorted());
  });

  it.each(Object.entries(BREACHES))('%s is caught', (name, { file }) => {
    expect(broken.filter((violation) => violation.rule.name === name).map((violation) => violation.from)).toContain(file);
  });
});
