// The `bench` calls of the contract.
import { implement } from '@orpc/server';
import { benchContract } from '../../../shared/contract/bench.ts';
import type { BenchService } from './bench-service.ts';

const os = implement(benchContract);

export function createBenchRouter(bench: BenchService) {
  return os.router({
    start: os.start.handler(async ({ input }) => ({ jobId: await bench.start(input) })),
    list: os.list.handler(({ input }) => bench.list(input.modelRef)),
    get: os.get.handler(({ input }) => bench.get(input.id)),
    remove: os.remove.handler(({ input }) => bench.remove(input.id)),
  });
}
