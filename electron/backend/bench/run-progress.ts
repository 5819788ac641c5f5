// How far a run is: each machine has its own line of rows, and the line that has most before it says when all will be done.
import type { BenchRow } from '../../../shared/contract/bench.ts';
import type { Job } from '../../../shared/contract/jobs.ts';
import { formatRef } from '../../../shared/domain/names.ts';

export interface RunProgress {
  /** `elapsedMs`: since this row began; beyond its plan the total grows. */
  tell(row: BenchRow, step: string, elapsedMs: number): void;
  ended(row: BenchRow): void;
  /** A step before any row, as waiting for a turn. */
  waiting(step: string): void;
}

interface Line {
  doneMs: number;
  currentMs: number;
  current: number | null;
  readonly planMs: Map<number, number>;
}

/** `planMs`: how long a row is expected to take. */
export function createRunProgress(
  rows: readonly BenchRow[],
  planMs: (row: BenchRow) => number,
  report: (progress: Partial<Job['progress']>) => void,
): RunProgress {
  const lines = new Map<string, Line>();
  const lineOf = ({ machine }: BenchRow): Line => {
    const key = JSON.stringify(machine);
    const line = lines.get(key) ?? { doneMs: 0, currentMs: 0, current: null, planMs: new Map() };
    lines.set(key, line);
    return line;
  };
  for (const row of rows) lineOf(row).planMs.set(row.index, planMs(row));

  function say(step?: string): void {
    let done = 0;
    let left = -1;
    for (const line of lines.values()) {
      const lineLeft = leftMs(line);
      if (lineLeft <= left) continue;
      left = lineLeft;
      done = line.doneMs + line.currentMs;
    }
    report({ ...(step === undefined ? {} : { step }), done, total: done + left, unit: 'ms' });
  }

  return {
    tell: (row, step, elapsedMs) => {
      const line = lineOf(row);
      line.current = row.index;
      line.currentMs = elapsedMs;
      say(step);
    },
    ended: (row) => {
      const line = lineOf(row);
      line.doneMs += line.currentMs;
      line.currentMs = 0;
      line.current = null;
      line.planMs.delete(row.index);
      say();
    },
    waiting: say,
  };
}

function leftMs({ planMs, current, currentMs }: Line): number {
  let left = 0;
  for (const [index, plan] of planMs) left += index === current ? Math.max(0, plan - currentMs) : plan;
  return left;
}

/** A row as a line of progress names it: `3 of 12: digits:1, 2 threads, batch 8`. */
export function rowTitle({ index, model, machine, options }: BenchRow, count: number): string {
  const { threads, batch, provider, level } = options;
  const parts = [formatRef(model), `${threads} ${threads === 1 ? 'thread' : 'threads'}`, `batch ${batch}`];
  if (provider !== 'cpu') parts.push(provider);
  if (level !== 'all') parts.push(level);
  if (machine.kind === 'device') parts.push(machine.name);
  return `${index + 1} of ${count}: ${parts.join(', ')}`;
}
