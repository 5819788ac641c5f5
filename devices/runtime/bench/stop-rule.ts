// When a run is long enough: time, then steadiness and enough independent samples, but not for ever.
import { effectiveLatencyCount } from '../../../shared/domain/statistics-latency.ts';
import { findSteadyPart } from '../../../shared/domain/statistics-steady.ts';
import type { RunnerStep } from '../runner/runner-protocol.ts';

export interface RunPlan {
  readonly minDurationMs: number;
  /** Effective samples to reach in the steady part … */
  readonly minSamples: number;
  /** … but not beyond this (a single call may be longer). */
  readonly maxDurationMs: number;
  /** Ends at `minDurationMs` whatever the samples say. */
  readonly isSustained: boolean;
}

export interface StopRule {
  readonly step: Extract<RunnerStep, 'measuring' | 'extending'>;
  /** The run need not be asked before it has lasted so long. */
  readonly nextLookMs: number;
  /** Looks at the samples, which takes about a second for a million of them. */
  isDone(elapsedMs: number, samples: Float64Array): boolean;
}

/**
 * `leastSamples`: so many in all, beside the effective ones of the plan. `onLook` is called before the first look, which takes memory
 * of its own.
 */
export function createStopRule(plan: RunPlan, leastSamples: number, onLook: () => void): StopRule {
  let nextLookMs = plan.minDurationMs;
  return {
    get step() {
      return nextLookMs > plan.minDurationMs ? 'extending' : 'measuring';
    },
    get nextLookMs() {
      return nextLookMs;
    },
    isDone: (elapsedMs, samples) => {
      if (elapsedMs < nextLookMs) return false;
      if (plan.isSustained || elapsedMs >= plan.maxDurationMs) return true;
      if (samples.length >= Math.max(plan.minSamples, leastSamples)) {
        onLook();
        const { isSteady, start } = findSteadyPart(samples);
        if (isSteady && effectiveLatencyCount(samples.subarray(start)) >= plan.minSamples) return true;
      }
      nextLookMs = Math.min(plan.maxDurationMs, elapsedMs + plan.minDurationMs / 4);
      return false;
    },
  };
}
