// An InferenceHost without processes for tests of the release engine: a worker does what the model file on disk tells it to.
import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type {
  InferenceHost,
  InstalledRelease,
  ModelWorker,
  WorkerExit,
} from '../../devices/agent/inference/inference-host.ts';
import type { GoldenReport } from '../../shared/agent-protocol/messages.ts';
import { AppError } from '../../shared/errors/app-error.ts';

/** What a model file of these tests says, as JSON. */
export interface ModelBehaviour {
  /** Makes two models differ. */
  readonly id?: string;
  readonly loads?: boolean;
  readonly mismatches?: number;
  /** Golden runs from this one on (counting from 1) have mismatches. */
  readonly mismatchesFromRun?: number;
  readonly latencyP95Ms?: number;
  /** The golden run never ends by itself. */
  readonly hangs?: boolean;
  readonly requestsTotal?: number;
  readonly errorsTotal?: number;
  /** Dies right after it has become the route. */
  readonly dies?: boolean;
}

export function modelFile(behaviour: ModelBehaviour): Uint8Array {
  return Buffer.from(JSON.stringify(behaviour));
}

export interface FileWorker extends ModelWorker {
  readonly behaviour: ModelBehaviour;
  readonly isRunning: boolean;
  die(): void;
}

export interface FileInferenceHost extends InferenceHost {
  current(): FileWorker | null;
  /** Every release that was ever the route, in order. */
  readonly routed: readonly string[];
  readonly running: ReadonlySet<FileWorker>;
}

let nextPid = 1;

export function createFileInferenceHost(): FileInferenceHost {
  const running = new Set<FileWorker>();
  const routed: string[] = [];
  let route: FileWorker | null = null;
  let restarts = 0;
  /** Of the route: counts up with every change. */
  let generation = 0;

  async function startWorker(installed: InstalledRelease): Promise<FileWorker> {
    const file = installed.release.model.files[0]?.path ?? '';
    const behaviour = JSON.parse(await readFile(join(installed.directory, file), 'utf8')) as ModelBehaviour;
    if (behaviour.loads === false) throw new AppError('MODEL_LOAD_FAILED', 'The runtime refuses the model.');
    const events = new EventEmitter();
    const { promise: exited, resolve } = Promise.withResolvers<WorkerExit>();
    let isRunning = true;
    let runs = 0;
    const end = (signal: string | null): void => {
      if (!isRunning) return;
      isRunning = false;
      running.delete(worker);
      events.emit('end');
      resolve({ code: signal === null ? 0 : null, signal, stderrTail: '' });
    };
    const worker: FileWorker = {
      installed,
      behaviour,
      pid: nextPid++,
      loadMs: 1,
      exited,
      get isRunning() {
        return isRunning;
      },
      runGolden: async () => {
        runs += 1;
        if (behaviour.hangs && isRunning) await once(events, 'end');
        if (!isRunning) throw new AppError('INFERENCE_UNAVAILABLE', 'The worker is gone.');
        return report(installed, behaviour, runs);
      },
      stop: async () => end(null),
      die: () => {
        end('SIGKILL');
        if (route !== worker) return;
        route = null;
        void restart(installed, generation);
      },
    };
    running.add(worker);
    return worker;
  }

  /** Starts the worker of the route again, unless the route has changed meanwhile. */
  async function restart(installed: InstalledRelease, mine: number): Promise<void> {
    await setImmediate();
    if (mine !== generation) return;
    const worker = await startWorker(installed);
    if (mine !== generation) return await worker.stop();
    restarts += 1;
    route = worker;
    if (worker.behaviour.dies) worker.die();
  }

  return {
    startWorker,
    route: (next) => {
      const before = route;
      restarts = 0;
      generation += 1;
      route = next as FileWorker | null;
      if (next !== null) routed.push(next.installed.releaseId);
      if (route?.behaviour.dies) void setImmediate().then(route.die);
      return before;
    },
    current: () => route,
    stats: () => ({
      requestsTotal: route?.behaviour.requestsTotal ?? 0,
      errorsTotal: route?.behaviour.errorsTotal ?? 0,
      p95Ms: null,
    }),
    restarts: () => restarts,
    routed,
    running,
  };
}

function report(installed: InstalledRelease, behaviour: ModelBehaviour, run: number): GoldenReport {
  const isOff = behaviour.mismatchesFromRun !== undefined && run >= behaviour.mismatchesFromRun;
  const mismatches = behaviour.mismatches ?? (isOff ? 1 : 0);
  const latencyP95Ms = behaviour.latencyP95Ms ?? 1;
  return {
    cases: installed.release.golden.cases.length,
    maxAbsoluteError: mismatches,
    mismatches,
    latencyP50Ms: latencyP95Ms,
    latencyP95Ms,
    loadMs: 1,
  };
}
