// Poisson arrivals at one model that answers one after the other: at a given rate, or at the highest rate that meets a latency limit.
import type { ScenarioOutcome } from '../../../shared/contract/bench-result.ts';
import { predictPeakRate } from '../../../shared/domain/queue.ts';
import { seededRandom } from '../../../shared/domain/random.ts';
import { quantileOfSorted, sorted } from '../../../shared/domain/statistics-order.ts';
import { SLICE_MS } from '../bench/pace.ts';
import { timeCalls } from '../bench/time-calls.ts';
import { runStretch } from './open-loop.ts';
import { samplesFor } from './percentile-samples.ts';
import { searchRate } from './rate-search.ts';
import type { ScenarioContext, ScenarioRun } from './scenario.ts';

export interface ServerOptions {
  readonly limitMs: number;
  readonly percentile: number;
  /** Null: it is searched for. */
  readonly ratePerS: number | null;
}

type ServerOutcome = Extract<ScenarioOutcome, { kind: 'server' }>;
type Probe = ServerOutcome['probes'][number];

/** The service times that the prediction rests on take this share of the least duration. */
const SERVICE_SHARE = 0.1;
const MIN_SERVICE_CALLS = 50;
const PROBE_SHARE = 0.1;
const PRECISION = 1.02;
const MAX_TRIALS = 12;
/** A recorded run whose rate turns out too high is repeated below it, by longer and longer steps. */
const STEPS_DOWN = [0.97, 0.93, 0.85, 0.7];
/** Where the prediction finds no rate at all, the first trial is at this share of what the model can do. */
const LOW_LOAD = 0.1;

/** Without a rate: measures calls, predicts, probes with real arrivals, and confirms what it found by a run of full length. */
export async function runServer(context: ScenarioContext, options: ServerOptions): Promise<ScenarioRun> {
  context.recorder.begin();
  const probes: Probe[] = [];
  const found: Candidate =
    options.ratePerS === null
      ? await findRate(context, options, probes)
      : { ratePerS: options.ratePerS, isPassed: false };
  // A given rate is measured as it is, and so is one that has failed already: what is measured is by how much.
  const steps = found.isPassed ? STEPS_DOWN : [];
  let rate = found.ratePerS;
  let final = await runRecorded(context, options, rate, steps.length > 0);
  probes.push(final);
  for (const [i, step] of steps.entries()) {
    if (final.isMet) break;
    rate *= step;
    final = await runRecorded(context, options, rate, i < steps.length - 1);
    probes.push(final);
  }
  const { isMet } = final;
  return {
    itemsPerSample: context.batch,
    loop: 'open',
    outcome: () => ({ kind: 'server', ratePerS: isMet ? rate : null, isMet, probes }),
  };
}

interface Candidate {
  readonly ratePerS: number;
  /** A probe at this rate met the limit. */
  readonly isPassed: boolean;
}

/** The highest rate that a probe passed, else the lowest that was tried. */
async function findRate(context: ScenarioContext, options: ServerOptions, probes: Probe[]): Promise<Candidate> {
  const { plan, recorder } = context;
  const serviceMs = await measureService(context);
  const ceiling = (1000 * serviceMs.length) / serviceMs.reduce((sum, value) => sum + value, 0);
  const predicted = predictPeakRate({ ...options, serviceMs, seed: context.seed });
  let tried = predicted ?? ceiling * LOW_LOAD;
  const passed = await searchRate({
    start: tried,
    ceiling,
    precision: PRECISION,
    maxTrials: predicted === null ? 1 : MAX_TRIALS,
    hasTimeLeft: () => recorder.elapsedMs < plan.maxDurationMs,
    passes: async (ratePerS) => {
      tried = ratePerS;
      const probe = await runProbe(context, options, ratePerS);
      probes.push(probe);
      return probe.isMet;
    },
  });
  return { ratePerS: passed ?? tried, isPassed: passed !== null };
}

/** Milliseconds of calls back to back. */
async function measureService({ call, plan, pace, recorder }: ScenarioContext): Promise<Float64Array> {
  const untilMs = plan.minDurationMs * SERVICE_SHARE;
  const parts: number[] = [];
  const startMs = performance.now();
  for (;;) {
    const count = await timeCalls(call, recorder.slice, performance.now() + Math.min(SLICE_MS, untilMs));
    parts.push(...recorder.slice.subarray(0, Math.min(count, 10_000)));
    const elapsedMs = performance.now() - startMs;
    await pace.turn({ step: 'searching', elapsedMs: recorder.elapsedMs, count: parts.length });
    const isLong = elapsedMs >= untilMs && parts.length >= MIN_SERVICE_CALLS;
    if (isLong || elapsedMs >= plan.minDurationMs) return Float64Array.from(parts);
  }
}

/** As many calls as the percentile needs, and for a tenth of a run, but not longer than the whole may take. */
async function runProbe(context: ScenarioContext, options: ServerOptions, ratePerS: number): Promise<Probe> {
  const { plan } = context;
  const needed = Math.max(samplesFor(options.percentile), (ratePerS * plan.minDurationMs * PROBE_SHARE) / 1000);
  const lates = createLateCounter(options, needed);
  const latencies: number[] = [];
  await runStretch(context, {
    next: poissonSchedule(ratePerS, context.seed)(),
    untilMs: plan.maxDurationMs,
    step: 'searching',
    isRecorded: false,
    onCall: (latencyMs) => {
      latencies.push(latencyMs);
      return lates.isHopelessAfter(latencyMs) || latencies.length >= needed;
    },
  });
  return judge(options, ratePerS, Float64Array.from(latencies), lates.isHopeless);
}

/** A run of full length, in the recorder. One that is hopeless is broken off where it may be. */
async function runRecorded(
  context: ScenarioContext,
  options: ServerOptions,
  ratePerS: number,
  mayBreakOff: boolean,
): Promise<Probe> {
  const { recorder, plan } = context;
  const needed = samplesFor(options.percentile);
  const lates = createLateCounter(options, Math.max(needed, (ratePerS * plan.minDurationMs) / 1000));
  const rule = context.newStopRule(needed);
  const newStretch = poissonSchedule(ratePerS, context.seed);
  let isOver = false;
  recorder.begin();
  do {
    const end = await runStretch(context, {
      next: newStretch(),
      untilMs: Math.max(1, rule.nextLookMs - recorder.elapsedMs),
      step: rule.step,
      isRecorded: true,
      onCall: (latencyMs) => lates.isHopelessAfter(latencyMs) && mayBreakOff,
    });
    isOver = end.isOverrun;
  } while (!isOver && !rule.isDone(recorder.elapsedMs, recorder.store.kept()));
  recorder.finish();
  const { isMet, ...probe } = judge(options, ratePerS, recorder.store.kept(), false);
  return { ...probe, count: recorder.store.total, isMet: isMet && !isOver };
}

function judge(options: ServerOptions, ratePerS: number, latencies: Float64Array, isHopeless: boolean): Probe {
  const isEnough = latencies.length >= samplesFor(options.percentile);
  const percentileMs = isEnough ? quantileOfSorted(sorted(latencies), options.percentile / 100) : null;
  const isMet = !isHopeless && percentileMs !== null && percentileMs <= options.limitMs;
  return { ratePerS, count: latencies.length, percentileMs, isMet };
}

/** Hopeless: so many calls were late that `planned` ones cannot meet the percentile any more. */
function createLateCounter(options: ServerOptions, planned: number) {
  const allowed = planned * (1 - options.percentile / 100);
  let late = 0;
  return {
    isHopelessAfter: (latencyMs: number): boolean => {
      if (latencyMs > options.limitMs) late += 1;
      return late > allowed;
    },
    get isHopeless() {
      return late > allowed;
    },
  };
}

/**
 * Schedules of one Poisson process, one for each stretch. The same seed gives the same arrivals, stretched by the rate, so that
 * trials of different rates differ by the rate alone.
 */
function poissonSchedule(ratePerS: number, seed: number): () => () => number {
  const random = seededRandom(seed);
  const meanMs = 1000 / ratePerS;
  return () => {
    let timeMs = 0;
    return () => {
      timeMs -= meanMs * Math.log(1 - random());
      return timeMs;
    };
  };
}
