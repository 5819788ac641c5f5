// Writes a file beside its place and renames it there, so that a reader never sees half of it and a failure leaves nothing.
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../../../shared/errors/app-error.ts';
import { fileError } from '../../blob-store.ts';

/**
 * Replaces a file that is there already. Gives the bytes written.
 * @throws FILE_WRITE_FAILED when the folder is not there or refuses, LOCAL_DISK_FULL; what the pieces throw
 */
export async function writeInPlace(path: string, pieces: AsyncIterable<string | Uint8Array>): Promise<number> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  let file: FileHandle | undefined;
  try {
    file = await open(temporary, 'wx', 0o644);
    let sizeBytes = 0;
    for await (const piece of pieces) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      await file.writeFile(bytes);
      sizeBytes += bytes.byteLength;
    }
    await file.sync();
    await file.close();
    file = undefined;
    await rename(temporary, path);
    return sizeBytes;
  } catch (error) {
    throw writeError(error, path);
  } finally {
    await file?.close();
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Whether the folder around `target` is there. @throws FILE_WRITE_FAILED */
export async function checkFolder(target: string): Promise<void> {
  const folder = dirname(target);
  const info = await stat(folder).catch((error: unknown) => {
    throw writeError(error, target);
  });
  if (info.isDirectory()) return;
  throw new AppError('FILE_WRITE_FAILED', `${target} cannot be written: its folder is a file.`, {
    details: { path: target },
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'a folder of this name is there',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENAMETOOLONG: 'the name is too long',
};

/** The AppError for a failed write to `path`. */
export function writeError(error: unknown, path: string): AppError {
  const known = fileError(error, path);
  if (error instanceof AppError || known.code === 'LOCAL_DISK_FULL') return known;
  const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error instanceof Error ? error.message : '');
  return new AppError('FILE_WRITE_FAILED', `${path} cannot be written: ${reason}.`, {
    details: { path },
    cause: error,
  });
}
