// The machine that measures: this computer or a device. The same sidecar runs on either; all else in this folder does not know which.
import type { AnswerTo, RunnerProgress, RunnerRequest } from '../../../devices/runtime/runner/runner-protocol.ts';
import type { BenchPriority } from '../../../shared/contract/bench-options.ts';
import type { BenchMachineRef } from '../../../shared/contract/bench-result.ts';

/** A file of a model: `path` is relative to the model's folder, the ONNX file first. */
export interface PlacedFile {
  readonly path: string;
  readonly localPath: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

export interface RequestOptions {
  /** What the user would call this work, as `The benchmark of digits:1`. */
  readonly subject: string;
  readonly signal?: AbortSignal | undefined;
  /** The process is ended when it says nothing for so long. */
  readonly silenceMs: number;
  readonly onProgress?: ((progress: RunnerProgress) => void) | undefined;
  /** Pieces of the raw samples (float64, little-endian, ms), in order; awaited before the next is taken. */
  readonly onSamples?: ((bytes: Uint8Array) => Promise<void>) | undefined;
}

/** One process that holds at most one model. After any error but the model's own it is gone. */
export interface Sidecar {
  /**
   * One request at a time.
   * @throws CANCELLED, BENCH_TIMEOUT after a silence, BENCH_CRASHED or BENCH_OUT_OF_MEMORY when the process ends without an answer,
   *   DEVICE_BENCH_STOPPED when the device ended it, and whatever the process reports.
   */
  request<R extends RunnerRequest>(request: R, options: RequestOptions): Promise<AnswerTo<R>>;
  /** Ends the process and waits for its end. Safe to call twice. */
  close(): Promise<void>;
}

/** Held for one job; nobody else measures there meanwhile. */
export interface BenchMachine {
  readonly ref: BenchMachineRef;
  /** Brings the files there unless they are there. Returns the path of the first one on that machine. */
  place(files: readonly PlacedFile[], signal: AbortSignal, onProgress?: (sentBytes: number) => void): Promise<string>;
  launch(): Sidecar;
  /** Requests that a serving model answered there since the lease began; null where nothing serves. */
  servedRequests(): Promise<number | null>;
  /** Ends all sidecars and gives the machine back. Safe to call twice. */
  close(): Promise<void>;
}

export interface BenchMachines {
  /**
   * Names of machines for what the user asked for: `local`, device names and selectors; duplicates once, in order.
   * @throws NOT_FOUND, SELECTOR_INVALID, SELECTOR_EMPTY
   */
  resolve(asked: readonly string[]): BenchMachineRef[];
  /** True when `acquire` would have to wait for its turn. */
  isBusy(ref: BenchMachineRef): boolean;
  /**
   * Waits for its turn on this computer; on a device takes the lease.
   * @throws CANCELLED, DEVICE_BUSY while a rollout or another benchmark is under way there, AGENT_*, link errors.
   */
  acquire(ref: BenchMachineRef, priority: BenchPriority, signal: AbortSignal): Promise<BenchMachine>;
}
