// Reads a stored result. Those of the first version knew less: what they did not measure is null here, and their verdict says so.
import { hostname } from 'node:os';
import * as z from 'zod/mini';
import {
  type BenchResult,
  benchResultSchema,
  machineFingerprintSchema,
  percentileSchema,
} from '../../../shared/contract/bench-result.ts';
import type { VerdictCode } from '../../../shared/domain/bench-verdict.ts';

const firstFingerprintSchema = z.pick(machineFingerprintSchema, {
  cpuModel: true,
  cpuFlags: true,
  cores: true,
  memoryBytes: true,
  os: true,
  kernel: true,
  architecture: true,
  virtualization: true,
  governor: true,
  nodeVersion: true,
  onnxruntimeVersion: true,
});

const firstResultSchema = z.extend(
  z.pick(benchResultSchema, {
    id: true,
    model: true,
    startedAtMs: true,
    finishedAtMs: true,
    coldLoadMs: true,
    firstRunMs: true,
    warmup: true,
    throughputPerS: true,
    peakRssBytes: true,
    modelRssBytes: true,
    series: true,
    histogram: true,
    inputs: true,
  }),
  {
    options: z.object({ threads: z.int(), batch: z.int(), durationS: z.number() }),
    provider: z.string(),
    samples: z.object({ count: z.int(), effectiveCount: z.number() }),
    latencyMs: z.object({
      min: z.number(),
      mean: z.number(),
      max: z.number(),
      percentiles: z.array(z.omit(percentileSchema, { signOffMs: true })),
    }),
    fingerprint: firstFingerprintSchema,
  },
);

/** `stored`: the parsed JSON of a row. */
export function readStoredResult(stored: unknown): BenchResult {
  if (typeof stored === 'object' && stored !== null && 'runId' in stored) return benchResultSchema.parse(stored);
  const { provider, ...first } = firstResultSchema.parse(stored);
  return {
    ...first,
    runId: first.id,
    machine: { kind: 'local', name: hostname() },
    options: {
      ...first.options,
      provider: 'cpu',
      level: 'all',
      scenario: { kind: 'single-stream' },
      isSustained: false,
      dimensions: {},
      isDynamic: true,
      priority: 'normal',
    },
    verdict: {
      verdict: 'repeat',
      reasons: [
        {
          code: 'earlier-version' satisfies VerdictCode,
          weight: 'repeat',
          text: 'An earlier version of Lineside measured this without looking at noise, drift and outliers; measure it again.',
          values: {},
        },
      ],
    },
    placement: [{ provider, nodes: [] }],
    binding: 'native',
    samples: {
      ...first.samples,
      total: first.samples.count + first.warmup.discarded,
      keptEvery: 1,
    },
    latencyMs: {
      ...first.latencyMs,
      percentiles: first.latencyMs.percentiles.map((one) => ({ ...one, signOffMs: null })),
    },
    outliers: {
      mildLow: 0,
      mildHigh: 0,
      severeLow: 0,
      severeHigh: 0,
      varianceShare: 0,
      effect: 'unaffected',
      explained: 0,
    },
    drift: {
      percentPerMinute: 0,
      totalPercent: 0,
      pValue: 1,
      isDrifting: false,
      isThrottling: false,
      timeToThrottleMs: null,
      evidence: 'none',
      calibrationPercent: null,
    },
    noise: {
      floor: null,
      busyBefore: null,
      pressure: null,
      steal: null,
      load1: null,
      involuntarySwitches: 0,
      garbageCollections: 0,
      servedRequests: null,
    },
    outcome: { kind: 'single-stream' },
    seconds: [],
    inputDigest: '',
    seed: 1,
    fingerprint: {
      ...first.fingerprint,
      caches: [],
      libc: null,
      turbo: null,
      smt: null,
      powerMode: null,
      onBattery: null,
      firmware: null,
      gpu: null,
      providers: ['cpu'],
    },
  };
}
