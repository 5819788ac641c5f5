// A sidecar as a child process of this one: many requests one after the other, each watched for silence, crashes and a request to stop.
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { readLines } from '../../../devices/runtime/runner/lines.ts';
import type { AnswerTo, RunnerMessage, RunnerRequest } from '../../../devices/runtime/runner/runner-protocol.ts';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import type { SidecarCommand } from '../ports.ts';
import type { RequestOptions, Sidecar } from './machine.ts';
import { crashed, type SidecarExit, timedOut, unexpectedExit } from './sidecar-exit.ts';

export interface LocalSidecarOptions {
  /** After everything else that runs here. */
  readonly isLowPriority?: boolean;
}

const STDERR_TAIL = 2000;
const LOWEST_PRIORITY = 19;

/** Starts the process. What keeps it from starting is told by the first request. */
export function createLocalSidecar(command: SidecarCommand, options: LocalSidecarOptions = {}): Sidecar {
  const child = spawn(command.command, command.args, { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
  if (options.isLowPriority && child.pid !== undefined) setPriority(child.pid, LOWEST_PRIORITY);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-STDERR_TAIL);
  });
  // A process that dies before it has read its request closes the pipe; its exit says more.
  child.stdin.on('error', () => undefined);
  const gone = Promise.withResolvers<void>();
  const explained = Promise.withResolvers<SidecarExit>();
  child.once('exit', () => gone.resolve());
  // Only after both of its outputs have been read to their end.
  child.once('close', (code, signal) => explained.resolve({ code, signal, startFailure: null, stderr }));
  child.once('error', ({ message }) => {
    gone.resolve();
    explained.resolve({ code: null, signal: null, startFailure: message, stderr });
  });
  const lines = readLines(child.stdout);
  let isBusy = false;
  /** Why it was ended; the first reason counts. */
  let ending: AppError | null = null;

  function end(reason: AppError): void {
    ending ??= reason;
    child.kill('SIGKILL');
  }

  /** The next message; ends the process when it is none. Null at the end of the process. */
  async function nextMessage(subject: string): Promise<RunnerMessage | null> {
    const { value, done } = await lines.next();
    if (done) return null;
    const message = parseMessage(value);
    if (message === null) end(crashed(subject, `it said something unexpected: ${value.slice(0, 200)}`, stderr));
    return message;
  }

  async function ended(reason: AppError): Promise<AppError> {
    await gone.promise;
    return reason;
  }

  async function died(subject: string): Promise<AppError> {
    const exit = await explained.promise;
    return ending ?? unexpectedExit(subject, exit);
  }

  async function converse<R extends RunnerRequest>(request: R, asked: RequestOptions): Promise<AnswerTo<R>> {
    const { subject, silenceMs } = asked;
    let isOurTurn = false;
    const silence = setTimeout(() => {
      if (isOurTurn) silence.refresh();
      else end(timedOut(subject, silenceMs));
    }, silenceMs);
    try {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      for (;;) {
        const message = await nextMessage(subject);
        if (ending !== null) throw await ended(ending);
        if (message === null) throw await died(subject);
        silence.refresh();
        if (message.type === 'error') throw AppError.fromWire(message.error);
        if (message.type === 'progress') asked.onProgress?.(message.progress);
        else if (message.type === 'samples') {
          isOurTurn = true;
          await asked.onSamples?.(Buffer.from(message.base64, 'base64'));
          isOurTurn = false;
        }
        // One answer belongs to each kind of request, and the process answers in order.
        else return message as AnswerTo<R>;
      }
    } finally {
      clearTimeout(silence);
    }
  }

  return {
    request: async (request, asked) => {
      if (isBusy) throw new Error('a sidecar answers one request at a time');
      if (asked.signal?.aborted) throw cancelled(asked.subject);
      const onAbort = (): void => end(cancelled(asked.subject));
      asked.signal?.addEventListener('abort', onAbort, { once: true });
      isBusy = true;
      try {
        return await converse(request, asked);
      } finally {
        isBusy = false;
        asked.signal?.removeEventListener('abort', onAbort);
      }
    },
    close: async () => {
      end(cancelled('The measurement'));
      await gone.promise;
      child.stdout.destroy();
      child.stderr.destroy();
    },
  };
}

function parseMessage(line: string): RunnerMessage | null {
  try {
    const message = JSON.parse(line) as RunnerMessage | null;
    return typeof message === 'object' && typeof message?.type === 'string' ? message : null;
  } catch {
    return null;
  }
}
