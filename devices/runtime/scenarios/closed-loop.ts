// One call after the other, as fast as they go, until the stop rule has enough.

import { SLICE_MS } from '../bench/pace.ts';
import { timeCalls } from '../bench/time-calls.ts';
import type { ModelCall } from '../model-session.ts';
import type { ScenarioContext } from './scenario.ts';

/** Blocks the thread for 100 ms (or one call) at a time. */
export async function runClosedLoop(context: ScenarioContext, call: ModelCall): Promise<void> {
  const { recorder, pace } = context;
  const rule = context.newStopRule();
  recorder.begin();
  for (;;) {
    const endMs = performance.now() + Math.min(SLICE_MS, Math.max(1, rule.nextLookMs - recorder.elapsedMs));
    recorder.take(await timeCalls(call, recorder.slice, endMs));
    recorder.calibrate();
    const { elapsedMs } = recorder;
    await pace.turn({ step: rule.step, elapsedMs, count: recorder.store.total });
    if (rule.isDone(elapsedMs, recorder.store.kept())) break;
  }
  recorder.finish();
}
