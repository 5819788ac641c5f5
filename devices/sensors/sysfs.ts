// Looking around in sysfs at discovery time: lists and small text files, absent ones being an answer and not a fault.
import { readdirSync, readFileSync } from 'node:fs';

/** Names in `directory` that match, in natural order; empty when it is not there or not readable. */
export function listNames(directory: string, pattern: RegExp): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => pattern.test(name))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  } catch {
    return [];
  }
}

/** Text of a sysfs attribute without its newline or device-tree NUL; null when it cannot be read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1').replace(/[\0\n]+$/, '');
  } catch {
    return null;
  }
}
