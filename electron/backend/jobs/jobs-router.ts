// The `jobs` calls of the contract.
import { implement } from '@orpc/server';
import { jobsContract } from '../../../shared/contract/jobs.ts';
import type { JobService } from './job-service.ts';

const os = implement(jobsContract);

export function createJobsRouter(jobs: JobService) {
  return os.router({
    list: os.list.handler(() => jobs.list()),
    watch: os.watch.handler(({ input, signal }) => jobs.watch(input.jobId, signal)),
    cancel: os.cancel.handler(({ input }) => jobs.cancel(input.jobId)),
  });
}
