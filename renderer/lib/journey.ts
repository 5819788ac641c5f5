// How far the main job has come, step by step.
import type { Journey } from '../../shared/contract/system.ts';

export const JOURNEY_STEPS = ['model', 'benchmark', 'bundle', 'device', 'rollout', 'watch'] as const;
export type JourneyStep = (typeof JOURNEY_STEPS)[number];

/** Which steps are done. Watching is done once there is something to watch: a device with a rollout behind it. */
export function doneSteps(journey: Journey): ReadonlySet<JourneyStep> {
  const done: Record<JourneyStep, boolean> = {
    model: journey.models > 0,
    benchmark: journey.benchmarks > 0,
    bundle: journey.bundles > 0,
    device: journey.devicesReady > 0,
    rollout: journey.rollouts > 0,
    watch: journey.rollouts > 0 && journey.devicesReady > 0,
  };
  return new Set(JOURNEY_STEPS.filter((step) => done[step]));
}

/** Past the first run: something has been rolled out. */
export function isJourneyDone(journey: Journey): boolean {
  return journey.rollouts > 0;
}
