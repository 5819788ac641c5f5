// Who may measure on this device and when: one benchmark at a time, none beside a rollout, which goes first unless it is told to wait.
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import {
  BENCH_LEASE_SILENCE_MS,
  type BenchLeaseRequest,
  type BenchStopReason,
} from '../../../shared/agent-protocol/bench.ts';
import type { AgentStatus } from '../../../shared/agent-protocol/messages.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { Log } from '../log.ts';
import type { BlobRef, ObjectWriter } from '../release/object-store.ts';
import { createBenchFiles } from './bench-files.ts';
import { type BenchLease, openBenchLease } from './bench-lease.ts';

export interface BenchDeskParts {
  /** The device's. */
  readonly root: string;
  /** Folder with the ONNX Runtime library; null: the one of the npm package. */
  readonly ortDir: string | null;
  readonly log: Log;
  readonly status: () => AgentStatus;
  /** Requests that the serving model has answered; null where nothing serves. */
  readonly served: () => number | null;
  /** Entry of the sidecar; default: the kit's. */
  readonly runner?: string;
  /** Default BENCH_LEASE_SILENCE_MS. */
  readonly silenceMs?: number;
}

export interface BenchDesk {
  /** Lends the device; `response` stays open meanwhile. @throws DEVICE_BUSY naming the rollout or who measures */
  take(request: BenchLeaseRequest, response: ServerResponse): Promise<void>;
  /** The lease that is held, if it is this one. @throws DEVICE_BENCH_STOPPED when the device ended it, NOT_FOUND */
  leaseOf(id: string): BenchLease;
  /** @throws TRANSFER_INTERRUPTED when `offset` leaves a hole */
  openWriter(blob: BlobRef, offset: number): Promise<ObjectWriter>;
  /** Resolves when nothing is left of the last lease. */
  settled(): Promise<void>;
  /** Ends a running benchmark because a transaction begins. @throws DEVICE_BUSY while an exclusive one is held */
  makeWay(): Promise<void>;
  close(): Promise<void>;
}

const RUNNER = new URL(`./bench-runner${import.meta.url.endsWith('.ts') ? '.ts' : '.mjs'}`, import.meta.url);
/** Files of models that are kept between benchmarks. */
const KEPT_BYTES = 1024 * 1024 * 1024;

const WHY: Readonly<Record<BenchStopReason, string>> = {
  rollout: 'a rollout began there; start it again when that has ended',
  'agent-stopping': 'the agent stopped; start it again when it runs',
  silence: 'nothing had been heard from this computer for too long; start it again',
};

export function createBenchDesk(parts: BenchDeskParts): BenchDesk {
  const files = createBenchFiles(parts.root);
  const runnerArgs = [
    parts.runner ?? fileURLToPath(RUNNER),
    ...(parts.ortDir === null ? [] : ['--ort-dir', parts.ortDir]),
  ];
  const { silenceMs = BENCH_LEASE_SILENCE_MS } = parts;
  let current: BenchLease | null = null;
  /** Settles when nothing of the last lease is left; a new one waits for it. */
  let ending: Promise<void> = Promise.resolve();
  /** For a request that was on its way when its lease ended. */
  let last: { readonly id: string; readonly reason: BenchStopReason | null } = { id: '', reason: null };
  let isTaking = false;
  let isClosed = false;

  async function take(request: BenchLeaseRequest, response: ServerResponse): Promise<void> {
    refuseIfBusy();
    isTaking = true;
    try {
      await ending;
      // A rollout may have begun meanwhile.
      refuseIfBusy(true);
      const lease = await openBenchLease(
        request,
        response,
        { root: parts.root, files, runnerArgs, served: parts.served, log: parts.log, silenceMs },
        (ended) => {
          last = ended;
          current = null;
          ending = ended.finished.then(tidy);
        },
      );
      if (response.destroyed) return;
      current = lease;
      // One that began while the folder was made saw no lease yet.
      if (rollout() !== null) return await lease.end('rollout');
      parts.log.info('A benchmark holds the device.', { holder: request.holder, priority: request.priority });
    } finally {
      isTaking = false;
    }
  }

  function refuseIfBusy(isOurs = false): void {
    if (isClosed)
      throw new AppError('DEVICE_BUSY', 'The agent is stopping; try again when it runs again.', { retryable: true });
    const underWay = rollout();
    if (underWay !== null) throw underWay;
    if (current !== null) throw heldBy(current, 'wait until it has ended or stop it');
    if (isTaking && !isOurs) {
      throw new AppError('DEVICE_BUSY', 'Another benchmark is starting on this device at this moment; try again.', {
        retryable: true,
      });
    }
  }

  /** DEVICE_BUSY that names the rollout which is under way; null when none is. */
  function rollout(): AppError | null {
    const { phase, candidate, txn } = parts.status();
    if (phase === 'idle' || phase === 'safe') return null;
    const what = candidate === null ? '' : ` of ${candidate.name} ${candidate.version}`;
    return new AppError(
      'DEVICE_BUSY',
      `A rollout${what} is under way on this device (phase ${phase}); start the benchmark when it has ended.`,
      { details: { phase, txn }, retryable: true },
    );
  }

  async function tidy(): Promise<void> {
    try {
      await files.trim(KEPT_BYTES);
    } catch (error) {
      // The next benchmark tries again; until then the files only take room.
      parts.log.warn('Files of past benchmarks could not be removed.', { reason: toAppError(error).message });
    }
  }

  function leaseOf(id: string): BenchLease {
    if (current?.id === id) {
      current.touch();
      return current;
    }
    if (last.id === id && last.reason !== null) {
      throw new AppError('DEVICE_BENCH_STOPPED', `This benchmark was stopped on the device: ${WHY[last.reason]}.`, {
        details: { reason: last.reason },
        retryable: true,
      });
    }
    throw new AppError('NOT_FOUND', 'This benchmark does not hold the device any more; start it again.', {
      retryable: true,
    });
  }

  return {
    take,
    leaseOf,
    openWriter: (blob, offset) => files.openWriter(blob, offset),
    settled: () => ending,
    makeWay: async () => {
      if (current?.request.priority === 'exclusive') {
        throw heldBy(current, 'nothing may be rolled out meanwhile: wait until it has ended or stop it');
      }
      if (current !== null)
        parts.log.info('A benchmark is ended because a transaction begins.', { holder: current.request.holder });
      await current?.end('rollout');
    },
    close: async () => {
      isClosed = true;
      await current?.end('agent-stopping');
      await ending;
    },
  };
}

function heldBy({ request }: BenchLease, advice: string): AppError {
  const kind = request.priority === 'exclusive' ? 'an exclusive benchmark' : 'a benchmark';
  return new AppError('DEVICE_BUSY', `${request.holder} runs ${kind} on this device; ${advice}.`, {
    details: { holder: request.holder, priority: request.priority },
    retryable: true,
  });
}
