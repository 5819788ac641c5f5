// Ends processes by their id and waits until they are gone.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** True while a process with this id runs; a zombie that nobody has buried yet does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    // No such process.
    return false;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function isGoneWithin(pid: number, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}

/** Asks the process to end, and makes it end when it has not after `graceMs`. */
export async function endProcess(pid: number, graceMs = 3000): Promise<void> {
  // A stopped process would keep the request for later.
  send(pid, 'SIGCONT');
  send(pid, 'SIGTERM');
  if (await isGoneWithin(pid, graceMs)) return;
  send(pid, 'SIGKILL');
  await isGoneWithin(pid, 2000);
}
