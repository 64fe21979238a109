import { defineConfig } from 'vitest/config';

/** What holds the database itself to the architecture needs a migrated one. */
const withDatabase = 'tests/architecture/keys.test.ts';
const globalSetup = ['tests/support/global-postgres.ts'];

export default defineConfig({
  test: {
    // A console.error is a failure that nobody asserted on.
    setupFiles: ['tests/support/no-console-errors.ts', 'tests/support/property-seed.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'app/**/*.test.{ts,tsx}',
            'contracts/**/*.test.ts',
            'sandbox/**/*.test.ts',
            'bench/**/*.test.ts',
            'tests/golden/**/*.test.ts',
            'tests/architecture/**/*.test.ts',
            'tests/functions/**/*.test.ts',
          ],
          exclude: [withDatabase],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts', withDatabase],
          globalSetup,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: { name: 'chaos', include: ['tests/chaos/**/*.test.ts'], testTimeout: 1_800_000, hookTimeout: 60_000, fileParallelism: false },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
