// Profiles: time per operator, mapped back to the nodes of the source graph, and two profiles side by side.
import { oc } from '@orpc/contract';
import * as z from 'zod/mini';
import { dimensionsSchema, levelSchema, prioritySchema, providerSchema, runtimeSetupSchema } from './bench-options.ts';
import { benchMachineSchema, machineFingerprintSchema } from './bench-result.ts';
import { jobRefSchema } from './common.ts';

/** One node of the graph that the runtime ran. */
export const kernelSchema = z.object({
  name: z.string(),
  opType: z.string(),
  provider: z.string(),
  /** Mean over the profiled calls of middling length (between the quartiles). */
  meanMs: z.number(),
  /** Of the time of all kernels, 0 to 1. */
  share: z.number(),
  /** Indices of the source graph's nodes that it stands for; empty for what the runtime put in and belongs to no node. */
  source: z.array(z.int()),
  inputShapes: z.array(z.string()),
  outputShapes: z.array(z.string()),
  activationBytes: z.number(),
  parameterBytes: z.number(),
});
export type Kernel = z.infer<typeof kernelSchema>;

/** One node of the source graph with the time that is put down to it; a fused kernel's time goes to its nodes by their likely work. */
export const nodeTimeSchema = z.object({
  index: z.int(),
  name: z.string(),
  opType: z.string(),
  /** Scaled so that all nodes together make up the latency of the run that was not profiled. */
  ms: z.number(),
  share: z.number(),
  /** Index of its kernel in `kernels`; null: folded away or never run. */
  kernel: z.nullable(z.int()),
});
export type NodeTime = z.infer<typeof nodeTimeSchema>;

export const profileSchema = z.object({
  id: z.string(),
  model: z.object({ name: z.string(), version: z.string(), digest: z.string() }),
  machine: benchMachineSchema,
  startedAtMs: z.number(),
  setup: runtimeSetupSchema,
  dimensions: dimensionsSchema,
  calls: z.int(),
  /** p50 without the profiler, to which the operator times are scaled, and with it. */
  latencyMs: z.number(),
  profiledMs: z.number(),
  kernels: z.array(kernelSchema),
  nodes: z.array(nodeTimeSchema),
  /** Share of the kernels' time that could be put down to source nodes. */
  mappedShare: z.number(),
  /** One profiled call of median length, for the flame chart: begin and duration of each kernel in ms since the call's start. */
  timeline: z.array(z.object({ kernel: z.int(), startMs: z.number(), durationMs: z.number() })),
  fingerprint: machineFingerprintSchema,
});
export type Profile = z.infer<typeof profileSchema>;

export const profileSummarySchema = z.omit(profileSchema, { kernels: true, nodes: true, timeline: true });
export type ProfileSummary = z.infer<typeof profileSummarySchema>;

/** A stretch of nodes that two models have in common, or that one has instead of what the other has. */
export const regionSchema = z.object({
  kind: z.enum(['same', 'changed', 'only-a', 'only-b']),
  label: z.string(),
  aNodes: z.array(z.int()),
  bNodes: z.array(z.int()),
  aMs: z.number(),
  bMs: z.number(),
});
export type Region = z.infer<typeof regionSchema>;

const idSchema = z.object({ id: z.string() });

export const profilesContract = {
  /** The finished job's `result` is the id of the Profile. */
  start: oc
    .input(
      z.object({
        modelRef: z.string(),
        machine: z.optional(z.string()),
        threads: z.optional(z.int().check(z.positive())),
        batch: z.optional(z.int().check(z.positive())),
        provider: z.optional(providerSchema),
        level: z.optional(levelSchema),
        dimensions: z.optional(dimensionsSchema),
        isDynamic: z.optional(z.boolean()),
        priority: z.optional(prioritySchema),
        /** Profiled calls take about this long, default 3. */
        durationS: z.optional(z.number().check(z.positive())),
      }),
    )
    .output(jobRefSchema),
  /** Newest first, without timelines and kernels. */
  list: oc.output(z.array(profileSummarySchema)),
  get: oc.input(idSchema).output(profileSchema),
  remove: oc.input(idSchema).output(z.object({ removed: z.string() })),
  /** Two profiles aligned by their source graphs, the largest difference first. */
  regions: oc.input(z.object({ a: z.string(), b: z.string() })).output(z.array(regionSchema)),
};
