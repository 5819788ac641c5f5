// How busy the machine is while we do nothing.
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { createCpuSource } from '../../sensors/cpu.ts';
import { createKernelClockSource } from '../../sensors/kernel-clock.ts';
import { createPressureSource } from '../../sensors/pressure.ts';
import { orNull } from '../../sensors/source.ts';

export interface IdleLook {
  /** Share of all processor time that others used, 0 to 1. All null where the system does not tell. */
  readonly busy: number | null;
  readonly pressure: number | null;
  readonly load1: number | null;
}

export async function lookWhileIdle(durationMs: number): Promise<IdleLook> {
  const cpu = createCpuSource('');
  const pressure = createPressureSource('');
  const clock = createKernelClockSource('');
  const sources = [cpu, pressure, clock];
  try {
    for (const source of sources) source.read(Number.NaN);
    const startMs = performance.now();
    const ownBefore = process.cpuUsage();
    await wait(durationMs);
    const own = process.cpuUsage(ownBefore);
    const elapsedMs = performance.now() - startMs;
    for (const source of sources) source.read(elapsedMs / 1000);
    const ownShare = (own.user + own.system) / 1000 / (elapsedMs * Math.max(1, cpus().length));
    return {
      busy: orNull(Math.max(0, cpu.utilization - ownShare)),
      pressure: orNull(pressure.cpu),
      load1: orNull(clock.load1),
    };
  } finally {
    for (const source of sources) source.close();
  }
}
