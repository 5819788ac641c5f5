// Starts one sidecar for one request and waits for its answer; a crash, a silence or a request to stop becomes an AppError.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { BenchProgress } from '../../../devices/runtime/bench-engine.ts';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import type { SidecarCommand } from '../ports.ts';
import type { RunnerMessage, RunnerRequest } from './runner-protocol.ts';

export interface SidecarOptions {
  /** What the user would call this work, as `The benchmark of digits:1`. */
  readonly subject: string;
  readonly signal?: AbortSignal | undefined;
  /** The process is ended when it says nothing for so long: loading, a single call and the evaluation must each fit. */
  readonly silenceMs: number;
  readonly onProgress?: (progress: BenchProgress) => void;
}

type Answer = Exclude<RunnerMessage, { type: 'progress' } | { type: 'error' }>;

const STDERR_TAIL = 2000;

/**
 * @throws CANCELLED, BENCH_TIMEOUT after a silence, BENCH_CRASHED when the process ends without an answer, and whatever error the
 *   process reports. The process is gone when this settles.
 */
export async function runSidecar(
  sidecar: SidecarCommand,
  request: RunnerRequest,
  options: SidecarOptions,
): Promise<Answer> {
  const { subject, signal } = options;
  if (signal?.aborted) throw cancelled(subject);
  const child = spawn(sidecar.command, sidecar.args, { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
  let ending: AppError | null = null;
  let answer: Answer | null = null;
  let stderr = '';
  const end = (error: AppError): void => {
    ending ??= error;
    child.kill('SIGKILL');
  };
  const silence = setTimeout(() => end(timedOut(subject, options.silenceMs)), options.silenceMs);
  const onAbort = (): void => end(cancelled(subject));
  signal?.addEventListener('abort', onAbort, { once: true });

  createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
    silence.refresh();
    const message = parseMessage(line);
    if (message === null) end(crashed(subject, `it said something unexpected: ${line.slice(0, 200)}`));
    else if (message.type === 'progress') options.onProgress?.(message.progress);
    else if (message.type === 'error') end(AppError.fromWire(message.error));
    else answer = message;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-STDERR_TAIL);
  });
  // A process that dies before it read its request closes the pipe; its exit says more.
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(request)}\n`);

  const exit = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it could not be started: ${error.message}`));
    child.once('close', (code, killedBy) => resolve(describeExit(code, killedBy)));
  });
  clearTimeout(silence);
  signal?.removeEventListener('abort', onAbort);
  if (ending !== null) throw ending as AppError;
  if (answer !== null) return answer;
  throw crashed(subject, exit, stderr);
}

function parseMessage(line: string): RunnerMessage | null {
  try {
    const message = JSON.parse(line) as RunnerMessage;
    return typeof message === 'object' && typeof message.type === 'string' ? message : null;
  } catch {
    return null;
  }
}

function describeExit(code: number | null, killedBy: string | null): string {
  if (killedBy === 'SIGKILL') return 'it was killed, probably because the memory ran out';
  if (killedBy !== null) return `it died of ${killedBy}`;
  return `it ended with code ${code}`;
}

function crashed(subject: string, reason: string, stderr = ''): AppError {
  return new AppError(
    'BENCH_CRASHED',
    `${subject} broke off because the process that runs the model failed: ${reason}.`,
    { details: { reason, stderr: stderr.trim() } },
  );
}

function timedOut(subject: string, silenceMs: number): AppError {
  return new AppError(
    'BENCH_TIMEOUT',
    `${subject} was ended because the model gave no sign of life for ${Math.round(silenceMs / 1000)} seconds.`,
    { details: { silenceMs } },
  );
}
