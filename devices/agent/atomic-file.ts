// Small JSON files that are either the old or the new version, never half of one.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

/** Writes beside the target, flushes and renames over it. `mode` is that of the new file. */
export function writeJsonAtomic(path: string, value: unknown, mode = 0o644): void {
  const temporary = `${path}.${String(process.pid)}.tmp`;
  const fd = openSync(temporary, 'w', mode);
  try {
    writeSync(fd, `${JSON.stringify(value)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}

/** The parsed file, or null when it is not there, not readable or not JSON: every reader can make such a file anew. */
export function readJsonOrNull(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
