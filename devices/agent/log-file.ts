// Keeps the log of a detached agent from growing: the file that stderr goes to is cut when it is too long.
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs';

const STDERR_FD = 2;
const MAX_BYTES = 1024 * 1024;
/** What stays readable in `agent.log.1` after a cut. */
const KEPT_BYTES = 256 * 1024;

/** Writes a line to stderr. A log that cannot be written (full disk, closed pipe) must not end the agent, and has nowhere to say so. */
export function writeLogLine(line: string): void {
  try {
    writeSync(STDERR_FD, line);
  } catch {
    return;
  }
}

/** Opens the log for a detached agent: appending, so that it may be cut while it is written. */
export function openLogFile(path: string): number {
  return openSync(path, 'a', 0o600);
}

/** When stderr is the file at `path` and longer than 1 MiB: keeps its end in `path.1` and starts it anew. */
export function trimLogFile(path: string): void {
  const stderr = fstatSync(STDERR_FD);
  if (!stderr.isFile() || stderr.size <= MAX_BYTES) return;
  if (statSync(path, { throwIfNoEntry: false })?.ino !== stderr.ino) return;
  const tail = Buffer.alloc(KEPT_BYTES);
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, tail, 0, KEPT_BYTES, stderr.size - KEPT_BYTES);
    writeFileSync(`${path}.1`, tail.subarray(0, length), { mode: 0o600 });
  } finally {
    closeSync(fd);
  }
  ftruncateSync(STDERR_FD, 0);
}
