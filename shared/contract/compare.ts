// Comparisons: is B faster than A, by interleaved randomized blocks over fresh processes, or against a stored result.
import { oc } from '@orpc/contract';
import * as z from 'zod/mini';
import { dimensionsSchema, levelSchema, prioritySchema, providerSchema, runtimeSetupSchema } from './bench-options.ts';
import { benchMachineSchema, machineFingerprintSchema } from './bench-result.ts';
import { jobRefSchema } from './common.ts';

const modelSchema = z.object({ name: z.string(), version: z.string(), digest: z.string() });
const positiveInt = z.int().check(z.positive());

/** A ratio of latencies with its two-sided 95 % interval: 1.1 is 10 % slower. */
export const ratioSchema = z.object({ estimate: z.number(), low: z.number(), high: z.number() });
export type Ratio = z.infer<typeof ratioSchema>;

export const ANSWERS = ['faster', 'slower', 'same', 'cannot tell'] as const;
export const answerSchema = z.enum(ANSWERS);
export type Answer = z.infer<typeof answerSchema>;

export const candidateSchema = z.object({
  model: modelSchema,
  /** Of the candidate against A. */
  answer: answerSchema,
  /** One English sentence that says the answer with its figures. */
  sentence: z.string(),
  ratio: ratioSchema,
  /** Median of the block medians. */
  medianMs: z.number(),
  /** Two one-sided tests: p-value of "differs by more than the threshold". */
  tostP: z.number(),
  /** Wilcoxon signed-rank over the block pairs, a second opinion; null against a stored result. */
  wilcoxonP: z.nullable(z.number()),
  /** Wilcoxon's p-value after Holm, where there are several candidates. */
  holmP: z.nullable(z.number()),
  /** Further measuring time that an answer would take at this noise; 0 when there is one, null when no time would do. */
  moreTimeS: z.nullable(z.number()),
});
export type Candidate = z.infer<typeof candidateSchema>;

export const comparisonSchema = z.object({
  id: z.string(),
  startedAtMs: z.number(),
  finishedAtMs: z.number(),
  machine: benchMachineSchema,
  /** What all are measured against. */
  a: z.object({ model: modelSchema, medianMs: z.number() }),
  candidates: z.array(candidateSchema),
  setup: runtimeSetupSchema,
  dimensions: dimensionsSchema,
  /** Differences up to this ratio count as the same (0.03: 3 %). */
  threshold: z.number(),
  /** A against a second copy of A, in the same blocks: its half-width is the noise floor. Null against a stored result. */
  aa: z.nullable(ratioSchema),
  noiseFloor: z.number(),
  processes: z.int(),
  blocksPerProcess: z.int(),
  /** Every block in order of time: arm 0 is A, 1 the second copy of A, 2 and up the candidates. */
  blocks: z.array(
    z.object({ process: z.int(), arm: z.int(), timeMs: z.number(), medianMs: z.number(), calls: z.int() }),
  ),
  /** Only against a stored result. */
  gate: z.nullable(
    z.object({
      maxSlowdown: z.number(),
      outcome: z.enum(['passed', 'failed', 'cannot tell']),
      baseline: z.object({ path: z.string(), startedAtMs: z.number(), medianMs: z.number() }),
    }),
  ),
  /** English sentences, such as on fingerprints that differ. */
  warnings: z.array(z.string()),
  fingerprint: machineFingerprintSchema,
});
export type Comparison = z.infer<typeof comparisonSchema>;

const commonInput = {
  /** `local` (default) or a device name. */
  machine: z.optional(z.string()),
  threads: z.optional(positiveInt),
  batch: z.optional(positiveInt),
  provider: z.optional(providerSchema),
  level: z.optional(levelSchema),
  dimensions: z.optional(dimensionsSchema),
  isDynamic: z.optional(z.boolean()),
  priority: z.optional(prioritySchema),
  /** Length of the whole in seconds, default 30. */
  durationS: z.optional(z.number().check(z.positive())),
};

export const compareContract = {
  /** The finished job's `result` is the id of the Comparison. */
  start: oc
    .input(
      z.object({
        a: z.string(),
        candidates: z.array(z.string()).check(z.minLength(1)),
        /** Default 0.03. */
        threshold: z.optional(z.number().check(z.positive())),
        ...commonInput,
      }),
    )
    .output(jobRefSchema),
  /** The regression gate: `modelRef` now against the result in a JSON file that `bench.export` wrote. Result as above. */
  gate: oc
    .input(
      z.object({
        modelRef: z.string(),
        baselinePath: z.string(),
        /** As a ratio, default 0.05. */
        maxSlowdown: z.optional(z.number().check(z.positive())),
        ...commonInput,
      }),
    )
    .output(jobRefSchema),
  /** Newest first. */
  list: oc.output(z.array(comparisonSchema)),
  get: oc.input(z.object({ id: z.string() })).output(comparisonSchema),
  remove: oc.input(z.object({ id: z.string() })).output(z.object({ removed: z.string() })),
};
