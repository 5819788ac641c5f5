// What exec and execStream have in common, whether the command runs behind SSH or on this computer.
import { type Duplex, finished, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, cancelled } from '../../shared/errors/app-error.ts';
import type { ExecExit, ExecOptions, ExecResult, ExecStream } from './connection.ts';

/** A started command, as each kind of connection hands it over. */
export interface StartedCommand {
  /** Writes are its stdin, reads its stdout. */
  readonly stream: Duplex;
  readonly stderr: Readable;
  /** Rejects with an AppError when the connection ends first. */
  readonly exit: Promise<ExecExit>;
  /** Ends it and its children as far as the system allows; safe to call twice. */
  kill(): void;
}

const defaultOutputBytes = 1024 * 1024;
const stderrTailBytes = 4096;

/** Collects a stream up to a limit; what is over it is read and dropped. Settles when the stream is over, however it ended. */
function collect(stream: Readable, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  stream.on('data', (chunk: Buffer) => {
    const kept = chunk.subarray(0, Math.max(0, limitBytes - sizeBytes));
    if (kept.length > 0) chunks.push(kept);
    sizeBytes += kept.length;
  });
  return new Promise((resolve) => {
    finished(stream, { writable: false }, () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}

/** Rejects when the signal fires or the time is over; `dispose` ends the watch. */
function limits(what: string, options: { readonly signal?: AbortSignal; readonly timeoutMs?: number }) {
  const { signal, timeoutMs } = options;
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const onAbort = () => reject(cancelled(what));
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          reject(
            new AppError('SSH_TIMEOUT', `${what} took longer than ${timeoutMs / 1000} s and was broken off.`, {
              retryable: true,
              details: { timeoutMs },
            }),
          );
        }, timeoutMs);
  return {
    broken: promise,
    dispose() {
      signal?.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    },
  };
}

async function feed(stdin: NonNullable<ExecOptions['stdin']>, stream: Duplex): Promise<void> {
  let sourceFault: { readonly error: unknown } | null = null;
  const source = async function* () {
    try {
      if (Buffer.isBuffer(stdin)) yield stdin;
      else yield* stdin;
    } catch (error) {
      sourceFault = { error };
      throw error;
    }
  };
  try {
    await pipeline(source, stream, { end: true });
  } catch (error) {
    // A command may end without reading all of its input; its exit status tells. A failing source is the caller's failure.
    if (sourceFault) throw error;
  }
}

/**
 * Feeds, collects and waits.
 * @throws SSH_TIMEOUT, CANCELLED, SSH_CONNECTION_LOST, or what the stdin source threw
 */
export async function collectCommand(command: StartedCommand, what: string, options: ExecOptions): Promise<ExecResult> {
  const limitBytes = options.maxOutputBytes ?? defaultOutputBytes;
  const { stream, stderr } = command;
  stream.on('error', () => undefined);
  const outputs = Promise.all([collect(stream, limitBytes), collect(stderr, limitBytes)]);
  const watch = limits(what, options);
  const fed = options.stdin === undefined ? Promise.resolve(void stream.end()) : feed(options.stdin, stream);
  // The command's own end counts even while its input is still being written; only a failing source ends it early.
  const { promise: inputFault, reject } = Promise.withResolvers<never>();
  fed.catch(reject);
  inputFault.catch(() => undefined);
  try {
    const exit = await Promise.race([command.exit, watch.broken, inputFault]);
    const [stdout, errors] = await Promise.race([outputs, watch.broken]);
    return { ...exit, stdout, stderr: errors };
  } catch (error) {
    command.kill();
    throw error;
  } finally {
    watch.dispose();
  }
}

/** Dresses a started command as a stream with its exit; the signal ends it. */
export function toExecStream(command: StartedCommand, what: string, signal: AbortSignal | undefined): ExecStream {
  let tail = Buffer.alloc(0);
  command.stderr.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-stderrTailBytes);
  });
  const watch = limits(what, signal ? { signal } : {});
  const exit = Promise.race([command.exit, watch.broken]).finally(() => watch.dispose());
  watch.broken.catch((error: Error) => {
    command.kill();
    command.stream.destroy(error);
  });
  exit.catch(() => undefined);
  return Object.assign(command.stream, { exit, stderrTail: () => tail.toString('utf8') });
}
