// K cameras at N frames a second by the clock: how late the answers are, and how often and in what bursts they miss the deadline.

import { createMissCounter } from './miss-counter.ts';
import { runStretch } from './open-loop.ts';
import type { ScenarioContext, ScenarioRun } from './scenario.ts';

export interface CameraOptions {
  readonly cameras: number;
  readonly framesPerS: number;
  /** Default: the time between two frames of one camera. */
  readonly deadlineMs: number | null;
}

/**
 * With phases spread evenly, K cameras at N frames a second are one schedule of K * N evenly spaced frames. Frames that are overdue are
 * processed in order; when the backlog passes 10 s the run ends, and the frames that were due by then count as missed.
 */
export async function runCamera(context: ScenarioContext, options: CameraOptions): Promise<ScenarioRun> {
  const { recorder } = context;
  const periodMs = 1000 / (options.cameras * options.framesPerS);
  const deadlineMs = options.deadlineMs ?? 1000 / options.framesPerS;
  const misses = createMissCounter();
  const rule = context.newStopRule();
  let busyMs = 0;
  let runMs = 0;
  let isOverrun = false;
  recorder.begin();
  do {
    let frame = -1;
    const end = await runStretch(context, {
      next: () => {
        frame += 1;
        return frame * periodMs;
      },
      untilMs: Math.max(periodMs, rule.nextLookMs - recorder.elapsedMs),
      step: rule.step,
      isRecorded: true,
      onCall: (latencyMs, serviceMs) => {
        busyMs += serviceMs;
        misses.add(latencyMs > deadlineMs);
        return false;
      },
    });
    runMs += end.elapsedMs;
    isOverrun = end.isOverrun;
    if (end.leftOffMs !== null) {
      for (let dueMs = end.leftOffMs; dueMs + deadlineMs < end.elapsedMs; dueMs += periodMs) misses.add(true);
    }
  } while (!isOverrun && !rule.isDone(recorder.elapsedMs, recorder.store.kept()));
  recorder.finish();
  return {
    itemsPerSample: context.batch,
    loop: 'open',
    outcome: () => ({
      kind: 'camera',
      deadlineMs,
      frames: misses.total,
      misses: misses.misses,
      missShare: misses.total > 0 ? misses.misses / misses.total : 0,
      longestBurst: misses.longestBurst,
      missAfterMiss: misses.missAfterMiss,
      utilization: runMs > 0 ? Math.min(1, busyMs / runMs) : 0,
    }),
  };
}
