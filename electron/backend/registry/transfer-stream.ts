// A transfer as a stream of snapshots, the last of which carries the result; leaving the stream stops the transfer.
import { createLatestValue } from '../latest-value.ts';

export interface TransferProgress {
  /** Short sentence on the present step. */
  readonly step: string;
  readonly doneBytes: number;
  /** Null while it is unknown. */
  readonly totalBytes: number | null;
}

export type Report = (progress: Partial<TransferProgress>) => void;

/** Runs `work`; its signal is aborted by the caller's, and when nobody reads the stream any more. Throws what `work` throws. */
export async function* transferStream<T>(
  work: (report: Report, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<TransferProgress & { result: T | null }, void, void> {
  const left = new AbortController();
  const changes = createLatestValue();
  let progress: TransferProgress = { step: 'Preparing', doneBytes: 0, totalBytes: null };
  const report: Report = (change) => {
    progress = { ...progress, ...change };
    changes.notify();
  };
  const outcome = work(report, signal ? AbortSignal.any([signal, left.signal]) : left.signal);
  outcome.then(changes.end, changes.end);
  try {
    for await (const snapshot of changes.stream(() => progress, { minIntervalMs: 100 }))
      yield { ...snapshot, result: null };
    yield { ...progress, result: await outcome };
  } finally {
    left.abort();
    await outcome.catch(() => undefined);
  }
}
