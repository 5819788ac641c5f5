// One call after the other: the latency of a model that nobody waits in line for.
import { runClosedLoop } from './closed-loop.ts';
import type { ScenarioContext, ScenarioRun } from './scenario.ts';

export async function runSingleStream(context: ScenarioContext): Promise<ScenarioRun> {
  await runClosedLoop(context, context.call);
  return { itemsPerSample: context.batch, loop: 'closed', outcome: () => ({ kind: 'single-stream' }) };
}
