// Sends the missing parts of a kit as one tar stream into `tar` on the device.
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { AppError, cancelled } from '../../shared/errors/app-error.ts';
import type { Connection, ExecStream } from '../link/connection.ts';
import { shellQuote } from '../link/shell-quote.ts';
import type { KitPart } from './kit.ts';

const chunkBytes = 256 * 1024;
/** The layout's marker and version, as the agent writes it. */
const layoutVersion = '1';

export interface PushOptions {
  readonly connection: Connection;
  readonly root: string;
  readonly parts: readonly KitPart[];
  readonly isCompressed: boolean;
  readonly onSent: (sentBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The shell writes its pid, so that a later set-up can tell a cut upload from one that another laptop is doing. */
function receiveCommand(root: string, incoming: string, isCompressed: boolean): string {
  const steps = [
    'umask 077',
    `root=${shellQuote(root)}`,
    `mkdir -p "$root/kit" ${shellQuote(incoming)}`,
    `{ [ -e "$root/layout" ] || echo ${layoutVersion} > "$root/layout"; }`,
    `cd ${shellQuote(incoming)}`,
    'echo $$ > pid',
    `${isCompressed ? 'gzip -dc | ' : ''}tar -xof -`,
  ];
  return `sh -c ${shellQuote(steps.join(' && '))}`;
}

async function addFile(
  archive: Pack,
  path: string,
  file: KitPart['files'][number],
  onChunk: (bytes: number) => void,
): Promise<void> {
  const entry = archive.entry({ name: path, size: file.sizeBytes, mode: file.mode, mtime: new Date(0) });
  const source = async function* () {
    for await (const chunk of createReadStream(file.sourcePath, {
      highWaterMark: chunkBytes,
    }) as AsyncIterable<Buffer>) {
      onChunk(chunk.length);
      yield chunk;
    }
  };
  await pipeline(source, entry as unknown as Writable);
}

async function fill(archive: Pack, options: PushOptions): Promise<void> {
  const totalBytes = options.parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  let sentBytes = 0;
  for (const part of options.parts) {
    for (const file of part.files) {
      await addFile(archive, `${part.id}/${file.path}`, file, (bytes) => {
        sentBytes += bytes;
        options.onSent(sentBytes, totalBytes);
      });
    }
  }
  archive.finalize();
}

/** What `tar` or the shell said when it ended before its time. */
function receiverError(target: string, root: string, code: number | null, said: string): AppError {
  const details = { code, said: said.trim().slice(-500) };
  if (/no space left|disk quota/i.test(said)) {
    return new AppError(
      'DEVICE_DISK_FULL',
      `The disk of ${target} became full while the kit was sent; make room there and try again.`,
      { details },
    );
  }
  if (/read-only file system/i.test(said)) {
    return new AppError(
      'DEVICE_READ_ONLY',
      `The folder ${root} on ${target} is on a read-only disk; choose another one.`,
      { details },
    );
  }
  if (/permission denied|operation not permitted/i.test(said)) {
    return new AppError(
      'DEVICE_READ_ONLY',
      `The folder ${root} on ${target} may not be written by this user; choose another one.`,
      { details },
    );
  }
  const reason = said.trim().split('\n').at(-1) || `it ended with ${code ?? 'a signal'}`;
  return new AppError('DEVICE_COMMAND_FAILED', `${target} could not unpack the kit: ${reason}.`, { details });
}

/**
 * Sends the parts into a new folder below `<root>/kit`; returns that folder and the bytes that were sent. When it fails and
 * the connection still lives, the folder is removed; else the next set-up does.
 * @throws DEVICE_DISK_FULL, DEVICE_READ_ONLY, DEVICE_COMMAND_FAILED, TRANSFER_INTERRUPTED, CANCELLED, link errors
 */
export async function pushParts(
  options: PushOptions,
): Promise<{ readonly incoming: string; readonly sentBytes: number }> {
  const { connection, root, signal } = options;
  const incoming = `${root}/kit/.incoming-${randomBytes(6).toString('hex')}`;
  const stream: ExecStream = await connection.execStream(
    receiveCommand(root, incoming, options.isCompressed),
    signal ? { signal } : {},
  );
  stream.resume();
  const archive = pack();
  let sentBytes = 0;
  const counted = async function* (source: AsyncIterable<unknown>) {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      sentBytes += chunk.length;
      yield chunk;
    }
  };
  const filled = fill(archive, options);
  filled.catch((error: Error) => archive.destroy(error));
  try {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: chunkBytes });
    await (options.isCompressed ? pipeline(archive, gzip, counted, stream) : pipeline(archive, counted, stream));
    const { code } = await stream.exit;
    if (code !== 0) throw receiverError(connection.target, root, code, stream.stderrTail());
    return { incoming, sentBytes };
  } catch (error) {
    archive.destroy();
    throw await explain(error, { ...options, incoming, stream });
  }
}

async function explain(
  error: unknown,
  context: PushOptions & { readonly incoming: string; readonly stream: ExecStream },
): Promise<unknown> {
  const { connection, stream, incoming, signal } = context;
  // A receiver that ended early closes its input first and says why after that.
  const ended = await stream.exit.catch((reason: unknown) => reason);
  const isLost = ended instanceof AppError && ended.code === 'SSH_CONNECTION_LOST';
  if (!isLost) await connection.exec(`rm -rf ${shellQuote(incoming)}`, { timeoutMs: 10_000 }).catch(() => undefined);
  if (signal?.aborted) return cancelled('The set-up');
  if (isLost) return ended;
  if (error instanceof AppError && error.code !== 'SSH_CHANNEL_REFUSED') return error;
  const { code } = ended as { readonly code?: number | null };
  if (typeof code === 'number' && code !== 0)
    return receiverError(connection.target, context.root, code, stream.stderrTail());
  return new AppError('TRANSFER_INTERRUPTED', `Sending the kit to ${connection.target} was interrupted; try again.`, {
    retryable: true,
    cause: error,
  });
}
