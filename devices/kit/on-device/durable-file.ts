// Files that are whole or not there, also after a power cut.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../../shared/errors/app-error.ts';

/** fsync of a file or a folder. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Turns the system's error about a full or read-only disk into ours; others stay. */
export function diskError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('DEVICE_DISK_FULL', 'The disk of the device is full; make room on it and try again.', {
      cause: error,
    });
  }
  if (code === 'EROFS') {
    return new AppError('DEVICE_READ_ONLY', 'The disk of the device is read-only; make it writable and try again.', {
      cause: error,
    });
  }
  return error;
}

/** Replaces a file by rename. @throws DEVICE_DISK_FULL, DEVICE_READ_ONLY, or the system's error */
export async function writeDurable(path: string, text: string, mode: number): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.tmp-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncPath(folder);
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(error);
  }
}

/** The text of a file, or null when there is none. */
export async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
