// Benchmarks on this computer: one sidecar process per run, raw samples kept, percentiles only where enough samples back them.
import { oc } from '@orpc/contract';
import * as z from 'zod/mini';
import { jobRefSchema } from './common.ts';

export const percentileSchema = z.object({
  /** 50, 90, 95, 99. */
  percentile: z.number(),
  /** Null while the effective sample size does not carry this percentile. */
  valueMs: z.nullable(z.number()),
  /** Two-sided 95 % interval by order statistics; null with the value. */
  lowMs: z.nullable(z.number()),
  highMs: z.nullable(z.number()),
  /** Further samples needed before it can be stated; 0 when it is stated. */
  samplesMissing: z.int(),
});
export type Percentile = z.infer<typeof percentileSchema>;

export const machineFingerprintSchema = z.object({
  cpuModel: z.string(),
  cpuFlags: z.array(z.string()),
  cores: z.int(),
  memoryBytes: z.number(),
  os: z.string(),
  kernel: z.string(),
  architecture: z.string(),
  virtualization: z.nullable(z.string()),
  governor: z.nullable(z.string()),
  nodeVersion: z.string(),
  onnxruntimeVersion: z.string(),
});
export type MachineFingerprint = z.infer<typeof machineFingerprintSchema>;

export const benchOptionsSchema = z.object({
  threads: z.int().check(z.positive()),
  batch: z.int().check(z.positive()),
  durationS: z.number().check(z.positive()),
});
export type BenchOptions = z.infer<typeof benchOptionsSchema>;

export const benchResultSchema = z.object({
  id: z.string(),
  model: z.object({ name: z.string(), version: z.string(), digest: z.string() }),
  startedAtMs: z.number(),
  finishedAtMs: z.number(),
  options: benchOptionsSchema,
  /** Provider that ran the nodes. */
  provider: z.string(),
  coldLoadMs: z.number(),
  firstRunMs: z.number(),
  warmup: z.object({ isSteady: z.boolean(), discarded: z.int(), discardedMs: z.number(), reason: z.string() }),
  samples: z.object({ count: z.int(), effectiveCount: z.number() }),
  latencyMs: z.object({ min: z.number(), mean: z.number(), max: z.number(), percentiles: z.array(percentileSchema) }),
  /** Items (batch elements) per second in the steady part. */
  throughputPerS: z.number(),
  peakRssBytes: z.number(),
  /** Peak memory over that of the process before the model was loaded. */
  modelRssBytes: z.number(),
  /** For charts: at most 400 points, each the median of a slice of the raw samples in time order. */
  series: z.array(z.object({ timeMs: z.number(), latencyMs: z.number() })),
  histogram: z.array(z.object({ fromMs: z.number(), toMs: z.number(), count: z.int() })),
  inputs: z.array(z.object({ name: z.string(), type: z.string(), shape: z.array(z.int()) })),
  fingerprint: machineFingerprintSchema,
});
export type BenchResult = z.infer<typeof benchResultSchema>;

export const benchContract = {
  /** The finished job's `result` is the id of the stored BenchResult. */
  start: oc
    .input(
      z.object({
        modelRef: z.string(),
        threads: z.optional(z.int().check(z.positive())),
        batch: z.optional(z.int().check(z.positive())),
        durationS: z.optional(z.number().check(z.positive())),
      }),
    )
    .output(jobRefSchema),
  list: oc.input(z.object({ modelRef: z.optional(z.string()) })).output(z.array(benchResultSchema)),
  get: oc.input(z.object({ id: z.string() })).output(benchResultSchema),
  remove: oc.input(z.object({ id: z.string() })).output(z.object({ removed: z.string() })),
};
