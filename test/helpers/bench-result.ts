// Complete, valid benchmark results and runs made by hand, for tests of what is done with them.
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportSource } from '../../electron/backend/bench/files/export-source.ts';
import type { BenchRow, BenchRun } from '../../shared/contract/bench.ts';
import type { BenchOptions } from '../../shared/contract/bench-options.ts';
import { type BenchResult, benchResultSchema } from '../../shared/contract/bench-result.ts';

const STARTED_AT_MS = Date.UTC(2026, 10, 21, 9, 8, 28);

export const BENCH_OPTIONS: BenchOptions = {
  threads: 1,
  batch: 1,
  provider: 'cpu',
  level: 'all',
  scenario: { kind: 'single-stream' },
  durationS: 10,
  isSustained: false,
  dimensions: {},
  isDynamic: false,
  priority: 'normal',
};

/** A steady result of 4,000 calls around 2.5 ms over ten seconds; `changes` replaces whole fields. */
export function makeBenchResult(changes: Partial<BenchResult> = {}): BenchResult {
  const seconds = Array.from({ length: 10 }, (_, index) => ({
    timeMs: index * 1000,
    count: 400,
    p50Ms: 2.5 + 0.01 * (index % 3),
    p95Ms: 2.9 + 0.02 * (index % 4),
    maxMs: 3.4 + 0.3 * (index % 2),
    clockMHz: null,
    temperatureC: null,
    powerW: null,
    calibrationMs: 1.02,
    pressure: 0.01,
    steal: 0,
  }));
  const stated = (percentile: number, valueMs: number, spread: number) => ({
    percentile,
    valueMs,
    lowMs: valueMs - spread,
    highMs: valueMs + spread,
    signOffMs: valueMs + 1.2 * spread,
    samplesMissing: 0,
  });
  return benchResultSchema.parse({
    id: randomUUID(),
    runId: randomUUID(),
    model: { name: 'digits', version: '1', digest: `sha256:${'ab'.repeat(32)}` },
    machine: { kind: 'local', name: 'workbench' },
    startedAtMs: STARTED_AT_MS,
    finishedAtMs: STARTED_AT_MS + 11_200,
    options: BENCH_OPTIONS,
    verdict: {
      verdict: 'trust',
      reasons: [{ code: 'noise-floor', weight: 'note', text: 'The noise floor is 1.8 %.', values: { floor: 0.018 } }],
    },
    placement: [{ provider: 'CPUExecutionProvider', nodes: ['conv_1', 'relu_1', 'gemm_1'] }],
    binding: 'native',
    coldLoadMs: 41.3,
    firstRunMs: 6.2,
    warmup: { isSteady: true, discarded: 120, discardedMs: 310, reason: 'Steady after 120 calls (0.3 s).' },
    samples: { count: 3880, effectiveCount: 2105.4, total: 4000, keptEvery: 1 },
    latencyMs: {
      min: 2.31,
      mean: 2.54,
      max: 3.7,
      percentiles: [
        stated(50, 2.51, 0.008),
        stated(90, 2.79, 0.02),
        stated(95, 2.93, 0.03),
        stated(99, 3.21, 0.06),
        { percentile: 99.9, valueMs: null, lowMs: null, highMs: null, signOffMs: null, samplesMissing: 8200 },
      ],
    },
    outliers: {
      mildLow: 0,
      mildHigh: 31,
      severeLow: 0,
      severeHigh: 4,
      varianceShare: 0.06,
      effect: 'slight',
      explained: 20,
    },
    drift: {
      percentPerMinute: 0.4,
      totalPercent: 0.07,
      pValue: 0.61,
      isDrifting: false,
      isThrottling: false,
      timeToThrottleMs: null,
      evidence: 'calibration',
      calibrationPercent: 0.2,
    },
    noise: {
      floor: 0.018,
      busyBefore: 0.03,
      pressure: 0.012,
      steal: 0,
      load1: 0.8,
      involuntarySwitches: 14,
      garbageCollections: 3,
      servedRequests: null,
    },
    outcome: { kind: 'single-stream' },
    throughputPerS: 393.7,
    peakRssBytes: 118_000_000,
    modelRssBytes: 31_000_000,
    series: Array.from({ length: 100 }, (_, index) => ({
      timeMs: index * 100,
      latencyMs: index === 0 ? 3.1 : 2.5 + 0.02 * Math.sin(index),
    })),
    histogram: Array.from({ length: 50 }, (_, index) => ({
      fromMs: 2.3 + index * 0.02,
      toMs: 2.32 + index * 0.02,
      count: Math.round(400 * Math.exp(-(((index - 12) / 7) ** 2))),
    })),
    seconds,
    inputs: [{ name: 'image', type: 'float32', shape: [1, 1, 28, 28] }],
    inputDigest: 'cd'.repeat(32),
    seed: 1,
    fingerprint: {
      cpuModel: 'Example CPU @ 2.40GHz',
      cpuFlags: ['avx2', 'avx512_vnni'],
      cores: 4,
      caches: ['L1d 32K', 'L2 1024K', 'L3 32768K'],
      memoryBytes: 16_000_000_000,
      os: 'Debian GNU/Linux 12 (bookworm)',
      kernel: '6.1.0-18-amd64',
      libc: 'glibc 2.36',
      architecture: 'x64',
      virtualization: null,
      governor: 'performance',
      turbo: true,
      smt: true,
      powerMode: null,
      onBattery: false,
      firmware: '1.12',
      gpu: null,
      nodeVersion: '24.21.0',
      onnxruntimeVersion: '1.30.0',
      providers: ['cpu', 'webgpu'],
    },
    ...changes,
  });
}

/** A finished run of these results, and rows that failed after them. */
export function makeBenchRun(
  results: readonly BenchResult[],
  failed: readonly Pick<BenchRow, 'options' | 'error'>[] = [],
): BenchRun {
  const id = results[0]?.runId ?? randomUUID();
  const done = results.map((result, index): BenchRow => {
    const value = (percentile: number) => result.latencyMs.percentiles.find((each) => each.percentile === percentile);
    return {
      index,
      model: { name: result.model.name, version: result.model.version },
      machine: result.machine,
      options: result.options,
      state: 'done',
      resultId: result.id,
      error: null,
      summary: {
        p50Ms: value(50)?.valueMs ?? null,
        p50LowMs: value(50)?.lowMs ?? null,
        p50HighMs: value(50)?.highMs ?? null,
        p95Ms: value(95)?.valueMs ?? null,
        p99Ms: value(99)?.valueMs ?? null,
        throughputPerS: result.throughputPerS,
        peakRssBytes: result.peakRssBytes,
        verdict: result.verdict.verdict,
        noiseFloor: result.noise.floor,
      },
    };
  });
  const rest = failed.map(
    ({ options, error }, index): BenchRow => ({
      index: done.length + index,
      model: { name: 'digits', version: '1' },
      machine: { kind: 'local', name: 'workbench' },
      options,
      state: 'failed',
      resultId: null,
      error,
      summary: null,
    }),
  );
  return {
    id,
    startedAtMs: STARTED_AT_MS,
    finishedAtMs: STARTED_AT_MS + 60_000,
    state: 'done',
    rows: [...done, ...rest],
  };
}

/** Latencies of about 2.5 ms with a tail, the same each time. */
export function makeSamples(count: number): Float64Array {
  let state = 42;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Float64Array.from({ length: count }, () => 2.4 + 0.1 * next() - 0.08 * Math.log(1 - next()));
}

/** What an export is made from: the samples of each result lie in a file of `dir`. */
export async function makeExportSource(
  dir: string,
  results: readonly BenchResult[],
  { run = null, sampleCount = 4000 }: { run?: BenchRun | null; sampleCount?: number } = {},
): Promise<ExportSource> {
  const samplesPath = (id: string): string => join(dir, `${id}.f64`);
  const samples = makeSamples(sampleCount);
  for (const { id } of results) await writeFile(samplesPath(id), new Uint8Array(samples.buffer));
  return { run, results, samplesPath };
}
