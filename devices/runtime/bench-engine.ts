// One benchmark in the calling process: cold load, first run, then timed calls until time, count and steadiness suffice.
import { effectiveLatencyCount, type LatencyReport, reportLatencies } from '../../shared/domain/statistics-latency.ts';
import { findSteadyPart } from '../../shared/domain/statistics-steady.ts';
import { createNativeSession } from './native-session.ts';
import { loadOrt } from './ort-binding.ts';
import { firstSeededRun } from './seeded-run.ts';

export interface BenchEngineOptions {
  readonly onnxPath: string;
  readonly ortDir?: string | undefined;
  readonly threads: number;
  readonly batch: number;
  readonly seed: number;
  /** The run lasts at least this long … */
  readonly minDurationMs: number;
  /** … and goes on until it has a steady part worth so many independent calls, … */
  readonly minSamples: number;
  /** … but not beyond this (a single call may be longer). */
  readonly maxDurationMs: number;
}

export interface BenchEngineReport {
  /** Loading the runtime and the model in this process, up to the first call. */
  readonly coldLoadMs: number;
  readonly firstRunMs: number;
  readonly provider: string;
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly shape: readonly number[] }[];
  readonly threads: number;
  /** Peak of the whole process. */
  readonly peakRssBytes: number;
  /** Growth of that peak since before the model was loaded, the runtime being there. */
  readonly modelRssBytes: number;
  readonly latencies: LatencyReport;
  /** Milliseconds of every timed call, in order. */
  readonly samples: Float64Array;
}

export interface BenchProgress {
  readonly step: 'loading' | 'measuring' | 'extending' | 'evaluating';
  readonly elapsedMs: number;
  readonly count: number;
}

/** Time between two turns of the event loop, in which progress is reported and a request to stop is noticed. */
const SLICE_MS = 100;
const SPARE_SAMPLES = 1 << 20;

/**
 * Calls are timed with performance.now(): about 64 ns a reading against 79 ns for hrtime.bigint() on the machine where both were tried,
 * and no garbage. Blocks the thread for 100 ms (or one call) at a time.
 * @throws MODEL_LOAD_FAILED, MODEL_RUN_FAILED, MODEL_SHAPE_INVALID, MODEL_UNSUPPORTED_TYPE
 */
export async function runBenchmark(
  options: BenchEngineOptions,
  onProgress: (progress: BenchProgress) => void,
): Promise<BenchEngineReport> {
  onProgress({ step: 'loading', elapsedMs: 0, count: 0 });
  const runtimeStartMs = performance.now();
  loadOrt(options.ortDir);
  const runtimeMs = performance.now() - runtimeStartMs;
  // Written to before the baseline is taken, so that its pages do not count as the model's.
  let samples = new Float64Array(SPARE_SAMPLES).fill(1);
  const baselineRss = peakRss();
  const session = createNativeSession(options.onnxPath, { intraOpNumThreads: options.threads });
  const coldLoadMs = runtimeMs + session.loadMs;
  const { feeds, outputs, firstRunMs } = firstSeededRun(session, options);
  const call = session.prepare(feeds, outputs);

  let count = 0;
  let peakRssBytes = 0;
  const startMs = performance.now();
  let elapsedMs = 0;
  let extendedTo = options.minDurationMs;
  for (;;) {
    if (samples.length - count < SPARE_SAMPLES / 2) samples = grown(samples);
    count = timeSlice(call, samples, count);
    elapsedMs = performance.now() - startMs;
    onProgress({ step: extendedTo > options.minDurationMs ? 'extending' : 'measuring', elapsedMs, count });
    await nextTurn();
    if (elapsedMs >= options.maxDurationMs) break;
    if (elapsedMs < extendedTo || count < options.minSamples) continue;
    // Looking at the samples takes memory of its own, so the peak is read before.
    peakRssBytes = peakRssBytes || peakRss();
    if (isEnough(samples.subarray(0, count), options.minSamples)) break;
    extendedTo = elapsedMs + options.minDurationMs / 4;
  }

  peakRssBytes = peakRssBytes || peakRss();
  session.dispose();
  onProgress({ step: 'evaluating', elapsedMs, count });
  const taken = samples.slice(0, count);
  return {
    coldLoadMs,
    firstRunMs,
    provider: 'CPUExecutionProvider',
    inputs: session.inputs.map(({ name, type }) => ({ name, type, shape: feeds[name]?.shape ?? [] })),
    threads: options.threads,
    peakRssBytes,
    modelRssBytes: Math.max(0, peakRssBytes - baselineRss),
    latencies: reportLatencies(taken),
    samples: taken,
  };
}

function isEnough(samples: Float64Array, minSamples: number): boolean {
  const { isSteady, start } = findSteadyPart(samples);
  return isSteady && effectiveLatencyCount(samples.subarray(start)) >= minSamples;
}

/** Times calls until the slice is over or the memory is full; returns the new number of samples. */
function timeSlice(call: () => void, samples: Float64Array, from: number): number {
  const endMs = performance.now() + SLICE_MS;
  let at = from;
  let nowMs = 0;
  do {
    const startMs = performance.now();
    call();
    nowMs = performance.now();
    samples[at++] = nowMs - startMs;
  } while (nowMs < endMs && at < samples.length);
  return at;
}

function grown(samples: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(samples.length * 2);
  larger.set(samples);
  return larger;
}

function peakRss(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
