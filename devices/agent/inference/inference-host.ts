// The seam between serving and rolling out: workers that hold a model, and the one route that requests take.
import type { GoldenReport } from '../../../shared/agent-protocol/messages.ts';
import type { Release } from '../../../shared/domain/release.ts';

/** A release on the device's disk, complete and verified. */
export interface InstalledRelease {
  readonly releaseId: string;
  readonly manifestDigest: string;
  /** Directory that holds the model files and `golden.bin` by the paths that `release` names. */
  readonly directory: string;
  readonly release: Release;
}

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Last lines of the worker's stderr, at most 4 KiB. */
  readonly stderrTail: string;
}

/** One process that holds one model. It does not restart itself. */
export interface ModelWorker {
  readonly installed: InstalledRelease;
  readonly pid: number;
  readonly loadMs: number;
  /**
   * Runs every golden case and then `release.budget.latencyRuns` timed runs inside the worker.
   * @throws MODEL_RUN_FAILED when the runtime refuses a case; INFERENCE_UNAVAILABLE when the worker dies.
   */
  runGolden(): Promise<GoldenReport>;
  /** Resolves once, when the process is gone. */
  readonly exited: Promise<WorkerExit>;
  /** Ends the process after the requests in flight, at the latest after 5 s. Safe to call twice. */
  stop(): Promise<void>;
}

export interface RouteStats {
  readonly requestsTotal: number;
  readonly errorsTotal: number;
  /** p95 of the last 60 s, null without enough requests. */
  readonly p95Ms: number | null;
}

export interface InferenceHost {
  /**
   * Starts a worker without sending it requests.
   * @throws MODEL_LOAD_FAILED with the runtime's reason.
   */
  startWorker(installed: InstalledRelease): Promise<ModelWorker>;
  /**
   * Sends all new requests to `worker`, atomically; requests in flight finish where they are. While it is the route, the
   * host restarts it when it dies (requests in flight are tried once more on the new process).
   * Returns the worker that was the route before, still running, now without requests and no longer restarted; the caller stops it.
   */
  route(worker: ModelWorker | null): ModelWorker | null;
  /** The worker that is the route now (after a restart: the new one). */
  current(): ModelWorker | null;
  /** Counters since `route()` was last called. */
  stats(): RouteStats;
  /** Restarts of the routed worker since `route()` was last called. */
  restarts(): number;
}
