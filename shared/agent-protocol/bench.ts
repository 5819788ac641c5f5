// What agent and backend say to each other about a benchmark on the device: a lease, the model's files, and sidecar processes.
import * as z from 'zod/mini';
import { blobRefSchema } from '../domain/release.ts';
import { AGENT_ROUTES } from './messages.ts';

/** A lease that nobody asks anything of for so long is over: its laptop is gone without a word. */
export const BENCH_LEASE_SILENCE_MS = 20_000;

/** POST `/v1/bench` → NDJSON of BenchLeaseEvent, open for as long as the lease is held: its end is the end of the lease. */
export const benchLeaseRequestSchema = z.object({
  /** `low`: after everything else on the device; `exclusive`: no rollout may begin meanwhile. */
  priority: z.enum(['normal', 'low', 'exclusive']),
  /** Who measures, for others who find the device busy. */
  holder: z.string().check(z.minLength(1), z.maxLength(200)),
});
export type BenchLeaseRequest = z.infer<typeof benchLeaseRequestSchema>;

/** Why the device ended a benchmark by itself; also `details.reason` of DEVICE_BENCH_STOPPED. */
export const benchStopReasonSchema = z.enum(['rollout', 'agent-stopping', 'silence']);
export type BenchStopReason = z.infer<typeof benchStopReasonSchema>;

const stoppedSchema = z.object({ type: z.literal('stopped'), reason: benchStopReasonSchema });

export const benchLeaseEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('lease'), leaseId: z.string().check(z.regex(/^[0-9a-f]{32}$/)) }),
  /** The last line. */
  stoppedSchema,
]);
export type BenchLeaseEvent = z.infer<typeof benchLeaseEventSchema>;

/** GET `/v1/bench/LEASE`: a sign of life, and what the serving model did since the lease began. */
export const benchLeaseInfoSchema = z.object({
  /** Null where nothing serves. */
  servedRequests: z.nullable(z.int()),
});
export type BenchLeaseInfo = z.infer<typeof benchLeaseInfoSchema>;

/** POST `/v1/bench/LEASE/files`: the files of one model, the ONNX file first, each with its path relative to the model's folder. */
export const benchFilesRequestSchema = z.object({
  files: z.array(z.extend(blobRefSchema, { path: z.string() })).check(z.minLength(1), z.maxLength(256)),
});
export type BenchFilesRequest = z.infer<typeof benchFilesRequestSchema>;

export const benchFilesResponseSchema = z.object({
  /** Name of the first file in requests to a process; null for as long as objects are missing. The same files have the same name. */
  onnxPath: z.nullable(z.string()),
  /** To be sent with PUT `/v1/bench/LEASE/objects/DIGEST?offset=N`; `offset` bytes of each are already there and verified. */
  missing: z.array(z.extend(blobRefSchema, { offset: z.int() })),
});
export type BenchFilesResponse = z.infer<typeof benchFilesResponseSchema>;

/**
 * POST `/v1/bench/LEASE/processes` starts a sidecar and answers with NDJSON: `started`, then the lines that the process writes
 * (RunnerMessage) as they are, at last `exited` or `stopped`. When the reader leaves, the process is ended.
 * POST `/v1/bench/LEASE/processes/N` hands it one RunnerRequest, DELETE ends it.
 */
export const benchProcessStartedSchema = z.object({ type: z.literal('started'), process: z.int() });
export type BenchProcessStarted = z.infer<typeof benchProcessStartedSchema>;

export const benchProcessEndSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('exited'),
    code: z.nullable(z.int()),
    signal: z.nullable(z.string()),
    /** Last lines on stderr, at most 4 KiB. */
    stderrTail: z.string(),
    /** Why the agent ended it; null when it ended by itself. */
    fault: z.nullable(z.string()),
  }),
  stoppedSchema,
]);
export type BenchProcessEnd = z.infer<typeof benchProcessEndSchema>;

/** DELETE `/v1/bench/LEASE` ends everything and answers when it is gone. */
export function benchPath(leaseId: string, ...rest: readonly (string | number)[]): string {
  return [AGENT_ROUTES.bench, leaseId, ...rest].join('/');
}
