// The `bench` calls of the contract.
import { implement } from '@orpc/server';
import { benchContract } from '../../../shared/contract/bench.ts';
import type { BenchService } from './bench-service.ts';

const os = implement(benchContract);

export function createBenchRouter(bench: BenchService) {
  return os.router({
    start: os.start.handler(({ input }) => bench.start(input)),
    resume: os.resume.handler(({ input }) => bench.resume(input.runId)),
    runs: os.runs.handler(() => bench.runs()),
    run: os.run.handler(({ input }) => bench.run(input.id)),
    removeRun: os.removeRun.handler(({ input }) => bench.removeRun(input.id)),
    list: os.list.handler(({ input }) => bench.list(input.modelRef)),
    get: os.get.handler(({ input }) => bench.get(input.id)),
    remove: os.remove.handler(({ input }) => bench.remove(input.id)),
    export: os.export.handler(({ input }) => bench.export(input.id, input.format, input.path)),
    capacity: os.capacity.handler(({ input }) => bench.capacity(input)),
  });
}
