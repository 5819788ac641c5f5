// Rollouts: dry run, start, live report, abort, rollback.
import { eventIterator, oc } from '@orpc/contract';
import * as z from 'zod/mini';
import { devicePhaseSchema, goldenReportSchema, wireErrorSchema } from '../agent-protocol/messages.ts';
import { deviceNameInputSchema } from './common.ts';

/** `unreachable` is not `failed`; both are counted apart. */
export const rolloutDeviceStateSchema = z.enum([
  'pending',
  'connecting',
  'sending',
  'preparing',
  'armed',
  'activating',
  'probation',
  'committed',
  'up-to-date',
  'rolled-back',
  'failed',
  'unreachable',
  'aborted',
  'excluded',
]);
export type RolloutDeviceState = z.infer<typeof rolloutDeviceStateSchema>;

export const rolloutStateSchema = z.enum([
  'staging',
  'canary',
  'soak',
  'rolling',
  'done',
  'halted',
  'aborting',
  'aborted',
  'interrupted',
]);
export type RolloutState = z.infer<typeof rolloutStateSchema>;

export const rolloutDeviceSchema = z.object({
  device: z.string(),
  isCanary: z.boolean(),
  state: rolloutDeviceStateSchema,
  /** Phase that the device itself reports. */
  phase: z.nullable(devicePhaseSchema),
  fromRelease: z.nullable(z.string()),
  bytesTotal: z.number(),
  bytesSent: z.number(),
  bytesPerS: z.nullable(z.number()),
  golden: z.nullable(goldenReportSchema),
  error: z.nullable(wireErrorSchema),
  startedAtMs: z.nullable(z.number()),
  finishedAtMs: z.nullable(z.number()),
});
export type RolloutDevice = z.infer<typeof rolloutDeviceSchema>;

export const rolloutSchema = z.object({
  id: z.string(),
  bundle: z.object({ name: z.string(), version: z.string(), digest: z.string() }),
  selector: z.string(),
  canary: z.int(),
  soakS: z.number(),
  maxFailed: z.int(),
  state: rolloutStateSchema,
  /** One sentence on the state, for people. */
  summary: z.string(),
  devices: z.array(rolloutDeviceSchema),
  startedAtMs: z.number(),
  finishedAtMs: z.nullable(z.number()),
});
export type Rollout = z.infer<typeof rolloutSchema>;

export const planDeviceSchema = z.object({
  device: z.string(),
  isCanary: z.boolean(),
  isIncluded: z.boolean(),
  /** Why a device is left out, or what stands out; null when there is nothing to say. */
  note: z.nullable(z.string()),
  fromRelease: z.nullable(z.string()),
  bytesToSend: z.nullable(z.number()),
  objectsToSend: z.nullable(z.int()),
  freeBytes: z.nullable(z.number()),
});
export const rolloutPlanSchema = z.object({
  bundle: z.object({ name: z.string(), version: z.string(), digest: z.string(), sizeBytes: z.number() }),
  devices: z.array(planDeviceSchema),
});
export type RolloutPlan = z.infer<typeof rolloutPlanSchema>;

const planInputSchema = z.object({
  bundleRef: z.string(),
  selector: z.string(),
  /** Devices that go first, alone. Default: 1 where there are more than one, else 0. */
  canary: z.optional(z.int().check(z.nonnegative())),
});

export const rolloutsContract = {
  /** Touches nothing: says per device what would be sent, or why it is left out. */
  plan: oc.input(planInputSchema).output(rolloutPlanSchema),
  start: oc
    .input(
      z.extend(planInputSchema, {
        /** Seconds to watch the canaries before the rest. Default 5. */
        soakS: z.optional(z.number().check(z.nonnegative())),
        /** Failed devices that are borne before the rollout halts. Default 0. */
        maxFailed: z.optional(z.int().check(z.nonnegative())),
      }),
    )
    .output(z.object({ rolloutId: z.string() })),
  list: oc.output(z.array(rolloutSchema)),
  get: oc.input(z.object({ rolloutId: z.string() })).output(rolloutSchema),
  /** Whole snapshots, coalesced to at most 10 a second; ends when the rollout has ended. */
  watch: oc.input(z.object({ rolloutId: z.string() })).output(eventIterator(rolloutSchema)),
  /** Devices not yet switched stay as they are; one in probation goes back; a committed one stays. */
  abort: oc.input(z.object({ rolloutId: z.string() })).output(rolloutSchema),
  /** Back to the previous release of one device. */
  rollback: oc
    .input(deviceNameInputSchema)
    .output(z.object({ device: z.string(), fromRelease: z.string(), toRelease: z.string() })),
};
