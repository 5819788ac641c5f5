// Which job works on which run: told when it starts; after a reload the only running benchmark is taken.
import type { Job } from '../../../shared/contract/jobs.ts';

const jobOfRun = new Map<string, string>();

export function rememberJob(runId: string, jobId: string): void {
  jobOfRun.set(runId, jobId);
}

/** @param jobs those of this session, newest first */
export function jobFor(runId: string, jobs: readonly Job[]): string | null {
  const known = jobOfRun.get(runId);
  if (known !== undefined) return known;
  const running = jobs.filter((job) => job.kind === 'bench' && job.state === 'running');
  return running.find((job) => job.result === runId)?.jobId ?? running[0]?.jobId ?? null;
}
