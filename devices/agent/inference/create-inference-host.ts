// Carries requests to the worker that is the route, starts it again when it dies, and loses no request on the way.
import type { AgentEvent, AgentStatus } from '../../../shared/agent-protocol/messages.ts';
import type { InferenceSample } from '../../../shared/agent-protocol/sample.ts';
import { toAppError } from '../../../shared/errors/app-error.ts';
import type { Log } from '../log.ts';
import type { InferenceHost, InstalledRelease, ModelWorker, WorkerExit } from './inference-host.ts';
import { modelMetadata, OipError, type OipModelMetadata } from './oip-model.ts';
import { createRequestCounters } from './request-counters.ts';
import { createRequestQueue, type NewJob, type QueueLimits, type WaitingJob } from './request-queue.ts';
import { createRestartPolicy } from './restart-policy.ts';
import { describeExit, startWorkerProcess, type WorkerProcess } from './worker-process.ts';

export interface InferenceHostOptions {
  /** Folder with the ONNX Runtime library; null: the one of the npm package. */
  readonly ortDir: string | null;
  /** Folder of this user where workers keep their compiled code; without it each start compiles anew. */
  readonly compileCacheDir?: string;
  readonly log: Log;
  readonly onEvent: (kind: AgentEvent['kind'], message: string, details: Record<string, unknown>) => void;
  readonly limits?: Partial<QueueLimits & { readonly requestTimeoutMs: number }>;
}

/** The host as the agent's own parts see it: the rollout side of `InferenceHost`, the requests, and the figures for telemetry. */
export interface AgentInferenceHost extends InferenceHost {
  /** Hands a request over; exactly one of its callbacks is called, once. Returns a function that gives the request up. */
  submit(job: NewJob): () => void;
  /** What is served, ready or not; null when nothing is. */
  served(): { readonly name: string; readonly version: string } | null;
  isReady(): boolean;
  /** Null while no worker is ready. */
  metadata(): OipModelMetadata | null;
  workerStatus(): AgentStatus['worker'];
  sample(workerRssBytes: number | null): InferenceSample;
  close(): Promise<void>;
}

/** Requests given to the worker ahead of its answer, so that it never waits for the next one. */
const PIPELINE_DEPTH = 2;
/** A request that ended this many workers is not tried again. */
const MAX_WORKERS_LOST = 2;
const EXPIRE_PERIOD_MS = 250;
const DEFAULT_LIMITS = { maxRequests: 64, maxWaitMs: 5_000, requestTimeoutMs: 60_000 };
const LOAD_TIMEOUT_MS = 300_000;

export function createInferenceHost(options: InferenceHostOptions): AgentInferenceHost {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const nowMs = (): number => performance.now();
  const counters = createRequestCounters(nowMs);
  const queue = createRequestQueue(limits);
  const policy = createRestartPolicy();
  const workers = new Map<ModelWorker, WorkerProcess>();
  let worker: WorkerProcess | null = null;
  let installed: InstalledRelease | null = null;
  let startedMs = 0;
  let restarts = 0;
  let lastExit: string | null = null;
  let restartTimer: NodeJS.Timeout | null = null;
  let expireTimer: NodeJS.Timeout | null = null;
  let isClosed = false;

  async function startWorker(release: InstalledRelease): Promise<WorkerProcess> {
    const started = await startWorkerProcess(release, {
      ortDir: options.ortDir,
      compileCacheDir: options.compileCacheDir ?? null,
      requestTimeoutMs: limits.requestTimeoutMs,
      loadTimeoutMs: LOAD_TIMEOUT_MS,
      onAnswered: pump,
    });
    workers.set(started, started);
    void started.exited.then((exit) => onExit(started, exit));
    return started;
  }

  function onExit(gone: WorkerProcess, exit: WorkerExit): void {
    workers.delete(gone);
    const isRoute = gone === worker;
    takeBack(gone);
    if (isClosed || installed === null) queue.failAll(new OipError(503, 'No model is served any more.'));
    if (!isRoute || isClosed) {
      pump();
      return;
    }
    worker = null;
    queue.restamp(nowMs());
    lastExit = describeExit(exit);
    const delayMs = policy.died(nowMs() - startedMs);
    const message = `The inference worker (process ${String(gone.pid)}) ${lastExit}; it is being started again.`;
    options.log.warn(message, { stderrTail: exit.stderrTail });
    options.onEvent('worker-died', message, { pid: gone.pid, code: exit.code, signal: exit.signal, delayMs });
    restartLater(gone.installed, delayMs, nowMs());
  }

  /** Requests that `gone` still owed go back to the front of the line; the first of them may be what ended it. */
  function takeBack(gone: WorkerProcess): void {
    const unanswered = gone.takeUnanswered() as WaitingJob[];
    const [first] = unanswered;
    if (first !== undefined) first.workersLost += 1;
    const hopeless = first !== undefined && first.workersLost >= MAX_WORKERS_LOST;
    queue.putBack(hopeless ? unanswered.slice(1) : unanswered);
    if (hopeless)
      first.fail(new OipError(500, 'The inference worker ended twice while it was at work on this request.'));
  }

  function restartLater(release: InstalledRelease, delayMs: number, diedMs: number): void {
    expireTimer ??= setInterval(() => queue.expire(nowMs()), EXPIRE_PERIOD_MS);
    restartTimer = setTimeout(() => void restart(release, diedMs), delayMs);
  }

  async function restart(release: InstalledRelease, diedMs: number): Promise<void> {
    restartTimer = null;
    startedMs = nowMs();
    let started: WorkerProcess;
    try {
      started = await startWorker(release);
    } catch (error) {
      if (isClosed || installed !== release || worker !== null) return;
      lastExit = toAppError(error).message;
      const delayMs = policy.died(0);
      options.log.error(lastExit, { delayMs });
      options.onEvent('worker-died', `The inference worker could not be started again: ${lastExit}`, { delayMs });
      restartLater(release, delayMs, diedMs);
      return;
    }
    if (isClosed || installed !== release || worker !== null) {
      await started.stop();
      return;
    }
    restarts += 1;
    adopt(started);
    const outageMs = Math.round(nowMs() - diedMs);
    const message = `The inference worker is back after ${(outageMs / 1000).toFixed(2)} s as process ${String(started.pid)}.`;
    options.log.info(message);
    options.onEvent('worker-restarted', message, { pid: started.pid, outageMs, restarts });
  }

  function adopt(started: WorkerProcess): void {
    worker = started;
    if (expireTimer !== null) clearInterval(expireTimer);
    expireTimer = null;
    pump();
  }

  function pump(): void {
    while (worker !== null && worker.pendingJobs < PIPELINE_DEPTH) {
      const job = queue.next();
      if (job === undefined) return;
      if (serves(job.model, job.version)) worker.run(job);
      else job.fail(notServed(job.model, job.version));
    }
  }

  function serves(model: string, version: string | null): boolean {
    const served = installed?.release.model;
    return served?.name === model && (version === null || served.version === version);
  }

  function notServed(model: string, version: string | null): OipError {
    const asked = version === null ? `"${model}"` : `"${model}" version "${version}"`;
    const served = installed?.release.model;
    const instead = served === undefined ? 'nothing is served' : `"${served.name}" version "${served.version}" is`;
    return new OipError(404, `The model ${asked} is not served here; ${instead}.`);
  }

  function submit(job: NewJob): () => void {
    const arrivedMs = nowMs();
    const waiting: WaitingJob = {
      model: job.model,
      version: job.version,
      request: job.request,
      workersLost: 0,
      waitingSinceMs: arrivedMs,
      isAbandoned: false,
      answered(answer) {
        counters.answered(answer.status, nowMs() - arrivedMs);
        job.onAnswer(answer);
      },
      fail(error) {
        // A wrong name says nothing about the release that is served.
        if (error.status !== 404) counters.answered(error.status, nowMs() - arrivedMs);
        job.onError(error);
      },
    };
    try {
      if (!serves(job.model, job.version)) throw notServed(job.model, job.version);
      queue.add(waiting, worker !== null);
      pump();
    } catch (error) {
      if (!(error instanceof OipError)) throw error;
      waiting.fail(error);
    }
    return () => {
      waiting.isAbandoned = true;
    };
  }

  function route(next: ModelWorker | null): ModelWorker | null {
    const previous = worker;
    if (restartTimer !== null) clearTimeout(restartTimer);
    restartTimer = null;
    policy.reset();
    counters.reset();
    restarts = 0;
    lastExit = null;
    worker = null;
    installed = next?.installed ?? null;
    if (next === null) {
      if (expireTimer !== null) clearInterval(expireTimer);
      expireTimer = null;
      queue.failAll(new OipError(503, 'No model is served any more.'));
      return previous;
    }
    startedMs = nowMs();
    const known = workers.get(next);
    // One that died between its start and now is started again like any other that dies.
    if (known === undefined) restartLater(next.installed, 0, nowMs());
    else adopt(known);
    return previous;
  }

  function state(): AgentStatus['worker']['state'] {
    if (installed === null) return 'none';
    if (worker !== null) return 'ready';
    return policy.isFailed ? 'failed' : 'restarting';
  }

  return {
    startWorker,
    route,
    submit,
    current: () => worker,
    restarts: () => restarts,
    stats: () => ({
      requestsTotal: counters.requestsTotal,
      errorsTotal: counters.errorsTotal,
      p95Ms: counters.quantiles().p95Ms,
    }),
    served: () => installed?.release.model ?? null,
    isReady: () => worker !== null,
    metadata: () => {
      if (worker === null) return null;
      const { name, version } = worker.installed.release.model;
      return modelMetadata({ name, version, inputs: worker.ready.inputs, outputs: worker.ready.outputs });
    },
    workerStatus: () => ({ state: state(), pid: worker?.pid ?? null, restarts, lastExit }),
    sample: (workerRssBytes) => ({
      releaseId: installed?.releaseId ?? null,
      model: installed?.release.model.name ?? null,
      version: installed?.release.model.version ?? null,
      isReady: worker !== null,
      requestsTotal: counters.requestsTotal,
      errorsTotal: counters.errorsTotal,
      inFlight: queue.length + (worker?.pendingJobs ?? 0),
      requestsPerS: counters.requestsPerS(),
      ...counters.quantiles(),
      workerRestarts: restarts,
      workerRssBytes,
    }),
    async close() {
      isClosed = true;
      if (restartTimer !== null) clearTimeout(restartTimer);
      if (expireTimer !== null) clearInterval(expireTimer);
      queue.failAll(new OipError(503, 'The agent is stopping.'));
      await Promise.all([...workers.values()].map((one) => one.stop()));
    },
  };
}
