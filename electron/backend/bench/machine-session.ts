// A machine that is held for some rows: taken when the first of them needs it, given back and taken again when it was lost.
import type { BenchRow } from '../../../shared/contract/bench.ts';
import type { BenchMachineRef, MachineFingerprint } from '../../../shared/contract/bench-result.ts';
import { type AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { Logger } from '../ports.ts';
import type { BenchMachine, BenchMachines } from './machine.ts';
import { inFreshProcess, type RowRequest } from './measure-row.ts';
import { measureNoiseFloor, noiseFloorMs } from './noise-floor.ts';
import type { PreparedModel } from './prepare-model.ts';

export interface MachineSession {
  /** @throws what `BenchMachines.acquire` throws */
  machine(signal: AbortSignal): Promise<BenchMachine>;
  isHeld(): boolean;
  /** Read once. */
  fingerprint(request: RowRequest): Promise<MachineFingerprint>;
  /** Measured once for each model; null when it could not be. @throws CANCELLED */
  noiseFloor(
    row: BenchRow,
    prepared: PreparedModel,
    request: RowRequest,
    onProgress: (elapsedMs: number) => void,
  ): Promise<number | null>;
  /** Gives the machine back when what failed may have been it and not the model. */
  afterFailure(error: AppError): Promise<void>;
  close(): Promise<void>;
}

/** Exit code of the command line for everything that is wrong with a device or the way to it. */
const DEVICE_OR_NETWORK = 4;

export function createMachineSession(
  machines: Pick<BenchMachines, 'acquire'>,
  ref: BenchMachineRef,
  priority: BenchRow['options']['priority'],
  log: Logger,
): MachineSession {
  let held: BenchMachine | null = null;
  let fingerprint: MachineFingerprint | null = null;
  const floors = new Map<string, number | null>();
  const modelOf = ({ model }: BenchRow): string => `${model.name}:${model.version}`;

  async function machine(signal: AbortSignal): Promise<BenchMachine> {
    held ??= await machines.acquire(ref, priority, signal);
    return held;
  }

  async function close(): Promise<void> {
    const closing = held;
    held = null;
    await closing?.close();
  }

  return {
    machine,
    isHeld: () => held !== null,
    close,
    fingerprint: async (request) => {
      fingerprint ??= await inFreshProcess(await machine(request.signal), async (sidecar) => {
        const answer = await sidecar.request({ kind: 'machine' }, request);
        return answer.fingerprint;
      });
      return fingerprint;
    },
    noiseFloor: async (row, prepared, request, onProgress) => {
      const known = floors.get(modelOf(row));
      if (known !== undefined) return known;
      const durationMs = noiseFloorMs(row.options.durationS);
      let floor: number | null = null;
      try {
        const input = { machine: await machine(request.signal), prepared, request, durationMs, onProgress };
        floor = await measureNoiseFloor(input);
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code === 'CANCELLED') throw error;
        // The row itself was measured, and its verdict says that there is no noise floor.
        log.warn({ err: thrown, model: modelOf(row), machine: ref }, 'the noise floor could not be measured');
      }
      floors.set(modelOf(row), floor);
      return floor;
    },
    afterFailure: async (error) => {
      if (error.exitCode === DEVICE_OR_NETWORK) await close();
    },
  };
}
