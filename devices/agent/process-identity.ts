// Tells whether a process that was written down earlier is still the same one, although pids are given out again.
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot: field 22 of /proc/PID/stat (proc(5)). */
  readonly startTicks: number;
}

/** Null when there is no such process. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The command name may hold blanks and brackets; the fields after the last bracket are plain.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended; only its parent has not looked yet.
  if (fields[0] === 'Z') return null;
  return { pid, startTicks: Number(fields[19]) };
}

export function isSameProcess(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTicks === identity.startTicks;
}

/** Identity inside a JSON value, or null when it has none. */
export function identityIn(value: unknown): ProcessIdentity | null {
  if (typeof value !== 'object' || value === null) return null;
  const { pid, startTicks } = value as Partial<ProcessIdentity>;
  return typeof pid === 'number' && typeof startTicks === 'number' ? { pid, startTicks } : null;
}
