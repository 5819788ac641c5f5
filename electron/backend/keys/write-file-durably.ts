// Writing a small new file so that it is on the disk, with its mode, before anything relies on it.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/** Writes a file that must not exist yet and syncs it. Throws Node's own errors. */
export function writeFileDurably(path: string, text: string, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
