// CPU use per core and in total, and what a hypervisor took, from the tick counters of /proc/stat.
import type { SensorState } from '../../shared/agent-protocol/sample.ts';
import { KeptFile, nextLine, parsedEnd, parseIntegerAt, scratch } from './kept-file.ts';
import type { Source } from './source.ts';

const MAX_CORES = 1024;
const LETTER_C = 99;

export interface CpuSource extends Source {
  /** Busy share of all cores since the tick before, 0–1; NaN on the first tick. */
  readonly utilization: number;
  /** Share of all cores that the hypervisor gave to other guests since the tick before, 0–1; NaN on the first tick. */
  readonly steal: number;
  /** Busy share by core number; NaN for a core that is off or on the first tick. Length: highest core number seen + 1. */
  readonly perCore: readonly number[];
}

/** `sysRoot` is put before /proc. Busy is everything but idle and iowait; guest time is inside user time (proc(5)). */
export function createCpuSource(sysRoot: string): CpuSource {
  const file = new KeptFile(`${sysRoot}/proc/stat`);
  // Row 0 is the sum line, row n + 1 is core n.
  const previousTotal = new Float64Array(MAX_CORES + 1).fill(Number.NaN);
  const previousIdle = new Float64Array(MAX_CORES + 1);
  let previousSteal = Number.NaN;
  const perCore: number[] = [];
  let utilization = Number.NaN;
  let steal = Number.NaN;
  let state: SensorState = 'ok';

  function share(row: number, total: number, idle: number): number {
    const totalDelta = total - (previousTotal[row] as number);
    const idleDelta = idle - (previousIdle[row] as number);
    previousTotal[row] = total;
    previousIdle[row] = idle;
    // iowait may go backwards (proc(5)), so the share is clamped.
    return totalDelta > 0 ? Math.min(1, Math.max(0, 1 - idleDelta / totalDelta)) : Number.NaN;
  }

  return {
    get utilization() {
      return utilization;
    },
    get steal() {
      return steal;
    },
    get perCore() {
      return perCore;
    },
    get state() {
      return state;
    },
    read() {
      perCore.fill(Number.NaN);
      utilization = Number.NaN;
      steal = Number.NaN;
      const length = file.read();
      state = file.state;
      let at = 0;
      while (at + 3 < length && scratch[at] === LETTER_C && scratch[at + 1] === 112 && scratch[at + 2] === 117) {
        const isSum = scratch[at + 3] === 32;
        const core = isSum ? -1 : parseIntegerAt(scratch, at + 3, length);
        let position = isSum ? at + 3 : parsedEnd;
        let total = 0;
        let idle = 0;
        let stolen = 0;
        for (let field = 0; field < 8; field += 1) {
          const value = parseIntegerAt(scratch, position, length);
          if (Number.isNaN(value)) break;
          position = parsedEnd;
          total += value;
          if (field === 3 || field === 4) idle += value;
          if (field === 7) stolen = value;
        }
        if (isSum) {
          const ticks = total - (previousTotal[0] as number);
          steal = ticks > 0 ? Math.max(0, stolen - previousSteal) / ticks : Number.NaN;
          previousSteal = stolen;
          utilization = share(0, total, idle);
        } else if (core < MAX_CORES) {
          while (perCore.length <= core) perCore.push(Number.NaN);
          perCore[core] = share(core + 1, total, idle);
        }
        at = nextLine(scratch, position, length);
      }
    },
    probe: () => file.retry(),
    close: () => file.close(),
  };
}
