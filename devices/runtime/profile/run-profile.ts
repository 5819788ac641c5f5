// Profiles a model in the calling process: ONNX Runtime's own trace of every node, and the graph that it made of the model.
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createNativeSession, loadOrt, type NativeSession, type NativeSessionOptions } from '../native-session.ts';
import type { ModelSpec, RawProfile, RunnerProgress } from '../runner/runner-protocol.ts';
import { firstSeededRun, type SeededRun } from '../seeded-run.ts';
import { createKernelTimes } from './kernel-times.ts';
import { type OptimizedNode, readOptimizedNodes } from './optimized-graph.ts';
import { withProfileFolder } from './profile-folder.ts';
import { readTrace } from './trace-file.ts';

export interface RunProfileOptions {
  /** The profiled calls take about this long, unless their trace becomes too large before. */
  readonly durationMs: number;
  readonly onProgress: (progress: RunnerProgress) => void;
  readonly ortDir?: string | undefined;
}

/** Largest trace: the runtime holds it in memory until the end, some hundred bytes for each node and call. */
const MAX_TRACE_BYTES = 16 * 1024 * 1024;
const SCOUT_CALLS = 2;
const MIN_CALLS = 5;
const WARMUP_SHARE = 0.1;
const REPORT_MS = 100;

/**
 * Loads the model twice: once to learn how much a call adds to the trace, once to measure. Blocks the thread for 100 ms (or one call)
 * at a time. Its files lie in a folder of its own, which is gone when it returns or throws.
 * @throws MODEL_LOAD_FAILED, MODEL_RUN_FAILED, MODEL_SHAPE_INVALID, MODEL_UNSUPPORTED_TYPE, MODEL_OUTPUT_NAN, PROVIDER_UNAVAILABLE,
 *   BENCH_OUT_OF_MEMORY
 */
export async function runProfile(spec: ModelSpec, options: RunProfileOptions): Promise<RawProfile> {
  options.onProgress({ step: 'loading', elapsedMs: 0, count: 0 });
  loadOrt(options.ortDir);
  return withProfileFolder(async (folder) => {
    const { run, traceBytesPerCall } = await scout(spec, folder);
    const { session, nodes } = await loadWithGraph(spec, folder);
    const mostCalls = Math.max(MIN_CALLS, Math.floor(MAX_TRACE_BYTES / Math.max(1, traceBytesPerCall)));
    const { warmupCalls, elapsedMs } = await measure(session, run, { ...options, mostCalls });
    const tracePath = session.endProfiling();
    session.dispose();
    const times = createKernelTimes();
    let count = 0;
    for await (const call of readTrace(tracePath)) {
      if (count >= warmupCalls) times.add(call);
      count += 1;
    }
    options.onProgress({ step: 'evaluating', elapsedMs, count });
    return times.finish(nodes);
  });
}

/** The first run, and what a call adds to the trace. */
async function scout(spec: ModelSpec, folder: string): Promise<{ run: SeededRun; traceBytesPerCall: number }> {
  const session = load(spec, { tracePrefix: join(folder, 'scout') });
  const run = await firstSeededRun(session, spec);
  const call = session.prepare(run.feeds, run.outputs);
  for (let i = 0; i < SCOUT_CALLS; i++) call();
  const tracePath = session.endProfiling();
  session.dispose();
  const { size } = await stat(tracePath);
  await rm(tracePath);
  return { run, traceBytesPerCall: size / (SCOUT_CALLS + 1) };
}

/**
 * A session and the graph that this very session runs: the names that the runtime makes up differ from one to the next. No nodes
 * where the graph cannot be saved, as with nodes that a provider compiled.
 */
async function loadWithGraph(
  spec: ModelSpec,
  folder: string,
): Promise<{ session: NativeSession; nodes: readonly OptimizedNode[] }> {
  const optimizedModelPath = join(folder, 'optimized.onnx');
  const tracePrefix = join(folder, 'trace');
  let session: NativeSession;
  try {
    session = load(spec, { tracePrefix, optimizedModelPath });
  } catch {
    // The model itself was loaded before without a fault; another one comes again, and is told then.
    return { session: load(spec, { tracePrefix }), nodes: [] };
  }
  const nodes = readOptimizedNodes(optimizedModelPath);
  await rm(optimizedModelPath);
  return { session, nodes };
}

interface Measured {
  readonly warmupCalls: number;
  readonly elapsedMs: number;
}

async function measure(
  session: NativeSession,
  { feeds, outputs }: SeededRun,
  { durationMs, mostCalls, onProgress }: RunProfileOptions & { mostCalls: number },
): Promise<Measured> {
  const call = session.prepare(feeds, outputs);
  call();
  let count = 1;
  let warmupCalls = 1;
  const startMs = performance.now();
  const endMs = startMs + durationMs;
  let nextReportMs = startMs;
  for (;;) {
    const nowMs = performance.now();
    const isWarm = nowMs - startMs >= durationMs * WARMUP_SHARE || count >= mostCalls * WARMUP_SHARE;
    if (!isWarm) warmupCalls = count + 1;
    else if (count - warmupCalls >= MIN_CALLS && (nowMs >= endMs || count >= mostCalls)) break;
    if (nowMs >= nextReportMs) {
      onProgress({ step: 'profiling', elapsedMs: nowMs - startMs, count });
      nextReportMs = nowMs + REPORT_MS;
      await nextTurn();
    }
    call();
    count += 1;
  }
  return { warmupCalls, elapsedMs: performance.now() - startMs };
}

function load(spec: ModelSpec, profiling: NonNullable<NativeSessionOptions['profiling']>): NativeSession {
  return createNativeSession(spec.onnxPath, {
    intraOpNumThreads: spec.threads,
    graphOptimizationLevel: spec.level,
    provider: spec.provider,
    profiling,
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
