// Files that the browser hands over: each streamed into a folder of its own below the data directory, gone when the host ends.
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../../shared/errors/app-error.ts';

export interface Uploads {
  /**
   * Streams a request's body into a file and resolves with its path.
   * @throws INPUT_INVALID when it is larger than the limit, LOCAL_DISK_FULL, FILE_WRITE_FAILED, CANCELLED when the browser breaks off
   */
  receive(request: IncomingMessage, name: string): Promise<string>;
  /** Deletes what was received. */
  dispose(): Promise<void>;
}

const LONGEST_NAME = 120;

/** A bare file name that is safe on every file system; `upload` where nothing of the name is left. */
export function sanitizeFileName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const safe = last.replace(/[^\p{L}\p{N}._+-]+/gu, '_').replace(/^[.-]+/, '');
  return safe.slice(-LONGEST_NAME).replace(/^[.-]+/, '') || 'upload';
}

export function createUploads(dataDir: string, limitBytes: number): Uploads {
  const folders = new Set<string>();
  return {
    async receive(request, name) {
      if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
      const folder = join(dataDir, 'uploads', randomBytes(12).toString('hex'));
      const path = join(folder, sanitizeFileName(name));
      folders.add(folder);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await pipeline(request, sizeLimit(limitBytes), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
        return path;
      } catch (fault) {
        await rm(folder, { recursive: true, force: true });
        folders.delete(folder);
        throw uploadError(fault, path);
      }
    },
    async dispose() {
      await Promise.all([...folders].map((folder) => rm(folder, { recursive: true, force: true })));
      folders.clear();
    },
  };
}

function sizeLimit(limitBytes: number): Transform {
  let sizeBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) done(tooLarge(limitBytes));
      else done(null, chunk);
    },
  });
}

function tooLarge(limitBytes: number): AppError {
  return new AppError(
    'INPUT_INVALID',
    `The file is larger than ${limitBytes} bytes; import it with the command line instead.`,
    {
      details: { limitBytes },
    },
  );
}

function uploadError(fault: unknown, path: string): AppError {
  if (fault instanceof AppError) return fault;
  const code = fault instanceof Error ? (fault as NodeJS.ErrnoException).code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('LOCAL_DISK_FULL', 'The disk of this computer is full; free some space and upload again.', {
      cause: fault,
    });
  }
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new AppError('CANCELLED', 'The upload was broken off; nothing was kept.', { cause: fault });
  }
  return new AppError(
    'FILE_WRITE_FAILED',
    `The upload could not be written to ${path}; check the folder and try again.`,
    {
      details: { path },
      cause: fault,
    },
  );
}
