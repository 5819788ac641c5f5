// The bounded line of inference requests that wait for the worker, and the deadline of those that wait for a new one.
import type { InferAnswer, InferBody } from './frames.ts';
import { OipError } from './oip-model.ts';
import type { InferJob } from './worker-process.ts';

export interface QueueLimits {
  readonly maxRequests: number;
  /** How long a request waits while there is no worker. */
  readonly maxWaitMs: number;
}

/** One request from its arrival to its answer, over as many workers as it takes. */
export interface WaitingJob extends InferJob {
  /** Model and version that the request names; version null: whichever is served. */
  readonly model: string;
  readonly version: string | null;
  /** Workers that ended while they were at work on this very request. */
  workersLost: number;
  /** Since when it waits, on the monotonic clock. */
  waitingSinceMs: number;
  isAbandoned: boolean;
  fail(error: OipError): void;
}

export interface NewJob {
  readonly model: string;
  readonly version: string | null;
  readonly request: InferBody;
  readonly onAnswer: (answer: InferAnswer) => void;
  readonly onError: (error: OipError) => void;
}

export interface RequestQueue {
  readonly length: number;
  /** @throws OipError 429 (busy) or 503 (no worker) when the line is full. */
  add(job: WaitingJob, hasWorker: boolean): void;
  /** Puts requests that a lost worker was given back at the front, in their order. */
  putBack(jobs: readonly WaitingJob[]): void;
  /** Lets every request wait anew from now on: the worker was just lost. */
  restamp(nowMs: number): void;
  /** Next request that someone still waits for. */
  next(): WaitingJob | undefined;
  /** Fails those that have waited too long for a worker. */
  expire(nowMs: number): void;
  failAll(error: OipError): void;
}

export function createRequestQueue(limits: QueueLimits): RequestQueue {
  let jobs: WaitingJob[] = [];
  return {
    get length() {
      return jobs.length;
    },
    add(job, hasWorker) {
      if (jobs.length >= limits.maxRequests) {
        if (hasWorker)
          throw new OipError(429, 'The device is busy: too many requests are waiting; send fewer at a time.');
        throw new OipError(
          503,
          'The inference worker is being restarted and too many requests wait already; try again shortly.',
        );
      }
      jobs.push(job);
    },
    putBack(returned) {
      jobs.unshift(...returned);
    },
    restamp(nowMs) {
      for (const job of jobs) job.waitingSinceMs = nowMs;
    },
    next() {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) if (!job.isAbandoned) return job;
      return undefined;
    },
    expire(nowMs) {
      const isLate = (job: WaitingJob): boolean => nowMs - job.waitingSinceMs >= limits.maxWaitMs;
      const late = jobs.filter(isLate);
      if (late.length === 0) return;
      jobs = jobs.filter((job) => !isLate(job));
      for (const job of late)
        job.fail(new OipError(503, 'The inference worker did not come back in time; try again shortly.'));
    },
    failAll(error) {
      const failed = jobs;
      jobs = [];
      for (const job of failed) job.fail(error);
    },
  };
}
