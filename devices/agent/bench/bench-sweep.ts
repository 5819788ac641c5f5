// What an agent that was killed leaves of a benchmark: the next one ends its processes and removes its folders.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isSameProcess, type ProcessIdentity } from '../process-identity.ts';

/** In a lease's folder: one empty file for each process, named after it. */
export const PIDS_FOLDER = '.pids';

/** Folder of the leases of a device root. */
export function leasesFolder(root: string): string {
  return join(root, 'bench', 'leases');
}

export function pidFileName({ pid, startTicks }: ProcessIdentity): string {
  return `${String(pid)}-${String(startTicks)}`;
}

/** Call it before any lease is given. Files of models that were sent stay for the next benchmark. */
export function sweepBenchLeases(root: string): void {
  const leases = leasesFolder(root);
  if (!existsSync(leases)) return;
  for (const lease of readdirSync(leases)) {
    const pids = join(leases, lease, PIDS_FOLDER);
    for (const name of existsSync(pids) ? readdirSync(pids) : []) {
      const [pid, startTicks] = name.split('-').map(Number);
      if (pid === undefined || startTicks === undefined) continue;
      if (isSameProcess({ pid, startTicks })) process.kill(pid, 'SIGKILL');
    }
  }
  rmSync(leases, { recursive: true, force: true });
}
