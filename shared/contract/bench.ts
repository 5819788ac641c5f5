// Benchmarks: runs of one or many configurations on this computer or on devices, their results, files and the capacity they promise.
import { oc } from '@orpc/contract';
import * as z from 'zod/mini';
import { wireErrorSchema } from '../agent-protocol/messages.ts';
import {
  benchOptionsSchema,
  dimensionsSchema,
  levelSchema,
  prioritySchema,
  providerSchema,
  scenarioSchema,
} from './bench-options.ts';
import { benchMachineSchema, benchResultSchema, verdictSchema } from './bench-result.ts';
import { jobRefSchema } from './common.ts';

const positiveInt = z.int().check(z.positive());

/** What a list of configurations is made of: every combination of the lists is one row. */
export const startBenchSchema = z.object({
  modelRefs: z.array(z.string()).check(z.minLength(1)),
  /** `local`, device names, or selectors (`site=a,role!=test`, `all`). Default: `local`. */
  machines: z.optional(z.array(z.string())),
  /** Default 1: the figure that compares best between machines. */
  threads: z.optional(z.array(positiveInt)),
  batches: z.optional(z.array(positiveInt)),
  providers: z.optional(z.array(providerSchema)),
  levels: z.optional(z.array(levelSchema)),
  scenario: z.optional(scenarioSchema),
  /** Least duration of the timed part of each row in seconds, default 10. */
  durationS: z.optional(z.number().check(z.positive())),
  /** Instead of `durationS`: a sustained run of this length. */
  sustainedS: z.optional(z.number().check(z.positive())),
  dimensions: z.optional(dimensionsSchema),
  isDynamic: z.optional(z.boolean()),
  /** Default `normal` here, `low` on devices. */
  priority: z.optional(prioritySchema),
  /** An A/A comparison once for each model and machine; default true. */
  noiseFloor: z.optional(z.boolean()),
  /** How long a single call may take before the row fails. Default 300. */
  callTimeoutS: z.optional(z.number().check(z.positive())),
});
export type StartBench = z.infer<typeof startBenchSchema>;

export const benchRowSchema = z.object({
  index: z.int(),
  model: z.object({ name: z.string(), version: z.string() }),
  machine: benchMachineSchema,
  options: benchOptionsSchema,
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  resultId: z.nullable(z.string()),
  /** Why it failed; such a row is final, like a result. */
  error: z.nullable(wireErrorSchema),
  /** What a table shows, so that it needs no whole results. */
  summary: z.nullable(
    z.object({
      p50Ms: z.nullable(z.number()),
      p50LowMs: z.nullable(z.number()),
      p50HighMs: z.nullable(z.number()),
      p95Ms: z.nullable(z.number()),
      p99Ms: z.nullable(z.number()),
      throughputPerS: z.number(),
      peakRssBytes: z.number(),
      verdict: verdictSchema.shape.verdict,
      noiseFloor: z.nullable(z.number()),
    }),
  ),
});
export type BenchRow = z.infer<typeof benchRowSchema>;

/** One run: a table of configurations. */
export const benchRunSchema = z.object({
  id: z.string(),
  startedAtMs: z.number(),
  finishedAtMs: z.nullable(z.number()),
  /** `interrupted`: rows are left that no job works on; `resume` goes on with them. */
  state: z.enum(['running', 'done', 'interrupted']),
  rows: z.array(benchRowSchema),
});
export type BenchRun = z.infer<typeof benchRunSchema>;

export const exportFormatSchema = z.enum(['json', 'csv', 'html', 'tensorboard']);
export type ExportFormat = z.infer<typeof exportFormatSchema>;

export const capacitySchema = z.object({
  ratePerS: z.number(),
  limitMs: z.number(),
  percentile: z.number(),
  reserve: z.number(),
  /** Requests a second that one box answers within the limit. Null: none, the limit is below what a single call takes. */
  perBoxPerS: z.nullable(z.number()),
  /** Where that figure comes from: a server run that found it, or its measured calls put through a queue with Poisson arrivals. */
  basis: z.enum(['measured', 'predicted']),
  /** ceil(T/Q) + ceil(reserve * T/Q). */
  boxes: z.nullable(z.int()),
  working: z.nullable(z.int()),
  spare: z.nullable(z.int()),
});
export type Capacity = z.infer<typeof capacitySchema>;

const idSchema = z.object({ id: z.string() });

export const benchContract = {
  /** The finished job's `result` is the id of the BenchRun. Rows that fail do not fail the job, unless there is only one. */
  start: oc.input(startBenchSchema).output(z.extend(jobRefSchema, { runId: z.string() })),
  /** Works on the rows of an interrupted run that have neither result nor reason. */
  resume: oc.input(z.object({ runId: z.string() })).output(z.extend(jobRefSchema, { runId: z.string() })),
  /** Newest first. */
  runs: oc.output(z.array(benchRunSchema)),
  run: oc.input(idSchema).output(benchRunSchema),
  removeRun: oc.input(idSchema).output(z.object({ removed: z.string() })),
  /** Newest first; a bare name takes all versions. */
  list: oc.input(z.object({ modelRef: z.optional(z.string()) })).output(z.array(benchResultSchema)),
  get: oc.input(idSchema).output(benchResultSchema),
  remove: oc.input(idSchema).output(z.object({ removed: z.string() })),
  /** Writes one result or a whole run to `path` (TensorBoard: a folder). `id` of either. */
  export: oc
    .input(z.object({ id: z.string(), format: exportFormatSchema, path: z.string() }))
    .output(z.object({ path: z.string(), sizeBytes: z.number() })),
  /** How many boxes for a rate under a latency limit, from one result. */
  capacity: oc
    .input(
      z.object({
        id: z.string(),
        ratePerS: z.number().check(z.positive()),
        /** Default: that of the server run, else 100. */
        limitMs: z.optional(z.number().check(z.positive())),
        /** Default 99. */
        percentile: z.optional(z.number().check(z.gt(0), z.lt(100))),
        /** Share of boxes in reserve, default 0.2. */
        reserve: z.optional(z.number().check(z.nonnegative())),
      }),
    )
    .output(capacitySchema),
};
