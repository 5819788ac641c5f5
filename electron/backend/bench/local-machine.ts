// This computer as a machine that measures: its sidecars are child processes, and the files of a model are there already.
import type { BenchPriority } from '../../../shared/contract/bench-options.ts';
import type { BenchMachineRef } from '../../../shared/contract/bench-result.ts';
import type { SidecarCommand } from '../ports.ts';
import { createLocalSidecar } from './local-sidecar.ts';
import type { BenchMachine, Sidecar } from './machine.ts';

export interface LocalMachineOptions {
  readonly sidecar: SidecarCommand;
  readonly ref: BenchMachineRef;
  readonly priority: BenchPriority;
}

export function createLocalMachine({ sidecar, ref, priority }: LocalMachineOptions): BenchMachine {
  const running = new Set<Sidecar>();
  return {
    ref,
    // The files of a model lie in one folder, as it names them.
    place: ([first]) =>
      first ? Promise.resolve(first.localPath) : Promise.reject(new Error('a model has at least one file')),
    launch: () => {
      const launched = createLocalSidecar(sidecar, { isLowPriority: priority === 'low' });
      const tracked: Sidecar = {
        request: (...asked) => launched.request(...asked),
        close: async () => {
          await launched.close();
          running.delete(tracked);
        },
      };
      running.add(tracked);
      return tracked;
    },
    servedRequests: () => Promise.resolve(null),
    close: async () => {
      await Promise.all([...running].map((each) => each.close()));
    },
  };
}
