// Pressure stall information: the share of the last tick in which some task waited for a resource.
import type { SensorState } from '../../shared/agent-protocol/sample.ts';
import { integerAfter, KeptFile, scratch } from './kept-file.ts';
import type { Source } from './source.ts';

const TOTAL = Buffer.from('total=');

export interface PressureSource extends Source {
  /** Shares 0–1 of the `some` line; NaN on the first tick and where the kernel has no PSI. */
  readonly cpu: number;
  readonly memory: number;
  readonly io: number;
}

/** Reads the `some` totals (microseconds) of /proc/pressure (Documentation/accounting/psi.rst). */
export function createPressureSource(sysRoot: string): PressureSource {
  const files = ['cpu', 'memory', 'io'].map((name) => new KeptFile(`${sysRoot}/proc/pressure/${name}`));
  const previous = new Float64Array(3).fill(Number.NaN);
  const shares = new Float64Array(3).fill(Number.NaN);
  let state: SensorState = 'ok';
  return {
    get cpu() {
      return shares[0] as number;
    },
    get memory() {
      return shares[1] as number;
    },
    get io() {
      return shares[2] as number;
    },
    get state() {
      return state;
    },
    read(elapsedS) {
      state = 'ok';
      for (let index = 0; index < files.length; index += 1) {
        const file = files[index] as KeptFile;
        const total = integerAfter(scratch, file.read(), TOTAL);
        const share = (total - (previous[index] as number)) / (elapsedS * 1e6);
        shares[index] = Number.isNaN(share) ? Number.NaN : Math.min(1, Math.max(0, share));
        previous[index] = total;
        if (file.state !== 'ok') state = file.state;
      }
    },
    probe() {
      for (const file of files) file.retry();
    },
    close() {
      for (const file of files) file.close();
    },
  };
}
