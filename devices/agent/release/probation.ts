// Watches a candidate that has just become the route until it has shown enough healthy time, or a reason to go back.
import type { Release } from '../../../shared/domain/release.ts';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import type { InferenceHost, ModelWorker } from '../inference/inference-host.ts';
import type { Clock } from './clock.ts';
import { judgeOutputs } from './gate.ts';
import type { EmitTransactionEvent } from './operation.ts';

const LONGEST_TICK_MS = 1_000;
const SHORTEST_TICK_MS = 10;
/** Good time is written down this often, so that a restart of the agent does not begin it anew. */
const RECORD_EVERY_MS = 5_000;
/** Requests from which on the share of errors is judged before the end. */
const ENOUGH_REQUESTS = 20;
/** A worker may take this long, or three times its first load, to be back. */
const LONGEST_ABSENCE_MS = 5_000;
/** How much longer than its good time a probation may take in all. */
const HOLD_FACTOR = 5;
const HOLD_EXTRA_MS = 60_000;

export interface ProbationInput {
  readonly release: Release;
  /** The worker that has just been made the route. */
  readonly worker: ModelWorker;
  /** Starts of the worker that are left. */
  readonly triesLeft: number;
  readonly goodMs: number;
  readonly inference: InferenceHost;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: EmitTransactionEvent;
  /** Puts the figures on stable storage. */
  record(triesLeft: number, goodMs: number): Promise<unknown>;
}

/**
 * Resolves when the release has earned its commit: enough accumulated time with a living worker, few enough failed requests,
 * and the golden cases right once more at the end. Without any request the golden cases are the evidence: no data is not success.
 * @throws PROBATION_FAILED, GOLDEN_MISMATCH, CANCELLED, DEVICE_DISK_FULL
 */
export async function runProbation(input: ProbationInput): Promise<void> {
  const { release, inference, clock, signal, emit } = input;
  const requiredMs = release.probation.durationMs;
  const tickMs = Math.min(LONGEST_TICK_MS, Math.max(SHORTEST_TICK_MS, requiredMs / 20));
  const longestAbsenceMs = Math.max(LONGEST_ABSENCE_MS, 3 * input.worker.loadMs);
  const deaths = countDeaths(inference);
  const deadlineMs = clock.monotonicMs() + requiredMs * HOLD_FACTOR + HOLD_EXTRA_MS;
  let { triesLeft, goodMs } = input;
  let usedTries = 0;
  let recordedMs = goodMs;
  let seenMs = clock.monotonicMs();
  let healthyAtMs = seenMs;
  deaths.look();

  while (goodMs < requiredMs) {
    await clock.sleep(Math.min(tickMs, requiredMs - goodMs), signal);
    if (signal.aborted) throw cancelled('The rollout on this device');
    const nowMs = clock.monotonicMs();
    const died = deaths.look() - usedTries;
    usedTries += died;
    triesLeft -= died;
    if (triesLeft < 0) throw failed(release, 'its worker died too often', { tries: release.probation.tries });
    if (inference.current() !== null && died === 0) {
      goodMs += nowMs - seenMs;
      healthyAtMs = nowMs;
    } else if (nowMs - healthyAtMs > longestAbsenceMs) {
      throw failed(release, 'its worker did not come back', { absentMs: Math.round(nowMs - healthyAtMs) });
    }
    seenMs = nowMs;
    const { requestsTotal, errorsTotal } = inference.stats();
    emit({
      type: 'probation',
      goodMs: Math.min(goodMs, requiredMs),
      requiredMs,
      requests: requestsTotal,
      errors: errorsTotal,
    });
    if (requestsTotal >= ENOUGH_REQUESTS) judgeErrors(release, inference);
    if (nowMs > deadlineMs) throw failed(release, 'it was not healthy for long enough', { goodMs, requiredMs });
    if (died > 0 || goodMs - recordedMs >= RECORD_EVERY_MS) {
      recordedMs = goodMs;
      await input.record(triesLeft, goodMs);
    }
  }
  judgeErrors(release, inference);
  await checkGoldenAgain(release, inference);
}

function judgeErrors(release: Release, inference: InferenceHost): void {
  const { requestsTotal, errorsTotal } = inference.stats();
  if (requestsTotal === 0 || errorsTotal / requestsTotal <= release.probation.maxErrorRatio) return;
  throw failed(release, `${errorsTotal} of ${requestsTotal} requests failed`, {
    requests: requestsTotal,
    errors: errorsTotal,
    maxErrorRatio: release.probation.maxErrorRatio,
  });
}

async function checkGoldenAgain(release: Release, inference: InferenceHost): Promise<void> {
  const worker = inference.current();
  if (worker === null) throw failed(release, 'its worker was gone at the end', {});
  try {
    judgeOutputs(release, await worker.runGolden());
  } catch (error) {
    if (error instanceof AppError && error.code === 'GOLDEN_MISMATCH') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw failed(release, `its golden cases could not be run again (${reason})`, {});
  }
}

/** Counts the deaths of routed workers; `look` takes note of a worker that came since and gives the count so far. */
function countDeaths(inference: InferenceHost): { look(): number } {
  const known = new WeakSet<ModelWorker>();
  let deaths = 0;
  return {
    look: () => {
      const worker = inference.current();
      if (worker !== null && !known.has(worker)) {
        known.add(worker);
        void worker.exited.then(() => {
          deaths += 1;
        });
      }
      return Math.max(deaths, inference.restarts());
    },
  };
}

function failed(release: Release, reason: string, details: Record<string, unknown>): AppError {
  return new AppError(
    'PROBATION_FAILED',
    `${release.name} ${release.version} did not pass its probation on this device: ${reason}. The device went back to the release before it.`,
    { details },
  );
}
