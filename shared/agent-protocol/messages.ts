// What agent and backend say to each other: HTTP/1.1 with JSON over the agent's Unix socket; streams are one JSON value a line.
import * as z from 'zod/mini';
import { blobRefSchema } from '../domain/release.ts';
import { sampleSchema } from './sample.ts';

/** Raised when the wire changes so that an older side must not talk to a newer one. */
export const AGENT_PROTOCOL_VERSION = 1;

/** Paths of the agent's HTTP server on the Unix socket. */
export const AGENT_ROUTES = {
  hello: '/v1/hello',
  inventory: '/v1/inventory',
  status: '/v1/status',
  /** `?history=N`: NDJSON of WatchEvent; first a status, the last events, up to N past samples, then live. */
  watch: '/v1/watch',
  /** POST BeginRequest → BeginResponse. */
  transactions: '/v1/transactions',
  /** PUT raw bytes, `?offset=N&txn=ID` → PutResponse. */
  objects: '/v1/objects',
  /** POST → NDJSON of TransactionEvent. */
  rollback: '/v1/rollback',
  /** See bench.ts. */
  bench: '/v1/bench',
  /** POST: stops the agent and its worker. */
  shutdown: '/v1/shutdown',
} as const;

export const agentHelloSchema = z.object({
  protocolVersion: z.int(),
  agentVersion: z.string(),
  kitId: z.string(),
  /** Hex SHA-256 of the device's own public key; survives a new SSH host key, not a wiped root. */
  deviceId: z.string(),
  root: z.string(),
  pid: z.int(),
  startedAtMs: z.number(),
  bootId: z.string(),
  nodeVersion: z.string(),
  architecture: z.string(),
  hostname: z.string(),
  /** How the agent is kept running. */
  startMode: z.enum(['systemd', 'cron', 'detached']),
  /** Loopback TCP port on which the Open Inference Protocol is served. */
  inferencePort: z.nullable(z.int()),
});
export type AgentHello = z.infer<typeof agentHelloSchema>;

/** Static facts, read once at start. */
export const inventorySchema = z.object({
  hardware: z.object({ manufacturer: z.string(), model: z.string() }),
  os: z.object({ distribution: z.string(), release: z.string(), kernel: z.string(), architecture: z.string() }),
  cpu: z.object({ model: z.string(), cores: z.int(), flags: z.array(z.string()) }),
  memoryBytes: z.number(),
  disks: z.array(z.object({ name: z.string(), type: z.string(), sizeBytes: z.number() })),
  gpus: z.array(z.object({ name: z.string(), driver: z.nullable(z.string()) })),
  /** JetPack / L4T release where the box is a Jetson. */
  jetson: z.nullable(z.string()),
  onnxruntimeVersion: z.string(),
  collectedAtMs: z.number(),
});
export type Inventory = z.infer<typeof inventorySchema>;

/** Device states of a rollout (rollout.md, C.3). */
export const devicePhaseSchema = z.enum([
  'idle',
  'preflight',
  'receiving',
  'staged',
  'warming',
  'armed',
  'switching',
  'probation',
  'committing',
  'rolling-back',
  'safe',
]);
export type DevicePhase = z.infer<typeof devicePhaseSchema>;

export const releaseSummarySchema = z.object({
  releaseId: z.string(),
  name: z.string(),
  version: z.string(),
  manifestDigest: z.string(),
  model: z.object({ name: z.string(), version: z.string() }),
});
export type ReleaseSummary = z.infer<typeof releaseSummarySchema>;

export const wireErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  retryable: z.boolean(),
});

/** The last finished transaction, so that a laptop that left can see how it ended. */
export const outcomeSchema = z.object({
  txn: z.string(),
  releaseId: z.string(),
  result: z.enum(['committed', 'rolled-back', 'rejected', 'failed', 'aborted']),
  error: z.nullable(wireErrorSchema),
  finishedAtMs: z.number(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

export const agentStatusSchema = z.object({
  phase: devicePhaseSchema,
  txn: z.nullable(z.string()),
  serving: z.nullable(releaseSummarySchema),
  previous: z.nullable(releaseSummarySchema),
  candidate: z.nullable(releaseSummarySchema),
  worker: z.object({
    state: z.enum(['none', 'starting', 'ready', 'restarting', 'failed']),
    pid: z.nullable(z.int()),
    restarts: z.int(),
    lastExit: z.nullable(z.string()),
  }),
  lastOutcome: z.nullable(outcomeSchema),
});
export type AgentStatus = z.infer<typeof agentStatusSchema>;

/** Something that happened on the device and that a person would want to read. */
export const agentEventSchema = z.object({
  timeMs: z.number(),
  kind: z.enum(['worker-died', 'worker-restarted', 'phase', 'agent-started', 'recovered', 'warning']),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
});
export type AgentEvent = z.infer<typeof agentEventSchema>;

export const watchEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('status'), status: agentStatusSchema }),
  z.object({ type: z.literal('sample'), sample: sampleSchema }),
  z.object({ type: z.literal('event'), event: agentEventSchema }),
]);
export type WatchEvent = z.infer<typeof watchEventSchema>;

/** Opens a transaction: the signed manifest travels here, the blobs it names travel as objects. */
export const beginRequestSchema = z.object({
  /** Chosen by the laptop; the same id after a reconnect goes on with the same transaction. */
  txn: z.string().check(z.regex(/^[A-Za-z0-9-]{8,64}$/)),
  manifestDigest: z.string(),
  /** Exact bytes of the OCI manifest, base64. */
  manifestBase64: z.string(),
  /** Exact bytes of the Sigstore bundles (DSSE) that sign it, base64. */
  signaturesBase64: z.array(z.string()),
  /** Who is deploying, for the lease. */
  holder: z.string(),
});
export type BeginRequest = z.infer<typeof beginRequestSchema>;

export const beginResponseSchema = z.object({
  txn: z.string(),
  releaseId: z.string(),
  /** Objects the device lacks; `offset` bytes of each are already there and verified. */
  missing: z.array(z.object({ ...blobRefSchema.shape, offset: z.int() })),
  /** True when this release is already the committed one: nothing to do. */
  isCommitted: z.boolean(),
});
export type BeginResponse = z.infer<typeof beginResponseSchema>;

export const putResponseSchema = z.object({ digest: z.string(), sizeBytes: z.int(), receivedBytes: z.int() });
export type PutResponse = z.infer<typeof putResponseSchema>;

export const goldenReportSchema = z.object({
  cases: z.int(),
  maxAbsoluteError: z.number(),
  /** Elements outside the tolerance. */
  mismatches: z.int(),
  latencyP50Ms: z.number(),
  latencyP95Ms: z.number(),
  loadMs: z.number(),
});
export type GoldenReport = z.infer<typeof goldenReportSchema>;

/** Lines of the NDJSON answer to prepare, activate and rollback; the last one is `done` or `error`. */
export const transactionEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('phase'), phase: devicePhaseSchema, detail: z.nullable(z.string()) }),
  z.object({ type: z.literal('golden'), report: goldenReportSchema }),
  z.object({
    type: z.literal('probation'),
    goodMs: z.number(),
    requiredMs: z.number(),
    requests: z.int(),
    errors: z.int(),
  }),
  z.object({ type: z.literal('done'), result: z.enum(['armed', 'committed', 'rolled-back']), releaseId: z.string() }),
  z.object({ type: z.literal('error'), error: wireErrorSchema }),
]);
export type TransactionEvent = z.infer<typeof transactionEventSchema>;

/** POST `/v1/transactions/ID/prepare`, `/v1/transactions/ID/activate`; DELETE `/v1/transactions/ID` aborts. */
export function transactionPath(txn: string, step?: 'prepare' | 'activate'): string {
  return `${AGENT_ROUTES.transactions}/${txn}${step ? `/${step}` : ''}`;
}
