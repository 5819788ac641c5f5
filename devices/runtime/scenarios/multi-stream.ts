// Queries of N samples, one query after the other: the latency of a query, be it one call or several.
import { repeated } from '../bench/time-calls.ts';
import { runClosedLoop } from './closed-loop.ts';
import type { ScenarioContext, ScenarioRun } from './scenario.ts';

/** The model was opened at a batch of N where it takes that; else a query is as many calls as make up N samples. */
export async function runMultiStream(context: ScenarioContext, samplesPerQuery: number): Promise<ScenarioRun> {
  const callsPerQuery = Math.ceil(samplesPerQuery / context.batch);
  await runClosedLoop(context, repeated(context.call, callsPerQuery));
  return {
    itemsPerSample: callsPerQuery * context.batch,
    loop: 'closed',
    outcome: () => ({ kind: 'multi-stream', callsPerQuery }),
  };
}
