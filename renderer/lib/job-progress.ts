// How long a job still takes, from how far it has come.
import type { Job } from '../../shared/contract/jobs.ts';

const LEAST_SHARE = 0.02;

/** Milliseconds; null while that cannot be said. */
export function timeLeftMs(job: Pick<Job, 'progress' | 'startedAtMs'>, nowMs = Date.now()): number | null {
  const { done, total, unit } = job.progress;
  if (total === null || total <= 0) return null;
  if (unit === 'ms') return Math.max(0, total - done);
  const share = done / total;
  return share < LEAST_SHARE ? null : Math.max(0, ((nowMs - job.startedAtMs) * (1 - share)) / share);
}
