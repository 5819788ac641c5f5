// The fleet: inventory, first contact, set-up, live health.
import { eventIterator, oc } from '@orpc/contract';
import * as z from 'zod/mini';
import { agentEventSchema, agentStatusSchema, inventorySchema } from '../agent-protocol/messages.ts';
import { sampleSchema } from '../agent-protocol/sample.ts';
import { deviceNameInputSchema, jobRefSchema } from './common.ts';
import {
  exportInputSchema,
  exportResultSchema,
  importInputSchema,
  importPlanSchema,
  importResultSchema,
  planImportInputSchema,
} from './device-import.ts';

export const authSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('key'), identityFile: z.string() }),
  z.object({ kind: z.literal('agent') }),
  /** The password itself is never stored here: see `unlock`. */
  z.object({ kind: z.literal('password') }),
  /** This computer, without SSH. */
  z.object({ kind: z.literal('none') }),
]);
export type DeviceAuth = z.infer<typeof authSchema>;

/** A host that the way to a device leads through. */
const jumpSchema = z.object({
  user: z.string(),
  host: z.string(),
  port: z.int(),
  /** Without it the ssh-agent and the user's own key files are tried. */
  identityFile: z.optional(z.string()),
});

export const deviceRecordSchema = z.object({
  name: z.string(),
  /** `local`: this computer. */
  kind: z.enum(['ssh', 'local']),
  user: z.string(),
  host: z.string(),
  port: z.int(),
  auth: authSchema,
  /** The nearest first; absent where the device is reached directly. */
  jumps: z.optional(z.array(jumpSchema)),
  /** Lineside's folder on the device; a leading `~/` is the login user's home. */
  root: z.string(),
  labels: z.record(z.string(), z.string()),
  addedAtMs: z.number(),
  notes: z.optional(z.string()),
});
export type DeviceRecord = z.infer<typeof deviceRecordSchema>;

/** `unknown`: not contacted yet in this session. `locked`: a password is needed. */
export const connectionStateSchema = z.enum([
  'unknown',
  'connecting',
  'online',
  'agent-missing',
  'unreachable',
  'locked',
  'refused',
  'host-key-changed',
]);
export type ConnectionState = z.infer<typeof connectionStateSchema>;

/** What a probe over SSH finds, with no agent needed. */
export const deviceFactsSchema = z.object({
  hostname: z.string(),
  os: z.string(),
  kernel: z.string(),
  /** Name as Node's process.arch: x64, arm64, or what `uname -m` said. */
  architecture: z.string(),
  libc: z.string(),
  cpuModel: z.string(),
  cores: z.int(),
  memoryBytes: z.number(),
  /** Free bytes of the file system that holds the root. */
  freeBytes: z.number(),
  home: z.string(),
  isRoot: z.boolean(),
  hasSystemdUser: z.boolean(),
  canLinger: z.boolean(),
  hasCrontab: z.boolean(),
  hasTar: z.boolean(),
  hasGzip: z.boolean(),
  jetson: z.nullable(z.string()),
  gpu: z.nullable(z.string()),
  /** Device clock minus laptop clock, milliseconds. */
  clockOffsetMs: z.number(),
  hostKeyFingerprint: z.nullable(z.string()),
  agent: z.enum(['running', 'stopped', 'absent']),
  probedAtMs: z.number(),
});
export type DeviceFacts = z.infer<typeof deviceFactsSchema>;

export const deviceViewSchema = z.object({
  device: deviceRecordSchema,
  connection: connectionStateSchema,
  /** One sentence when the connection is not `online`. */
  problem: z.nullable(z.object({ code: z.string(), message: z.string() })),
  lastSeenMs: z.nullable(z.number()),
  facts: z.nullable(deviceFactsSchema),
  agentVersion: z.nullable(z.string()),
  startMode: z.nullable(z.string()),
  status: z.nullable(agentStatusSchema),
  sample: z.nullable(sampleSchema),
  /** Utilization of CPU, oldest first, at most 60 values, for the sparkline. */
  cpuTrend: z.array(z.nullable(z.number())),
});
export type DeviceView = z.infer<typeof deviceViewSchema>;

export const fleetEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), devices: z.array(deviceViewSchema) }),
  z.object({ type: z.literal('changed'), devices: z.array(deviceViewSchema), removed: z.array(z.string()) }),
]);
export type FleetEvent = z.infer<typeof fleetEventSchema>;

export const deviceStreamEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    view: deviceViewSchema,
    samples: z.array(sampleSchema),
    events: z.array(agentEventSchema),
  }),
  z.object({ type: z.literal('view'), view: deviceViewSchema }),
  z.object({ type: z.literal('samples'), samples: z.array(sampleSchema) }),
  z.object({ type: z.literal('event'), event: agentEventSchema }),
]);
export type DeviceStreamEvent = z.infer<typeof deviceStreamEventSchema>;

export const testRequestsReportSchema = z.object({
  device: z.string(),
  model: z.string(),
  version: z.string(),
  sent: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  firstError: z.nullable(z.string()),
  durationMs: z.number(),
  /** Round trip through the SSH connection, milliseconds. */
  p50Ms: z.nullable(z.number()),
  p95Ms: z.nullable(z.number()),
});
export type TestRequestsReport = z.infer<typeof testRequestsReportSchema>;

export const startModeChoiceSchema = z.enum(['auto', 'systemd', 'cron', 'detached']);

export const devicesContract = {
  /**
   * Stores a device after a first contact. HOST_KEY_UNKNOWN with `details.fingerprint` when the host key is new and
   * `acceptHostKey` is neither that fingerprint nor `new`.
   */
  add: oc
    .input(
      z.object({
        name: z.string(),
        /** `user@host[:port]`, `[v6]:port`, or `local` for this computer. */
        address: z.string(),
        identityFile: z.optional(z.string()),
        usePassword: z.optional(z.boolean()),
        password: z.optional(z.string()),
        acceptHostKey: z.optional(z.string()),
        root: z.optional(z.string()),
        labels: z.optional(z.record(z.string(), z.string())),
        /** Hosts to go through, the nearest first, written like `address`. */
        jumps: z.optional(z.array(z.object({ address: z.string(), identityFile: z.optional(z.string()) }))),
      }),
    )
    .output(deviceViewSchema),
  /** What an inventory of another tool would bring; nothing is changed. */
  planImport: oc.input(planImportInputSchema).output(importPlanSchema),
  /** Stores the new devices of the plan without contacting them: each host key is confirmed at the first contact. */
  import: oc.input(importInputSchema).output(importResultSchema),
  /** Writes the fleet as a file of another tool; this computer is left out. */
  export: oc.input(exportInputSchema).output(exportResultSchema),
  list: oc.output(z.array(deviceViewSchema)),
  get: oc.input(deviceNameInputSchema).output(deviceViewSchema),
  /** Keeps a password in memory for this session and connects again. */
  unlock: oc.input(z.object({ name: z.string(), password: z.string() })).output(deviceViewSchema),
  probe: oc.input(z.object({ name: z.string(), acceptHostKey: z.optional(z.string()) })).output(deviceFactsSchema),
  /** Takes the device's host key out of Lineside's own list, so that its next key is a new one and can be accepted. */
  forgetHostKey: oc.input(deviceNameInputSchema).output(z.object({ forgottenLines: z.int() })),
  inventory: oc.input(deviceNameInputSchema).output(inventorySchema),
  /** The finished job's `result` is one sentence that says how the agent was started. */
  setup: oc.input(z.object({ name: z.string(), startMode: z.optional(startModeChoiceSchema) })).output(jobRefSchema),
  /** `uninstall`: also stops the agent and deletes Lineside's folder on the device. */
  remove: oc
    .input(z.object({ name: z.string(), uninstall: z.optional(z.boolean()) }))
    .output(z.object({ removed: z.string(), uninstalled: z.boolean() })),
  /** Sends the golden inputs of the served release as requests through the SSH connection. */
  sendTestRequests: oc
    .input(z.object({ name: z.string(), count: z.int().check(z.positive()) }))
    .output(testRequestsReportSchema),
  /** All devices; first a snapshot, then what changed, at most `perSecond` times a second. */
  watchFleet: oc.input(z.object({ perSecond: z.optional(z.number()) })).output(eventIterator(fleetEventSchema)),
  /** One device with its samples. */
  watch: oc.input(deviceNameInputSchema).output(eventIterator(deviceStreamEventSchema)),
};
