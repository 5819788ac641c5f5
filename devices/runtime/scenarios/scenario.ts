// What every scenario is given and gives back.
import type { ScenarioOutcome } from '../../../shared/contract/bench-result.ts';
import type { Pace } from '../bench/pace.ts';
import type { Recorder } from '../bench/recorder.ts';
import type { RunPlan, StopRule } from '../bench/stop-rule.ts';
import type { ModelCall } from '../model-session.ts';

export interface ScenarioContext {
  readonly call: ModelCall;
  /** Items in one call. */
  readonly batch: number;
  readonly seed: number;
  readonly plan: RunPlan;
  readonly recorder: Recorder;
  readonly pace: Pace;
  /** A rule of its own for each recorded run; `leastSamples`: so many in all, beside the effective ones of the plan. */
  newStopRule(leastSamples?: number): StopRule;
}

/** The samples are in the recorder, finished. */
export interface ScenarioRun {
  /** Items that one sample stands for. */
  readonly itemsPerSample: number;
  /** `closed`: the next call began when the last one ended; `open`: calls began when the schedule said so. */
  readonly loop: 'closed' | 'open';
  outcome(throughputPerS: number): ScenarioOutcome;
}
