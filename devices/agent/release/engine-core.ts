// What the steps of a transaction share: the parts of the engine, the state on disk, and the few things held only in memory.
import type { AgentEvent, DevicePhase, ReleaseSummary } from '../../../shared/agent-protocol/messages.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { VerifiedRelease } from '../../trust/verify-release.ts';
import type { InferenceHost, ModelWorker } from '../inference/inference-host.ts';
import type { Log } from '../log.ts';
import type { Clock } from './clock.ts';
import type { DurableFs } from './fs-durable.ts';
import { collectGarbage } from './garbage.ts';
import type { Layout } from './layout.ts';
import { markCommitted } from './markers.ts';
import type { ObjectStore } from './object-store.ts';
import type { EmitTransactionEvent, Operation } from './operation.ts';
import type { DeviceFacts } from './preflight.ts';
import {
  applyRecord,
  type BadMark,
  EMPTY_STATE,
  type EngineState,
  type RecordBody,
  type TransactionState,
} from './records.ts';
import type { StateStore } from './state-store.ts';
import { pointCurrent } from './switcher.ts';

export interface EngineParts {
  readonly layout: Layout;
  readonly fs: DurableFs;
  readonly objects: ObjectStore;
  readonly inference: InferenceHost;
  readonly clock: Clock;
  readonly log: Log;
  readonly facts: DeviceFacts;
  /** How long a laptop that went silent keeps the device to itself, in milliseconds. */
  readonly leaseMs: number;
  emit(event: AgentEvent): void;
  /** Ends what must not run beside a transaction. @throws DEVICE_BUSY when that is to go first */
  makeWay(): Promise<void>;
}

/** The engine while it runs: one per root, from `recover` to `close`. */
export class EngineCore {
  readonly parts: EngineParts;
  store: StateStore | null = null;
  /** Why nothing can be written, so that transactions are refused; null when all is well. */
  blocked: AppError | null = null;
  /** State that was read, for as long as there is no store. */
  readOnlyState: EngineState = EMPTY_STATE;
  /** The verified bundle of the open transaction while its objects are received. */
  verified: VerifiedRelease | null = null;
  /** Worker of the armed candidate, without requests. */
  warm: ModelWorker | null = null;
  /** Worker of the release before, kept through probation so that going back leaves no gap. */
  old: ModelWorker | null = null;
  operation: Operation | null = null;
  /** A phase too short to be on disk. */
  activity: DevicePhase | null = null;
  /** Why the committed release does not serve; null when it does. */
  serveFault: string | null = null;
  leaseUntilMs = 0;
  /** Set by `close`: what is under way stops where it is, and the next start goes on with it. */
  isClosing = false;
  private toldPhase: DevicePhase = 'idle';
  private readonly dead = new WeakSet<ModelWorker>();

  constructor(parts: EngineParts) {
    this.parts = parts;
  }

  get state(): EngineState {
    return this.store?.state ?? this.readOnlyState;
  }

  /** The open transaction. @throws INTERNAL when there is none: a fault of the caller */
  get transaction(): TransactionState {
    const { transaction } = this.state;
    if (transaction === null) throw new Error('There is no open transaction.');
    return transaction;
  }

  get phase(): DevicePhase {
    if (this.activity !== null) return this.activity;
    if (this.state.transaction !== null) return this.state.transaction.phase;
    return this.state.safeReason !== null || this.serveFault !== null ? 'safe' : 'idle';
  }

  /** @throws DEVICE_DISK_FULL, DEVICE_READ_ONLY */
  async append(body: RecordBody): Promise<EngineState> {
    if (this.store === null) throw this.blocked ?? new Error('The engine has not recovered yet.');
    const state = await this.store.append(body);
    this.tellPhase();
    return state;
  }

  /** Applies a record that the disk would not take: what has happened has happened, and the next start will find it out anew. */
  applyUnrecorded(body: RecordBody): void {
    this.store?.setUnrecorded(applyRecord(this.state, { seq: this.state.seq, body }));
    this.tellPhase();
  }

  /** Enters a phase that is not on disk, and tells whoever follows. */
  enter(phase: DevicePhase | null, emit: EmitTransactionEvent | null, detail: string | null = null): void {
    this.activity = phase;
    if (phase === null) return;
    emit?.({ type: 'phase', phase, detail });
    this.tellPhase();
  }

  tellPhase(): void {
    if (this.phase === this.toldPhase) return;
    this.toldPhase = this.phase;
    this.event('phase', `The device is now in the phase ${this.phase}.`, { phase: this.phase });
  }

  event(kind: AgentEvent['kind'], message: string, details: Record<string, unknown> = {}): void {
    this.parts.emit({ timeMs: this.parts.clock.nowMs(), kind, message, details });
  }

  /** Reports a fault that must not stop what is under way. */
  warn(error: unknown): void {
    const { code, message } = toAppError(error);
    this.parts.log.warn(message, { code, stack: error instanceof Error ? error.stack : undefined });
    this.event('warning', message, { code });
  }

  /** Does something that must not stop what is under way. */
  async attempt(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      this.warn(error);
      return false;
    }
  }

  renewLease(): void {
    this.leaseUntilMs = this.parts.clock.monotonicMs() + this.parts.leaseMs;
  }

  get isLeaseFresh(): boolean {
    return this.parts.clock.monotonicMs() < this.leaseUntilMs;
  }

  /** Remembers a worker, so that its end is known without waiting for it. */
  watch(worker: ModelWorker): ModelWorker {
    void worker.exited.then(() => this.dead.add(worker));
    return worker;
  }

  isAlive(worker: ModelWorker | null): worker is ModelWorker {
    return worker !== null && !this.dead.has(worker);
  }

  async stopWarm(): Promise<void> {
    const { warm } = this;
    this.warm = null;
    await warm?.stop();
  }

  /** Ends the open transaction without a switch; the release that serves goes on. */
  async end(result: 'failed' | 'aborted', error: AppError | null, bad: BadMark | null): Promise<void> {
    await this.stopWarm();
    await this.parts.objects.closeWriters();
    const timeMs = this.parts.clock.nowMs();
    const body: RecordBody = { type: 'ended', result, error: error?.toWire() ?? null, bad, timeMs };
    try {
      await this.append(body);
    } catch (cause) {
      if (!(cause instanceof AppError) || cause.code !== 'DEVICE_DISK_FULL') throw cause;
      // What arrived for this transaction may be what filled the disk.
      await this.parts.objects.dropParts(new Set());
      await this.append(body);
    }
    this.verified = null;
    await this.settle();
  }

  /**
   * Brings everything that follows from the state into line with it: marker, link, receipt, garbage. Runs between
   * transactions; can be repeated; a step that fails is reported and done at the next start.
   */
  async settle(): Promise<void> {
    const { layout, fs, objects } = this.parts;
    const { committed, lastOutcome, transaction } = this.state;
    if (transaction !== null) return;
    if (committed !== null) await this.attempt(() => markCommitted(layout, fs, committed.releaseId));
    await this.attempt(() => pointCurrent(layout, fs, committed?.releaseId ?? null));
    if (lastOutcome !== null) {
      const text = `${JSON.stringify(lastOutcome, null, 2)}\n`;
      await this.attempt(() => fs.writeFile(layout.outcomeFile(lastOutcome.txn), text, 'the receipt'));
    }
    await this.attempt(() => collectGarbage(layout, fs, objects, this.state));
    this.activity = null;
    this.tellPhase();
  }
}

/** The sentence part that names a release. */
export function nameOf(release: ReleaseSummary): string {
  return `${release.name} ${release.version}`;
}
