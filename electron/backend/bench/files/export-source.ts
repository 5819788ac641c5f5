// What all file formats are made from: the results, the run that they belong to, and where their raw samples lie.
import type { BenchRun } from '../../../../shared/contract/bench.ts';
import type { BenchResult } from '../../../../shared/contract/bench-result.ts';

export interface ExportSource {
  /** Null when a single result is written. */
  readonly run: BenchRun | null;
  /** Those of the run in order of its rows, or the single one. */
  readonly results: readonly BenchResult[];
  /** File of the raw samples of a result: float64, little-endian, milliseconds. */
  readonly samplesPath: (resultId: string) => string;
}
