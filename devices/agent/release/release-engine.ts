// The device side of a rollout: the only writer of the device's releases, and the owner of every transaction from begin to commit.
import { randomBytes } from 'node:crypto';
import type {
  AgentEvent,
  AgentStatus,
  BeginRequest,
  BeginResponse,
  ReleaseSummary,
} from '../../../shared/agent-protocol/messages.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { InferenceHost } from '../inference/inference-host.ts';
import type { Log } from '../log.ts';
import { activateCandidate, throwOutcome } from './activate.ts';
import { beginTransaction } from './begin.ts';
import { type Clock, systemClock } from './clock.ts';
import { EngineCore } from './engine-core.ts';
import { createDurableFs, type StepHook } from './fs-durable.ts';
import { summaryOf } from './installed.ts';
import { createLayout } from './layout.ts';
import { createObjectStore, type ObjectWriter } from './object-store.ts';
import { type EmitTransactionEvent, type Operation, startOperation } from './operation.ts';
import { type DeviceFacts, readAvailableMemory, readDiskSpace } from './preflight.ts';
import { prepareCandidate } from './prepare.ts';
import { recoverEngine, reopenForWriting } from './recover.ts';
import { returnToPrevious } from './return-to-previous.ts';

/** How long a laptop that went silent keeps the device to itself. */
const LEASE_MS = 60_000;

export interface ReleaseEngineOptions {
  /** The device's root, e.g. `~/lineside`. */
  readonly root: string;
  readonly inference: InferenceHost;
  readonly log: Log;
  /** Version of the ONNX Runtime that the workers load. */
  readonly runtimeVersion: string;
  readonly clock?: Clock;
  readonly emit: (event: AgentEvent) => void;
  /** Called before a transaction changes anything: ends what must not run beside it, or refuses the transaction. */
  readonly makeWay?: () => Promise<void>;
  readonly leaseMs?: number;
  /** Facts that differ from this machine's, in tests. */
  readonly facts?: Partial<DeviceFacts>;
  /** Called before every step that changes the disk; tests stop or fail the engine there. */
  readonly onStep?: StepHook;
}

export interface ReleaseEngine {
  /**
   * Call once, before serving: finishes or takes back what was interrupted, starts and routes the committed release.
   * A probation that was interrupted goes on in the background. The agent's lock must be held: one engine a root.
   */
  recover(): Promise<void>;
  status(): Omit<AgentStatus, 'worker'>;
  /** Opens or resumes a transaction. @throws see `beginTransaction` */
  begin(request: BeginRequest): Promise<BeginResponse>;
  /**
   * Takes in one object of the open transaction. The caller must call `finish` or `abort` of the writer.
   * @throws NOT_FOUND, TRANSFER_INTERRUPTED (details.offset says where to go on), DEVICE_DISK_FULL
   */
  openObject(txn: string, digest: string, offset: number): Promise<ObjectWriter>;
  /**
   * Brings the transaction to ARMED, or follows one that does. Emits phases, the golden report and at last `done`; a failure
   * is thrown, never emitted. Goes on when the caller is gone.
   */
  prepare(txn: string, emit: EmitTransactionEvent): Promise<void>;
  /** Switches, watches and commits, or follows one that does; emits and throws as `prepare`. Goes on when the caller is gone. */
  activate(txn: string, emit: EmitTransactionEvent): Promise<void>;
  /**
   * Ends a transaction: up to ARMED its release and parts are removed, during probation the device goes back.
   * @throws RELEASE_REFUSED when it is committed already, NOT_FOUND when it is unknown
   */
  abort(txn: string): Promise<void>;
  /** Returns to the previous release. @throws NOT_FOUND when there is none, DEVICE_BUSY, GOLDEN_MISMATCH */
  rollback(emit: EmitTransactionEvent): Promise<void>;
  /** Stops where it is; the next start goes on. Whoever owns the inference host ends the workers. */
  close(): Promise<void>;
}

export function createReleaseEngine(options: ReleaseEngineOptions): ReleaseEngine {
  const layout = createLayout(options.root);
  const fs = createDurableFs(options.onStep);
  const core = new EngineCore({
    layout,
    fs,
    objects: createObjectStore(layout, fs),
    inference: options.inference,
    clock: options.clock ?? systemClock,
    log: options.log,
    leaseMs: options.leaseMs ?? LEASE_MS,
    facts: {
      architecture: process.arch,
      runtimeVersion: options.runtimeVersion,
      availableMemoryBytes: readAvailableMemory,
      diskSpace: () => readDiskSpace(options.root),
      ...options.facts,
    },
    emit: options.emit,
    makeWay: options.makeWay ?? (() => Promise.resolve()),
  });
  let tail: Promise<unknown> = Promise.resolve();

  /** Short steps one after the other; long work runs as an operation beside them. */
  function exclusive<T>(action: () => Promise<T>): Promise<T> {
    const result = tail.then(action);
    tail = result.catch(() => undefined);
    return result;
  }

  function start(kind: Operation['kind'], txn: string, work: Parameters<typeof startOperation>[2]): Operation {
    const operation = startOperation(kind, txn, work, (error) => core.warn(error));
    core.operation = operation;
    const clear = (): void => {
      if (core.operation === operation) core.operation = null;
      core.renewLease();
    };
    operation.finished.then(clear, clear);
    return operation;
  }

  /** Waits for the tidying after a transaction: it must not take away what a new one begins with. */
  async function settled(): Promise<void> {
    if (core.state.transaction === null) await core.operation?.finished.catch(() => undefined);
  }

  /** The transaction's state. @throws what it ended with, or NOT_FOUND */
  function requireOpen(txn: string) {
    const { transaction } = core.state;
    if (transaction?.txn !== txn) throwOutcome(core, txn);
    core.renewLease();
    return transaction;
  }

  function committedBy(txn: string): string | null {
    const { lastOutcome } = core.state;
    return lastOutcome?.txn === txn && lastOutcome.result === 'committed' ? lastOutcome.releaseId : null;
  }

  function routed(): ReleaseSummary | null {
    const installed = core.parts.inference.current()?.installed;
    if (installed !== undefined) return summaryOf(installed.release, installed.manifestDigest);
    // Between the death of a worker and its restart the route is still there.
    const { transaction, committed } = core.state;
    if (core.serveFault !== null) return null;
    return transaction?.phase === 'probation' ? transaction.candidate : committed;
  }

  return {
    recover: () => exclusive(() => recoverEngine(core)),
    status: () => ({
      phase: core.phase,
      txn: core.state.transaction?.txn ?? null,
      serving: routed(),
      previous: core.state.previous,
      candidate: core.state.transaction?.candidate ?? null,
      lastOutcome: core.state.lastOutcome,
    }),
    begin: (request) =>
      exclusive(async () => {
        // A disk that was full or read-only may have been put right since.
        if (core.store === null && core.blocked !== null) await reopenForWriting(core);
        await settled();
        return await beginTransaction(core, request);
      }),
    openObject: (txn, digest, offset) =>
      exclusive(async () => {
        const { phase } = requireOpen(txn);
        const blob = core.verified?.blobs.find((one) => one.digest === digest);
        if (phase !== 'receiving' || core.operation !== null || blob === undefined) {
          throw new AppError('NOT_FOUND', 'The device does not wait for this object; begin the push again.', {
            details: { txn, digest },
          });
        }
        const writer = await core.parts.objects.openWriter({ digest, sizeBytes: blob.size }, offset);
        return {
          ...writer,
          write: async (chunk) => {
            core.renewLease();
            await writer.write(chunk);
          },
        };
      }),
    prepare: async (txn, emit) => {
      const operation = await exclusive(async () => {
        if (committedBy(txn) !== null) return null;
        const { phase, candidate } = requireOpen(txn);
        if (core.operation !== null) return core.operation.kind === 'prepare' ? core.operation : null;
        if (phase === 'armed' && core.isAlive(core.warm)) return null;
        return start('prepare', txn, async (tell, signal) => {
          await prepareCandidate(core, tell, signal);
          tell({ type: 'done', result: 'armed', releaseId: candidate.releaseId });
        });
      });
      // Armed already, or beyond.
      const releaseId = core.state.transaction?.candidate.releaseId ?? committedBy(txn) ?? '';
      if (operation === null) emit({ type: 'done', result: 'armed', releaseId });
      else await operation.follow(emit);
    },
    activate: async (txn, emit) => {
      const operation = await exclusive(async () => {
        if (committedBy(txn) !== null) return null;
        const { phase, candidate } = requireOpen(txn);
        if (core.operation?.kind === 'activate') return core.operation;
        if (phase !== 'armed' || core.operation !== null) {
          throw new AppError(
            'INPUT_INVALID',
            'The bundle has not been prepared on this device yet; prepare it first.',
            { details: { txn, phase } },
          );
        }
        return start('activate', txn, async (tell, signal) => {
          await activateCandidate(core, tell, signal);
          tell({ type: 'done', result: 'committed', releaseId: candidate.releaseId });
        });
      });
      if (operation === null) emit({ type: 'done', result: 'committed', releaseId: committedBy(txn) ?? '' });
      else await operation.follow(emit);
    },
    abort: async (txn) => {
      const { operation } = core;
      if (operation?.txn === txn || (operation !== null && core.state.transaction?.txn === txn)) {
        operation.cancel();
        await operation.finished.catch(() => undefined);
      }
      await exclusive(async () => {
        if (core.state.transaction?.txn === txn) {
          await core.end(
            'aborted',
            new AppError('CANCELLED', 'The rollout on this device was aborted; the release that served goes on.'),
            null,
          );
          return;
        }
        const { lastOutcome } = core.state;
        if (lastOutcome?.txn !== txn) throwOutcome(core, txn);
        if (lastOutcome.result === 'committed') {
          throw new AppError(
            'RELEASE_REFUSED',
            'The release is permanent on this device already; use rollback to return to the one before.',
            {
              details: { txn, releaseId: lastOutcome.releaseId },
            },
          );
        }
      });
    },
    rollback: async (emit) => {
      const txn = `rollback-${randomBytes(8).toString('hex')}`;
      const operation = await exclusive(async () => {
        await settled();
        return await returnToPrevious(core, txn, (work) => start('rollback', txn, work));
      });
      await operation.follow(emit);
    },
    close: async () => {
      core.isClosing = true;
      core.operation?.cancel();
      await core.operation?.finished.catch(() => undefined);
      await exclusive(async () => {
        await core.parts.objects.closeWriters();
        await core.store?.close();
        core.store = null;
      });
    },
  };
}
