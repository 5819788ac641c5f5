// One sidecar process of a benchmark: the kit's Node with the runner, its lines going out as an HTTP answer.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type {
  BenchLeaseRequest,
  BenchProcessEnd,
  BenchProcessStarted,
  BenchStopReason,
} from '../../../shared/agent-protocol/bench.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import { identifyProcess } from '../process-identity.ts';
import { passLines } from './bench-output.ts';
import { PIDS_FOLDER, pidFileName } from './bench-sweep.ts';

type SidecarChild = ChildProcessByStdio<Writable, Readable, Readable>;

export interface BenchProcess {
  /** Hands one line over; resolves when the process has taken it or will never. */
  send(line: string): Promise<void>;
  /** Kills it. With a reason, that is the last line of its answer. Resolves when it is gone; safe to call twice. */
  stop(reason: BenchStopReason | null): Promise<void>;
}

export interface BenchProcessInput {
  readonly number: number;
  /** Arguments for Node. */
  readonly args: readonly string[];
  readonly priority: BenchLeaseRequest['priority'];
  /** The lease's folder: working directory, and for temporary files. */
  readonly folder: string;
  readonly response: ServerResponse;
  /** Called once when the process is gone. */
  readonly onGone: () => void;
}

const MAX_LINE_BYTES = 4 * 1024 * 1024;
const STDERR_TAIL_CHARS = 4096;
/** A process that does not even die of SIGKILL waits for a device; nothing may wait for it. */
const KILL_WAIT_MS = 5_000;
/** For the last line to reach a reader; one that takes longer is gone. */
const LAST_LINE_MS = 5_000;

/** What the agent's own start sets for a small idle process; a model is measured without, as on the laptop. */
const AGENT_VARIABLES = ['MALLOC_ARENA_MAX', 'MALLOC_TRIM_THRESHOLD_', 'MALLOC_MMAP_THRESHOLD_', 'UV_THREADPOOL_SIZE'];

function environment(folder: string): NodeJS.ProcessEnv {
  const variables: NodeJS.ProcessEnv = { ...process.env, TMPDIR: folder };
  for (const name of AGENT_VARIABLES) delete variables[name];
  return variables;
}

/** Starts the process and begins the answer. @throws BENCH_CRASHED when the system starts no process */
export async function startBenchProcess(input: BenchProcessInput): Promise<BenchProcess> {
  const { response, folder } = input;
  const child: SidecarChild = spawn(process.execPath, [...input.args], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: environment(folder),
  });
  const { pid } = child;
  if (pid === undefined) throw await startFailure(child);
  // At once: the threads that it will start inherit it.
  if (input.priority === 'low') setPriority(pid, constants.priority.PRIORITY_LOW);
  // A process that dies before it read its line closes the pipe; its exit says more.
  child.stdin.on('error', () => undefined);
  let stderrTail = '';
  let fault: string | null = null;
  /** The last line when it was ended on purpose, null for none; undefined: it tells how it ended. */
  let ordered: BenchProcessEnd | null | undefined;
  let isEnded = false;
  const gone = Promise.withResolvers<void>();

  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderrTail = (stderrTail + text).slice(-STDERR_TAIL_CHARS);
  });

  function end(told: BenchProcessEnd | null): void {
    if (isEnded) return;
    isEnded = true;
    if (response.destroyed) return;
    const last = ordered === undefined ? told : ordered;
    response.end(last === null ? undefined : `${JSON.stringify(last)}\n`);
    const cut = setTimeout(() => response.destroy(), LAST_LINE_MS).unref();
    response.once('close', () => clearTimeout(cut));
  }

  function kill(why: string): void {
    fault ??= why;
    child.kill('SIGKILL');
  }

  child.once('exit', () => {
    input.onGone();
    gone.resolve();
  });
  // Comes after the last byte of stdout and stderr.
  child.once('close', (code, signal) => end({ type: 'exited', code, signal, stderrTail, fault }));
  response.once('close', () => {
    child.kill('SIGKILL');
    // A paused stream never ends.
    child.stdout.resume();
  });

  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.write(`${JSON.stringify({ type: 'started', process: input.number } satisfies BenchProcessStarted)}\n`);
  passLines(child.stdout, response, MAX_LINE_BYTES, () =>
    kill(`it wrote a line of more than ${String(MAX_LINE_BYTES)} bytes`),
  );
  // Without this note an agent that is killed would leave the process to the next one unknown.
  const noted = notePid(pid, folder).catch((error: unknown) =>
    kill(`the device could not note it down: ${toAppError(error).message}`),
  );

  return {
    send: (line) =>
      new Promise((resolve) => {
        child.stdin.write(line, () => resolve());
      }),
    async stop(reason) {
      // Before the kill: its own end must not be told as one of memory.
      if (ordered === undefined) ordered = reason === null ? null : { type: 'stopped', reason };
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        const limit = setTimeout(() => gone.resolve(), KILL_WAIT_MS);
        await gone.promise;
        clearTimeout(limit);
      }
      await noted;
      end(null);
      child.stdout.resume();
    },
  };
}

async function startFailure(child: SidecarChild): Promise<AppError> {
  const [error] = (await once(child, 'error')) as [Error];
  return new AppError('BENCH_CRASHED', `The device could not start a process for the benchmark: ${error.message}.`, {
    cause: error,
  });
}

/** Process ids are given out again, so the note outlives its process without harm, until the lease's folder goes. */
async function notePid(pid: number, folder: string): Promise<void> {
  const notes = join(folder, PIDS_FOLDER);
  await mkdir(notes, { recursive: true, mode: 0o700 });
  const identity = identifyProcess(pid);
  if (identity !== null) await writeFile(join(notes, pidFileName(identity)), '');
}
