/** The five test suites and how each may use the machine; the web and electron suites skip, with a reason, where their vehicle is missing. */
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './house/summary-reporter.ts';
import { electronSuiteObstacle, repositoryRoot, webSuiteObstacle } from './house/vehicles.ts';

const second = 1000;
const countsPath = process.env['LINESIDE_TEST_COUNTS'];

/** Options of a suite whose vehicle may be missing: a runner that reports every one of its tests as skipped. */
function unlessMissing(obstacle: string | undefined): { runner?: string } {
  return obstacle === undefined ? {} : { runner: './test/house/skipping-runner.ts' };
}

export default defineConfig({
  root: repositoryRoot,
  cacheDir: 'node_modules/.cache/vitest',
  test: {
    root: repositoryRoot,
    pool: 'forks',
    passWithNoTests: false,
    reporters: ['default', ...(countsPath === undefined ? [] : [new SummaryReporter(countsPath)])],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 15 * second,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 90 * second,
          hookTimeout: 120 * second,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'web',
          include: ['test/web/**/*.test.ts'],
          testTimeout: 60 * second,
          hookTimeout: 120 * second,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          ...unlessMissing(webSuiteObstacle()),
        },
      },
      {
        extends: true,
        test: {
          name: 'electron',
          include: ['test/electron/**/*.test.ts'],
          testTimeout: 60 * second,
          hookTimeout: 120 * second,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
          ...unlessMissing(electronSuiteObstacle()),
        },
      },
    ],
  },
});
