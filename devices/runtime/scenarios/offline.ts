// Everything is there at once and goes through in calls of the given batch: samples per second.
import { runClosedLoop } from './closed-loop.ts';
import type { ScenarioContext, ScenarioRun } from './scenario.ts';

export async function runOffline(context: ScenarioContext): Promise<ScenarioRun> {
  await runClosedLoop(context, context.call);
  return {
    itemsPerSample: context.batch,
    loop: 'closed',
    outcome: (samplesPerS) => ({ kind: 'offline', samplesPerS }),
  };
}
