/** Vitest reporter that leaves the counts of a run in a file, for the line that ends `npm test`. */
import { writeFileSync } from 'node:fs';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/** What a run came to. A file that could not be loaded and an error outside every test count as one failure each. */
export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

export class SummaryReporter implements Reporter {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const counts: TestCounts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const before = counts.failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === 'pending' ? 'failed' : state] += 1; // a test without an end did not pass
      }
      if (module.state() === 'failed' && counts.failed === before) counts.failed += 1;
    }
    writeFileSync(this.#path, JSON.stringify(counts));
  }
}
