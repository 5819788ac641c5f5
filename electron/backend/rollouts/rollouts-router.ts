// The `rollouts` calls of the contract.
import { implement } from '@orpc/server';
import { rolloutsContract } from '../../../shared/contract/rollouts.ts';
import type { RolloutService } from './rollout-service.ts';

const os = implement(rolloutsContract);

export function createRolloutsRouter(rollouts: RolloutService) {
  return os.router({
    plan: os.plan.handler(({ input, signal }) => rollouts.plan(input, signal)),
    start: os.start.handler(async ({ input }) => ({ rolloutId: await rollouts.start(input) })),
    list: os.list.handler(() => rollouts.list()),
    get: os.get.handler(({ input }) => rollouts.get(input.rolloutId)),
    watch: os.watch.handler(({ input, signal }) => rollouts.watch(input.rolloutId, signal)),
    abort: os.abort.handler(({ input }) => rollouts.abort(input.rolloutId)),
    rollback: os.rollback.handler(({ input, signal }) => rollouts.rollback(input.name, signal)),
  });
}
