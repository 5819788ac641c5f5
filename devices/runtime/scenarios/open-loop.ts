// Calls that come due by a schedule, whether the one before has ended or not: first come, first served, nothing dropped.
import { SLICE_MS } from '../bench/pace.ts';
import { sleepTowards, spinUntil } from '../bench/sleep.ts';
import type { RunnerStep } from '../runner/runner-protocol.ts';
import type { ScenarioContext } from './scenario.ts';

/** Housekeeping takes well under a millisecond; it is done in gaps of this length … */
const GAP_MS = 3;
/** … and when there are none, at the cost of the call that is due. */
const LONGEST_WITHOUT_MS = 250;
/** Between the start of a stretch and the first moment of its schedule. */
const LEAD_MS = 5;
/** A model this far behind its schedule does not catch up. */
const MAX_BACKLOG_MS = 10_000;
/** Calls may end so long after the end of their stretch. */
const OVERRUN_MS = 1000;

export interface Stretch {
  /** The next moment a call is due, in ms since the start of the stretch, ascending. */
  next(): number;
  /** Calls due before this moment are made, however late. */
  readonly untilMs: number;
  readonly step: RunnerStep;
  /** Recorded stretches fill the recorder; others are only watched. */
  readonly isRecorded: boolean;
  /** Told of each call, the latency counting from when it was due; true ends the stretch. */
  onCall(latencyMs: number, serviceMs: number): boolean;
}

export interface StretchEnd {
  /** Moment that the first call left out was due, when the backlog became too long or `onCall` ended it; else null. */
  readonly leftOffMs: number | null;
  /** From the first moment of the schedule to the end of the last call, or of the stretch. */
  readonly elapsedMs: number;
  /** The calls could not keep up: they ended long after the last one was due. */
  readonly isOverrun: boolean;
}

/** Latencies count from the moment a call was due (no coordinated omission). */
export async function runStretch(context: ScenarioContext, stretch: Stretch): Promise<StretchEnd> {
  const { recorder, pace, call } = context;
  const { slice } = recorder;
  let filled = 0;
  let count = 0;
  const originMs = performance.now() + LEAD_MS;

  async function keepHouse(gapMs: number): Promise<void> {
    if (stretch.isRecorded) {
      recorder.take(filled);
      filled = 0;
      if (gapMs > 2 * GAP_MS + 2 * recorder.calibrationMs) recorder.calibrate();
    }
    await pace.turn({ step: stretch.step, elapsedMs: recorder.elapsedMs, count });
  }

  let dueMs = stretch.next();
  let leftOffMs: number | null = null;
  while (dueMs < stretch.untilMs) {
    const dueAtMs = originMs + dueMs;
    let gapMs = dueAtMs - performance.now();
    if (-gapMs > MAX_BACKLOG_MS) {
      leftOffMs = dueMs;
      break;
    }
    while (gapMs > GAP_MS) {
      if (performance.now() - pace.lastMs >= SLICE_MS) await keepHouse(gapMs);
      else sleepTowards(dueAtMs, SLICE_MS);
      gapMs = dueAtMs - performance.now();
    }
    if (performance.now() - pace.lastMs >= LONGEST_WITHOUT_MS || filled === slice.length) await keepHouse(0);
    sleepTowards(dueAtMs, SLICE_MS);
    spinUntil(dueAtMs);
    const startMs = performance.now();
    if (call.binding === 'native') call.call();
    else await call.call();
    const endMs = performance.now();
    const latencyMs = endMs - dueAtMs;
    slice[filled++] = latencyMs;
    if (!stretch.isRecorded) filled = 0;
    count += 1;
    dueMs = stretch.next();
    if (stretch.onCall(latencyMs, endMs - startMs)) {
      leftOffMs = dueMs;
      break;
    }
  }
  await keepHouse(0);
  // The stretch lasts as long as it was meant to, also when the last call was due long before its end.
  const untilMs = leftOffMs === null ? originMs + stretch.untilMs : 0;
  while (performance.now() < untilMs) {
    sleepTowards(untilMs, SLICE_MS);
    await keepHouse(0);
  }
  const elapsedMs = performance.now() - originMs;
  return { leftOffMs, elapsedMs, isOverrun: leftOffMs !== null || elapsedMs - stretch.untilMs > OVERRUN_MS };
}
