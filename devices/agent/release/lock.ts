// The lock of a device's root: one agent at a time, and the lock of an agent that was killed does not outlive it.
import { readFile } from 'node:fs/promises';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { DurableFs } from './fs-durable.ts';
import { errnoOf } from './device-errors.ts';

/**
 * Takes the lock for this process.
 * @throws DEVICE_BUSY when another live process holds it
 */
export async function takeLock(path: string, fs: DurableFs): Promise<void> {
  const holder = await readHolder(path);
  if (holder !== null && holder.pid !== process.pid && (await startTicks(holder.pid)) === holder.startTicks) {
    throw new AppError(
      'DEVICE_BUSY',
      `Another Lineside agent (process ${holder.pid}) already runs in this folder; stop it first.`,
      { details: { pid: holder.pid } },
    );
  }
  await fs.writeFile(path, `${process.pid} ${(await startTicks(process.pid)) ?? ''}\n`, 'the lock');
}

/** Gives the lock back if this process holds it. */
export async function releaseLock(path: string, fs: DurableFs): Promise<void> {
  const holder = await readHolder(path);
  if (holder?.pid === process.pid) await fs.removeFile(path);
}

async function readHolder(path: string): Promise<{ pid: number; startTicks: string } | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
  const match = /^(\d+) (\d+)\n$/.exec(text);
  return match === null ? null : { pid: Number(match[1]), startTicks: match[2] ?? '' };
}

/** When a process started, in clock ticks since boot (proc(5), field 22): tells it from a later one with the same id. */
async function startTicks(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return null;
    throw error;
  }
}
