// Finds the processes that belong to a simulated box, by descent or by the mark in their environment.
import { readdirSync, readFileSync } from 'node:fs';

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Gone meanwhile, or another user's: none of ours.
    return null;
  }
}

interface Process {
  readonly pid: number;
  readonly name: string;
  readonly parentPid: number;
}

function allProcesses(): Process[] {
  const found: Process[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readOrNull(`/proc/${entry}/stat`);
    if (stat === null) continue;
    // The name is in brackets and may itself contain brackets and blanks.
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state !== 'Z') found.push({ pid: Number(entry), name, parentPid: Number(parent) });
  }
  return found;
}

/** Descendants of a process that are reached through processes with an accepted name only. */
export function childrenOf(pid: number, isAccepted: (name: string) => boolean): number[] {
  const all = allProcesses();
  const found: number[] = [];
  let generation = [pid];
  while (generation.length > 0) {
    const parents = new Set(generation);
    generation = all
      .filter((process) => parents.has(process.parentPid) && isAccepted(process.name))
      .map((process) => process.pid);
    found.push(...generation);
  }
  return found;
}

/** Processes whose environment holds exactly this assignment. */
export function processesWithMark(assignment: string): number[] {
  return allProcesses()
    .map((process) => process.pid)
    .filter(
      (pid) => pid !== process.pid && (readOrNull(`/proc/${pid}/environ`)?.split('\0').includes(assignment) ?? false),
    );
}
