// Jobs of this session: long work with progress that any client can watch or cancel, and that outlives the call which started it.
import { randomUUID } from 'node:crypto';
import type { Job } from '../../../shared/contract/jobs.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import { createLatestValue, type LatestValue } from '../latest-value.ts';
import type { Logger } from '../ports.ts';

export interface JobHandle {
  readonly signal: AbortSignal;
  /** `total` null: unknown. */
  report(progress: Partial<Job['progress']>): void;
}

export interface JobService {
  /** Starts `work` at once; what it returns becomes the job's result. */
  start(kind: Job['kind'], subject: string, work: (job: JobHandle) => Promise<string>): string;
  list(): Job[];
  watch(jobId: string, signal: AbortSignal | undefined): AsyncGenerator<Job, void, void>;
  /** Asks the work to stop and waits for it. @throws NOT_FOUND */
  cancel(jobId: string): Promise<Job>;
  /** True while a job of this kind works on the subject. */
  isRunning(kind: Job['kind'], subject: string): boolean;
  close(): Promise<void>;
}

interface Entry {
  job: Job;
  readonly changes: LatestValue;
  readonly abort: AbortController;
  readonly finished: Promise<void>;
}

const KEPT_JOBS = 100;

export function createJobService(log: Logger): JobService {
  const entries = new Map<string, Entry>();

  function find(jobId: string): Entry {
    const entry = entries.get(jobId);
    if (entry) return entry;
    throw new AppError('NOT_FOUND', `There is no job ${jobId}; jobs are forgotten when Lineside is closed.`);
  }

  function finish(entry: Entry, state: Job['state'], rest: Partial<Job>): void {
    entry.job = { ...entry.job, ...rest, state, finishedAtMs: Date.now() };
    entry.changes.end();
  }

  function forgetOldest(): void {
    for (const [jobId, entry] of entries) {
      if (entries.size < KEPT_JOBS) return;
      if (entry.job.state !== 'running') entries.delete(jobId);
    }
  }

  return {
    start: (kind, subject, work) => {
      forgetOldest();
      const abort = new AbortController();
      const changes = createLatestValue();
      const job: Job = {
        jobId: randomUUID(),
        kind,
        subject,
        state: 'running',
        progress: { step: '', done: 0, total: null, unit: 'steps' },
        result: null,
        error: null,
        startedAtMs: Date.now(),
        finishedAtMs: null,
      };
      const report = (progress: Partial<Job['progress']>): void => {
        entry.job = { ...entry.job, progress: { ...entry.job.progress, ...progress } };
        changes.notify();
      };
      const run = async (): Promise<void> => {
        try {
          finish(entry, 'succeeded', { result: await work({ signal: abort.signal, report }) });
        } catch (thrown) {
          const error = toAppError(thrown);
          if (error.code === 'INTERNAL')
            log.error({ err: thrown, job: job.kind, subject }, 'a job failed by a fault of ours');
          finish(entry, error.code === 'CANCELLED' ? 'cancelled' : 'failed', { error: error.toWire() });
        }
      };
      // The work begins in the next turn, so that `entry` exists before it can report.
      const entry: Entry = { job, changes, abort, finished: Promise.resolve().then(run) };
      entries.set(job.jobId, entry);
      return job.jobId;
    },
    list: () => [...entries.values()].map((entry) => entry.job).reverse(),
    watch: (jobId, signal) => {
      const entry = find(jobId);
      return entry.changes.stream(() => entry.job, { minIntervalMs: 100, signal });
    },
    cancel: async (jobId) => {
      const entry = find(jobId);
      entry.abort.abort();
      await entry.finished;
      return entry.job;
    },
    isRunning: (kind, subject) =>
      [...entries.values()].some(({ job }) => job.state === 'running' && job.kind === kind && job.subject === subject),
    close: async () => {
      for (const entry of entries.values()) entry.abort.abort();
      await Promise.all([...entries.values()].map((entry) => entry.finished));
    },
  };
}
