// Jobs: work that outlives the call that started it, such as a benchmark or a set-up.
import { eventIterator, oc } from '@orpc/contract';
import * as z from 'zod/mini';
import { wireErrorSchema } from '../agent-protocol/messages.ts';
import { jobRefSchema } from './common.ts';

export const jobSchema = z.object({
  jobId: z.string(),
  kind: z.enum(['bench', 'compare', 'profile', 'setup']),
  /** What it works on: a model reference or a device name. */
  subject: z.string(),
  state: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
  progress: z.object({
    /** Short sentence on the present step. */
    step: z.string(),
    done: z.number(),
    /** Null while the total is unknown. */
    total: z.nullable(z.number()),
    unit: z.enum(['bytes', 'ms', 'steps']),
  }),
  result: z.nullable(z.string()),
  error: z.nullable(wireErrorSchema),
  startedAtMs: z.number(),
  finishedAtMs: z.nullable(z.number()),
});
export type Job = z.infer<typeof jobSchema>;

export const jobsContract = {
  /** Jobs of this session, newest first. */
  list: oc.output(z.array(jobSchema)),
  /** Whole snapshots, at most 10 a second; ends after the last state. */
  watch: oc.input(jobRefSchema).output(eventIterator(jobSchema)),
  cancel: oc.input(jobRefSchema).output(jobSchema),
};
