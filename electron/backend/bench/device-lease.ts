// A device held for a benchmark: the answer that stays open, the signs of life, and what is sent and asked meanwhile.
import { createReadStream } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import {
  BENCH_LEASE_SILENCE_MS,
  type BenchFilesResponse,
  type BenchLeaseInfo,
  type BenchLeaseRequest,
  type BenchStopReason,
  benchFilesResponseSchema,
  benchLeaseEventSchema,
  benchLeaseInfoSchema,
  benchPath,
} from '../../../shared/agent-protocol/bench.ts';
import { AGENT_ROUTES } from '../../../shared/agent-protocol/messages.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { AgentClient } from '../fleet/agent-client.ts';
import type { PlacedFile } from './machine.ts';

/** Opens the agent of one device; `release` closes what was opened for it. */
export type OpenAgent = (signal: AbortSignal) => Promise<{ readonly client: AgentClient; release(): void }>;

/** How a lease ended: the device's own reason, or what became of the link. */
export type LeaseEnd = BenchStopReason | AppError;

export interface DeviceLease {
  readonly id: string;
  readonly client: AgentClient;
  /** Null while it is held. */
  readonly end: LeaseEnd | null;
  /** Calls back once when it ends, at once when it has. Returns what takes the call back. */
  onEnd(listener: (end: LeaseEnd) => void): () => void;
  /** For who learned of the end by another answer than the lease's own. */
  finish(end: LeaseEnd): void;
  info(): Promise<BenchLeaseInfo>;
  /** What the device lacks of a model, or the name by which requests call it. @throws DEVICE_DISK_FULL, INPUT_INVALID, link errors */
  ask(files: readonly PlacedFile[]): Promise<BenchFilesResponse>;
  /** Sends the rest of a file. @throws TRANSFER_INTERRUPTED, link errors, CANCELLED */
  send(
    file: PlacedFile,
    offset: number,
    options: { readonly signal: AbortSignal; readonly onProgress: (sentBytes: number) => void },
  ): Promise<void>;
  /** Gives the device back when nothing of the benchmark is left there. Safe to call twice, never throws. */
  close(): Promise<void>;
}

export interface LeaseOptions {
  readonly deviceName: string;
  readonly openAgent: OpenAgent;
  readonly priority: BenchLeaseRequest['priority'];
}

const SIGN_OF_LIFE_MS = BENCH_LEASE_SILENCE_MS / 4;
const CALL_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 15_000;

/** @throws DEVICE_BUSY, AGENT_*, CANCELLED, link errors */
export async function openDeviceLease(options: LeaseOptions, signal: AbortSignal): Promise<DeviceLease> {
  const { deviceName, priority } = options;
  const { client, release } = await options.openAgent(signal);
  const closing = new AbortController();
  const onAbort = (): void => closing.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  const request: BenchLeaseRequest = { priority, holder: `${userInfo().username}@${hostname()}` };
  const lines = client.channel.stream({
    method: 'POST',
    path: AGENT_ROUTES.bench,
    body: request,
    signal: closing.signal,
  });
  let id: string;
  try {
    id = await readId(lines);
  } catch (error) {
    release();
    throw toAppError(error).code === 'NOT_FOUND' ? tooOld(deviceName, error) : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }

  let end: LeaseEnd | null = null;
  const listeners = new Set<(end: LeaseEnd) => void>();
  const signs = setInterval(() => {
    // Its failure is the link's, which the open answer tells, or the device's, which has forgotten the lease.
    info().catch((error: unknown) => toAppError(error).code === 'NOT_FOUND' && closing.abort());
  }, SIGN_OF_LIFE_MS);

  async function follow(): Promise<LeaseEnd> {
    try {
      for await (const line of lines) {
        const event = benchLeaseEventSchema.parse(line);
        if (event.type === 'stopped') return event.reason;
      }
      return lost(deviceName);
    } catch (error) {
      return closing.signal.aborted ? lost(deviceName) : toAppError(error);
    }
  }

  function finish(reason: LeaseEnd): void {
    if (end !== null) return;
    end = reason;
    clearInterval(signs);
    for (const listener of listeners) listener(reason);
    listeners.clear();
  }

  const over = follow().then(finish);

  async function info(): Promise<BenchLeaseInfo> {
    return benchLeaseInfoSchema.parse(
      await client.channel.request({ path: benchPath(id), timeoutMs: BENCH_LEASE_SILENCE_MS }),
    );
  }

  let closed: Promise<void> | null = null;
  async function closeAll(): Promise<void> {
    if (end === null) {
      const asked = client.channel.request({ method: 'DELETE', path: benchPath(id), timeoutMs: CLOSE_TIMEOUT_MS });
      // A device that cannot be reached ends the benchmark by itself when it hears nothing more.
      await asked.catch(() => undefined);
    }
    closing.abort();
    await over;
    release();
  }

  return {
    id,
    client,
    get end() {
      return end;
    },
    onEnd: (listener) => {
      if (end === null) listeners.add(listener);
      else listener(end);
      return () => listeners.delete(listener);
    },
    finish,
    info,
    ask: async (files) =>
      benchFilesResponseSchema.parse(
        await client.channel.request({
          path: benchPath(id, 'files'),
          body: { files: files.map(({ path, digest, sizeBytes }) => ({ path, digest, sizeBytes })) },
          timeoutMs: CALL_TIMEOUT_MS,
        }),
      ),
    send: async (file, offset, { signal: sendSignal, onProgress }) => {
      const source = createReadStream(file.localPath, { start: offset, highWaterMark: 1 << 20 });
      try {
        await client.channel.put({
          path: `${benchPath(id, 'objects', file.digest)}?offset=${offset}`,
          source,
          length: file.sizeBytes - offset,
          signal: sendSignal,
          onProgress,
        });
      } finally {
        source.destroy();
      }
    },
    close: () => {
      closed ??= closeAll();
      return closed;
    },
  };
}

async function readId(lines: AsyncGenerator<unknown, void, undefined>): Promise<string> {
  const first = await lines.next();
  const event = benchLeaseEventSchema.parse(first.value);
  if (event.type === 'lease') return event.leaseId;
  throw new AppError('DEVICE_BUSY', 'A rollout began on the device at this very moment; try again when it has ended.', {
    retryable: true,
  });
}

function tooOld(deviceName: string, cause: unknown): AppError {
  return new AppError(
    'AGENT_INCOMPATIBLE',
    `The agent on ${deviceName} is too old for benchmarks; set the device up again.`,
    { details: { device: deviceName }, cause },
  );
}

function lost(deviceName: string): AppError {
  return new AppError(
    'SSH_CONNECTION_LOST',
    `The connection to ${deviceName} was lost during the benchmark; try again.`,
    {
      details: { device: deviceName },
      retryable: true,
    },
  );
}
