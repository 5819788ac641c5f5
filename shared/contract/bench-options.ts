// What can be asked of one measurement: the scenario and how the runtime is set up.
import * as z from 'zod/mini';

/** Providers by the names that the runtime's JavaScript API takes. */
export const PROVIDERS = ['cpu', 'webgpu', 'cuda', 'tensorrt', 'dml', 'coreml'] as const;
export const providerSchema = z.enum(PROVIDERS);
export type Provider = z.infer<typeof providerSchema>;

export const LEVELS = ['disabled', 'basic', 'extended', 'layout', 'all'] as const;
export const levelSchema = z.enum(LEVELS);
export type OptimizationLevel = z.infer<typeof levelSchema>;

/** Named as in MLPerf LoadGen (mlcommons/inference: loadgen/test_settings.h), and `camera`. */
export const scenarioSchema = z.discriminatedUnion('kind', [
  /** One call after the other. */
  z.object({ kind: z.literal('single-stream') }),
  /** Queries of N samples, one query after the other: one call with the batch at N where the model takes it, else N calls. */
  z.object({ kind: z.literal('multi-stream'), samplesPerQuery: z.int().check(z.positive()) }),
  /** Poisson arrivals. Without `ratePerS`: the highest rate at which the percentile of the latency stays within the limit. */
  z.object({
    kind: z.literal('server'),
    limitMs: z.number().check(z.positive()),
    percentile: z.number().check(z.gt(0), z.lt(100)),
    ratePerS: z.nullable(z.number().check(z.positive())),
  }),
  /** Everything at once, in calls of the given batch: samples per second. */
  z.object({ kind: z.literal('offline') }),
  /** K cameras at N frames a second by the clock, phases spread evenly; latency from the scheduled time. */
  z.object({
    kind: z.literal('camera'),
    cameras: z.int().check(z.positive()),
    framesPerS: z.number().check(z.positive()),
    /** Default: the time between two frames of one camera. */
    deadlineMs: z.nullable(z.number().check(z.positive())),
  }),
]);
export type Scenario = z.infer<typeof scenarioSchema>;
export type ScenarioKind = Scenario['kind'];

/** Names of dynamic dimensions (`?1` where the model gives none) with the size each is fixed at. */
export const dimensionsSchema = z.record(z.string(), z.int().check(z.positive()));

/** `normal` and `exclusive`: as any process; `low`: after everything else, so that a serving model goes first. */
export const prioritySchema = z.enum(['normal', 'low', 'exclusive']);
export type BenchPriority = z.infer<typeof prioritySchema>;

/** How the runtime is set up; two measurements with the same set-up differ by model and machine alone. */
export const runtimeSetupSchema = z.object({
  threads: z.int().check(z.positive()),
  batch: z.int().check(z.positive()),
  provider: providerSchema,
  level: levelSchema,
});
export type RuntimeSetup = z.infer<typeof runtimeSetupSchema>;

export const benchOptionsSchema = z.extend(runtimeSetupSchema, {
  scenario: scenarioSchema,
  /** Least duration of the timed part. */
  durationS: z.number().check(z.positive()),
  /** A run of a fixed length that looks for throttling instead of ending when it is sure. */
  isSustained: z.boolean(),
  /** Sizes that the dynamic dimensions were fixed at, by rewriting the graph's inputs; empty when there are none. */
  dimensions: dimensionsSchema,
  /** The file was measured as it is, dynamic dimensions and all. */
  isDynamic: z.boolean(),
  priority: prioritySchema,
});
export type BenchOptions = z.infer<typeof benchOptionsSchema>;
