// One measured configuration: figures with their intervals, whether to trust them and why, and what they were measured on.
import * as z from 'zod/mini';
import { benchOptionsSchema } from './bench-options.ts';

export const percentileSchema = z.object({
  /** 50, 90, 95, 99, 99.9. */
  percentile: z.number(),
  /** Null while the effective sample size does not carry this percentile. */
  valueMs: z.nullable(z.number()),
  /** Two-sided 95 % interval by order statistics; null with the value. */
  lowMs: z.nullable(z.number()),
  highMs: z.nullable(z.number()),
  /** One-sided 99 % upper bound (LoadGen's early stopping): the figure to sign off. Null while the samples do not carry it. */
  signOffMs: z.nullable(z.number()),
  /** Further samples needed before it can be stated; 0 when it is stated. */
  samplesMissing: z.int(),
});
export type Percentile = z.infer<typeof percentileSchema>;

export const machineFingerprintSchema = z.object({
  cpuModel: z.string(),
  cpuFlags: z.array(z.string()),
  cores: z.int(),
  /** Level and size as sysfs gives them, as `L2 1024K`. */
  caches: z.array(z.string()),
  memoryBytes: z.number(),
  os: z.string(),
  kernel: z.string(),
  libc: z.nullable(z.string()),
  architecture: z.string(),
  virtualization: z.nullable(z.string()),
  governor: z.nullable(z.string()),
  turbo: z.nullable(z.boolean()),
  smt: z.nullable(z.boolean()),
  /** nvpmodel mode, platform profile; null where the machine has none. */
  powerMode: z.nullable(z.string()),
  onBattery: z.nullable(z.boolean()),
  /** Firmware version, or the JetPack / L4T release. */
  firmware: z.nullable(z.string()),
  gpu: z.nullable(z.string()),
  nodeVersion: z.string(),
  onnxruntimeVersion: z.string(),
  /** Providers that this build of the runtime has. */
  providers: z.array(z.string()),
});
export type MachineFingerprint = z.infer<typeof machineFingerprintSchema>;

export const benchMachineSchema = z.object({
  kind: z.enum(['local', 'device']),
  /** `this computer` is named by its host name. */
  name: z.string(),
});
export type BenchMachineRef = z.infer<typeof benchMachineSchema>;

export const verdictSchema = z.object({
  verdict: z.enum(['trust', 'repeat', 'reject']),
  /** Weightiest first; `note` weighs nothing. Texts are whole English sentences; the code and values let a page say it in its own. */
  reasons: z.array(
    z.object({
      code: z.string(),
      weight: z.enum(['reject', 'repeat', 'note']),
      text: z.string(),
      values: z.record(z.string(), z.union([z.number(), z.string()])),
    }),
  ),
});
export type Verdict = z.infer<typeof verdictSchema>;

export const outliersSchema = z.object({
  /** Beyond 1.5 times the interquartile range from the quartiles (Tukey) … */
  mildLow: z.int(),
  mildHigh: z.int(),
  /** … and beyond 3 times. */
  severeLow: z.int(),
  severeHigh: z.int(),
  /** Share of the variance of the mean that outliers bring in, 0 to 1 (criterion's outlier variance). */
  varianceShare: z.number(),
  effect: z.enum(['unaffected', 'slight', 'moderate', 'severe']),
  /** Outliers in whose second another task took the processor, pressure was felt, or the sidecar collected garbage. */
  explained: z.int(),
});
export type Outliers = z.infer<typeof outliersSchema>;

export const driftSchema = z.object({
  /** Theil-Sen slope of the one-second medians, as a change in % a minute, and over the whole steady part. */
  percentPerMinute: z.number(),
  totalPercent: z.number(),
  /** Mann-Kendall, two-sided. */
  pValue: z.number(),
  isDrifting: z.boolean(),
  isThrottling: z.boolean(),
  /** Since the start of the timed part; null when it did not throttle. */
  timeToThrottleMs: z.nullable(z.number()),
  /** What the judgement on throttling rests on. */
  evidence: z.enum(['clock', 'temperature', 'calibration', 'none']),
  /** Change of the calibration kernel's time between the first and the last tenth, in %; null when it was not run. */
  calibrationPercent: z.nullable(z.number()),
});
export type Drift = z.infer<typeof driftSchema>;

export const noiseSchema = z.object({
  /** Half-width of the 95 % interval of an A/A comparison, as a ratio (0.02: 2 %); null when none was made. */
  floor: z.nullable(z.number()),
  /** Share of all processor time used by others in the seconds before the run. */
  busyBefore: z.nullable(z.number()),
  /** During the run, shares 0 to 1. */
  pressure: z.nullable(z.number()),
  steal: z.nullable(z.number()),
  load1: z.nullable(z.number()),
  involuntarySwitches: z.int(),
  garbageCollections: z.int(),
  /** Requests that a serving model answered on this device meanwhile. */
  servedRequests: z.nullable(z.int()),
});
export type Noise = z.infer<typeof noiseSchema>;

/** One second of the run. */
export const benchSecondSchema = z.object({
  timeMs: z.number(),
  count: z.int(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  maxMs: z.number(),
  clockMHz: z.nullable(z.number()),
  temperatureC: z.nullable(z.number()),
  powerW: z.nullable(z.number()),
  /** Time of the calibration kernel in this second. */
  calibrationMs: z.nullable(z.number()),
  /** Pressure and steal in this second, 0 to 1. */
  pressure: z.nullable(z.number()),
  steal: z.nullable(z.number()),
});
export type BenchSecond = z.infer<typeof benchSecondSchema>;

/** What a scenario states beyond latencies. */
export const scenarioOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('single-stream') }),
  z.object({ kind: z.literal('multi-stream'), callsPerQuery: z.int() }),
  z.object({
    kind: z.literal('server'),
    /** Highest rate found that met the limit; null when even the lowest did not. */
    ratePerS: z.nullable(z.number()),
    isMet: z.boolean(),
    probes: z.array(
      z.object({
        ratePerS: z.number(),
        count: z.int(),
        /** Of the latency from the scheduled arrival; null without enough samples. */
        percentileMs: z.nullable(z.number()),
        isMet: z.boolean(),
      }),
    ),
  }),
  z.object({ kind: z.literal('offline'), samplesPerS: z.number() }),
  z.object({
    kind: z.literal('camera'),
    deadlineMs: z.number(),
    frames: z.int(),
    misses: z.int(),
    missShare: z.number(),
    /** Consecutive frames (over all cameras, in order of schedule) that missed. */
    longestBurst: z.int(),
    /** Share of misses among frames that follow a miss; null without misses. */
    missAfterMiss: z.nullable(z.number()),
    /** Share of the time that the model was at work. */
    utilization: z.number(),
  }),
]);
export type ScenarioOutcome = z.infer<typeof scenarioOutcomeSchema>;

export const benchResultSchema = z.object({
  id: z.string(),
  /** The run (sweep) that it belongs to. */
  runId: z.string(),
  model: z.object({ name: z.string(), version: z.string(), digest: z.string() }),
  machine: benchMachineSchema,
  startedAtMs: z.number(),
  finishedAtMs: z.number(),
  options: benchOptionsSchema,
  verdict: verdictSchema,
  /** Which provider ran which nodes of the graph as the runtime optimized it. */
  placement: z.array(z.object({ provider: z.string(), nodes: z.array(z.string()) })),
  /** `native`: the synchronous call of the add-on; `run`: the public asynchronous one. */
  binding: z.enum(['native', 'run']),
  coldLoadMs: z.number(),
  firstRunMs: z.number(),
  warmup: z.object({ isSteady: z.boolean(), discarded: z.int(), discardedMs: z.number(), reason: z.string() }),
  samples: z.object({
    /** Of the steady part. */
    count: z.int(),
    effectiveCount: z.number(),
    /** Of the whole run, as in the file of raw samples. */
    total: z.int(),
    /** Every n-th call was kept in that file; 1: all. */
    keptEvery: z.int(),
  }),
  latencyMs: z.object({ min: z.number(), mean: z.number(), max: z.number(), percentiles: z.array(percentileSchema) }),
  outliers: outliersSchema,
  drift: driftSchema,
  noise: noiseSchema,
  outcome: scenarioOutcomeSchema,
  /** Items (batch elements) per second in the steady part. */
  throughputPerS: z.number(),
  peakRssBytes: z.number(),
  /** Peak memory over that of the process before the model was loaded. */
  modelRssBytes: z.number(),
  /** For charts: at most 400 points, each the median of a slice of the raw samples in time order. */
  series: z.array(z.object({ timeMs: z.number(), latencyMs: z.number() })),
  histogram: z.array(z.object({ fromMs: z.number(), toMs: z.number(), count: z.int() })),
  /** At most 1,800; longer runs are thinned. */
  seconds: z.array(benchSecondSchema),
  inputs: z.array(z.object({ name: z.string(), type: z.string(), shape: z.array(z.int()) })),
  /** SHA-256 of the input bytes in order of the inputs, and the seed that made them. */
  inputDigest: z.string(),
  seed: z.int(),
  fingerprint: machineFingerprintSchema,
});
export type BenchResult = z.infer<typeof benchResultSchema>;
