// The `compare` calls of the contract.
import { implement } from '@orpc/server';
import { compareContract } from '../../../shared/contract/compare.ts';
import type { CompareService } from './compare-service.ts';

const os = implement(compareContract);

export function createCompareRouter(compare: CompareService) {
  return os.router({
    start: os.start.handler(({ input }) => ({ jobId: compare.start(input) })),
    gate: os.gate.handler(async ({ input }) => ({ jobId: await compare.gate(input) })),
    list: os.list.handler(() => compare.list()),
    get: os.get.handler(({ input }) => compare.get(input.id)),
    remove: os.remove.handler(({ input }) => compare.remove(input.id)),
  });
}
