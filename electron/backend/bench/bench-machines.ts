// The machines that can measure: this computer, whose turn is waited for, and the devices of the fleet, which lend themselves.
import { hostname } from 'node:os';
import type { BenchPriority } from '../../../shared/contract/bench-options.ts';
import type { BenchMachineRef } from '../../../shared/contract/bench-result.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { BenchMachine, BenchMachines } from './machine.ts';
import type { MeasuringClaim } from './measuring-claim.ts';
import { createTurns } from './turns.ts';

export interface BenchMachinesOptions {
  /** Among the processes of this computer; the turns within this one come first. */
  readonly claim: MeasuringClaim;
  createLocal(ref: BenchMachineRef, priority: BenchPriority): BenchMachine;
  acquireDevice(ref: BenchMachineRef, priority: BenchPriority, signal: AbortSignal): Promise<BenchMachine>;
  /** Names of the devices that a selector means. @throws NOT_FOUND, SELECTOR_INVALID, SELECTOR_EMPTY */
  selectDevices(selector: string): string[];
}

/** What the user types for this computer. */
const LOCAL = 'local';

export function createBenchMachines(options: BenchMachinesOptions): BenchMachines {
  const turns = createTurns();
  const local: BenchMachineRef = { kind: 'local', name: hostname() || LOCAL };

  async function acquireLocal(priority: BenchPriority, signal: AbortSignal): Promise<BenchMachine> {
    const endTurn = await turns.wait(signal);
    let isOver = false;
    const release = (): void => {
      if (isOver) return;
      isOver = true;
      options.claim.release();
      endTurn();
    };
    await options.claim.take(signal).catch((error: unknown) => {
      endTurn();
      throw error;
    });
    const machine = options.createLocal(local, priority);
    return {
      ...machine,
      close: async () => {
        try {
          await machine.close();
        } finally {
          release();
        }
      },
    };
  }

  return {
    resolve: (asked) => {
      const found = new Map<string, BenchMachineRef>();
      for (const one of asked.length > 0 ? asked : [LOCAL]) {
        if (one === LOCAL) found.set('', local);
        else for (const name of options.selectDevices(one)) found.set(name, { kind: 'device', name });
      }
      return [...found.values()];
    },
    isBusy: ({ kind }) => kind === 'local' && (turns.isBusy() || options.claim.isTaken()),
    acquire: (ref, priority, signal) =>
      ref.kind === 'local' ? acquireLocal(priority, signal) : options.acquireDevice(ref, priority, signal),
  };
}

/** Exactly one machine, for work that cannot be spread. @throws INPUT_INVALID, NOT_FOUND, SELECTOR_INVALID, SELECTOR_EMPTY */
export function resolveOne(machines: Pick<BenchMachines, 'resolve'>, asked: string | undefined): BenchMachineRef {
  const [first, ...others] = machines.resolve(asked === undefined ? [] : [asked]);
  if (first && others.length === 0) return first;
  throw new AppError(
    'INPUT_INVALID',
    `"${asked ?? ''}" means ${others.length + 1} machines, and this is measured on one; name a single device, or local.`,
  );
}
