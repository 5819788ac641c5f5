// What was going on beside a run, from its first call to its last.
import type { Noise } from '../../../shared/contract/bench-result.ts';
import { createKernelClockSource } from '../../sensors/kernel-clock.ts';
import { orNull } from '../../sensors/source.ts';
import { createMachineWatch } from './machine-watch.ts';
import type { ProcessWatch } from './process-watch.ts';

export interface NoiseWatch {
  begin(): void;
  end(): Omit<Noise, 'floor' | 'busyBefore' | 'servedRequests'>;
  close(): void;
}

export function createNoiseWatch(watch: ProcessWatch): NoiseWatch {
  const machine = createMachineWatch();
  const clock = createKernelClockSource('');
  let before = watch.counts();
  return {
    begin: () => {
      machine.read();
      before = watch.counts();
    },
    end: () => {
      const { pressure, steal } = machine.read();
      clock.read(Number.NaN);
      const after = watch.counts();
      return {
        pressure,
        steal,
        load1: orNull(clock.load1),
        involuntarySwitches: after.involuntarySwitches - before.involuntarySwitches,
        garbageCollections: after.garbageCollections - before.garbageCollections,
      };
    },
    close: () => {
      machine.close();
      clock.close();
    },
  };
}
