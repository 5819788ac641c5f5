// The agent's side of one inference worker: starts the process, hands it requests and knows which it still owes.
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { GoldenReport } from '../../../shared/agent-protocol/messages.ts';
import { AppError, isWireError } from '../../../shared/errors/app-error.ts';
import {
  createFrameReader,
  decodeAnswerPayload,
  encodeFrameHead,
  encodeInferHead,
  FRAME,
  type Frame,
  type InferAnswer,
  type InferBody,
} from './frames.ts';
import type { InstalledRelease, ModelWorker, WorkerExit } from './inference-host.ts';
import type { LoadRequest, WorkerReady } from './worker-protocol.ts';

/** One request on its way through a worker. Kept whole until it is answered, so that it can be tried again. */
export interface InferJob {
  readonly request: InferBody;
  answered(answer: InferAnswer): void;
}

export interface WorkerProcess extends ModelWorker {
  readonly ready: WorkerReady;
  /** Jobs given and not yet answered. */
  readonly pendingJobs: number;
  run(job: InferJob): void;
  /** Takes back, after `exited`, what was never answered: oldest first, the first being the one it was at work on. */
  takeUnanswered(): InferJob[];
  kill(): void;
}

export interface WorkerOptions {
  readonly ortDir: string | null;
  /** Folder for compiled code, which makes the next start faster; null: none. */
  readonly compileCacheDir: string | null;
  /** A request or a load that takes longer means that the worker hangs: it is killed. */
  readonly requestTimeoutMs: number;
  readonly loadTimeoutMs: number;
  /** Called after every answer. */
  readonly onAnswered: () => void;
}

const STOP_GRACE_MS = 5_000;
const STDERR_TAIL_CHARS = 4096;
const WORKER_MAIN = new URL(`./worker-main${import.meta.url.endsWith('.ts') ? '.ts' : '.mjs'}`, import.meta.url);
/** Tensors live outside the JavaScript heap; the cap is a safety net for large JSON bodies. */
const NODE_FLAGS = [
  '--max-semi-space-size=1',
  '--max-old-space-size=512',
  '--v8-pool-size=1',
  '--disable-warning=ExperimentalWarning',
];

/** The agent's own allocator settings are for a small idle process; they would make the runtime map memory on every run. */
function workerEnvironment(compileCacheDir: string | null): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, MALLOC_ARENA_MAX: '2' };
  if (compileCacheDir !== null) environment['NODE_COMPILE_CACHE'] = compileCacheDir;
  delete environment['MALLOC_TRIM_THRESHOLD_'];
  delete environment['MALLOC_MMAP_THRESHOLD_'];
  return environment;
}

/** @throws MODEL_LOAD_FAILED with the runtime's reason. */
export async function startWorkerProcess(installed: InstalledRelease, options: WorkerOptions): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [...NODE_FLAGS, fileURLToPath(WORKER_MAIN)], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: workerEnvironment(options.compileCacheDir),
  });
  const socket = child.stdio[3] as Socket;
  const jobs = new Map<number, InferJob>();
  const golden = { resolve: (_: GoldenReport): void => {}, reject: (_: AppError): void => {}, isRunning: false };
  let nextId = 1;
  let stderrTail = '';
  let hasExited = false;
  let isStopping = false;
  let settleLoad: { resolve(ready: WorkerReady): void; reject(error: AppError): void } | null = null;
  const loaded = new Promise<WorkerReady>((resolve, reject) => {
    settleLoad = { resolve, reject };
  });
  const watchdog = setTimeout(() => {
    if (jobs.size > 0 || settleLoad !== null) child.kill('SIGKILL');
  }, options.loadTimeoutMs).unref();

  const exited = new Promise<WorkerExit>((resolve) => {
    const onEnd = (code: number | null, signal: string | null, reason = ''): void => {
      if (hasExited) return;
      hasExited = true;
      clearTimeout(watchdog);
      socket.destroy();
      const exit = { code, signal, stderrTail: `${reason}${stderrTail}`.trim() };
      settleLoad?.reject(loadFailure(installed, describeExit(exit)));
      golden.reject(
        new AppError(
          'INFERENCE_UNAVAILABLE',
          `The inference worker ended during the golden check: ${describeExit(exit)}.`,
        ),
      );
      resolve(exit);
    };
    // 'close' comes after the last byte of stderr and of the socket was read.
    child.on('close', (code, signal) => onEnd(code, signal));
    child.on('error', (error) => onEnd(null, null, error.message));
  });

  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderrTail = (stderrTail + text).slice(-STDERR_TAIL_CHARS);
  });
  // A broken pipe is told by 'close' with its exit code; without this listener it would end the agent.
  socket.on('error', () => child.kill('SIGKILL'));
  socket.on('data', createFrameReader(onFrame));

  function onFrame(frame: Frame): void {
    if (frame.kind === FRAME.answered) {
      const job = jobs.get(frame.id);
      jobs.delete(frame.id);
      watchdog.refresh();
      job?.answered(decodeAnswerPayload(frame.payload));
      options.onAnswered();
      if (isStopping && jobs.size === 0) socket.end();
      return;
    }
    const json: unknown = JSON.parse(frame.payload.toString('utf8'));
    if (frame.kind === FRAME.ready) settleLoad?.resolve(json as WorkerReady);
    else if (frame.kind === FRAME.goldenDone) golden.resolve(json as GoldenReport);
    else if (frame.kind === FRAME.failed && isWireError(json)) {
      settleLoad?.reject(AppError.fromWire(json));
      golden.reject(AppError.fromWire(json));
    }
  }

  function sendJson(kind: number, value: unknown): void {
    const payload = Buffer.from(JSON.stringify(value));
    socket.write(Buffer.concat([encodeFrameHead(kind, 0, payload.length), payload]));
  }

  sendJson(FRAME.load, { installed, ortDir: options.ortDir } satisfies LoadRequest);
  let ready: WorkerReady;
  try {
    ready = await loaded;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    settleLoad = null;
  }
  clearTimeout(watchdog);
  const requestWatchdog = setTimeout(() => {
    if (jobs.size > 0) child.kill('SIGKILL');
  }, options.requestTimeoutMs).unref();

  return {
    installed,
    pid: child.pid ?? -1,
    loadMs: ready.loadMs,
    ready,
    exited,
    get pendingJobs() {
      return jobs.size;
    },
    run(job) {
      const id = nextId;
      nextId = (nextId + 1) >>> 0;
      if (jobs.size === 0) requestWatchdog.refresh();
      jobs.set(id, job);
      socket.cork();
      socket.write(encodeInferHead(id, job.request));
      socket.write(job.request.body);
      socket.uncork();
    },
    takeUnanswered() {
      const unanswered = [...jobs.values()];
      jobs.clear();
      return unanswered;
    },
    runGolden: () =>
      new Promise((resolve, reject) => {
        if (hasExited) {
          reject(new AppError('INFERENCE_UNAVAILABLE', 'The inference worker is not running.'));
          return;
        }
        golden.resolve = resolve;
        golden.reject = reject;
        sendJson(FRAME.golden, {});
      }),
    async stop() {
      isStopping = true;
      if (jobs.size === 0) socket.end();
      const grace = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      await exited;
      clearTimeout(grace);
    },
    kill: () => child.kill('SIGKILL'),
  };
}

function loadFailure(installed: InstalledRelease, reason: string): AppError {
  const { name, version } = installed.release.model;
  return new AppError('MODEL_LOAD_FAILED', `The model ${name}:${version} could not be loaded: ${reason}.`, {
    details: { releaseId: installed.releaseId, reason },
  });
}

/** One clause such as `ended by signal SIGKILL`. */
export function describeExit(exit: WorkerExit): string {
  const how = exit.signal === null ? `ended with exit code ${String(exit.code)}` : `ended by signal ${exit.signal}`;
  const lastLine = exit.stderrTail.split('\n').at(-1) ?? '';
  return lastLine === '' ? how : `${how} (${lastLine.slice(0, 300)})`;
}
