// Ends processes by their id and waits until they are gone.
import { setTimeout as sleep } from 'node:timers/promises';

/** True while a process with this id exists and is not a zombie of another parent's making. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
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
