// All GPUs of the box behind one source, whichever driver they have.
import type { GpuSample, SensorState } from '../../shared/agent-protocol/sample.ts';
import { discoverAmdGpus } from './gpu-amd.ts';
import { discoverDevfreqGpus } from './gpu-devfreq.ts';
import { createNvidiaSmi, findNvidiaSmi, type NvidiaSmi } from './nvidia-smi.ts';
import type { Source } from './source.ts';

/** One GPU that is read through files. */
export interface GpuReader {
  readonly state: SensorState;
  read(): GpuSample;
  /** Present where the driver gives momentary values that must be averaged. */
  subsample?(): void;
  close(): void;
}

/** Four reads between two ticks, one at the tick: 5 Hz. */
const SUBSAMPLE_PERIOD_MS = 200;

export interface GpuSource extends Source {
  readonly gpus: readonly GpuSample[];
}

/** `path`: the PATH to look for nvidia-smi in. `nowMs`: a monotonic clock. */
export function createGpuSource(sysRoot: string, path: string, nowMs: () => number): GpuSource {
  let readers: GpuReader[] = [];
  let nvidia: NvidiaSmi | null = null;
  let subsampleTimer: NodeJS.Timeout | null = null;
  let gpus: GpuSample[] = [];
  const source = {
    get gpus() {
      return gpus;
    },
    state: 'unsupported' as SensorState,
    read() {
      gpus = readers.map((reader) => reader.read());
      let state: SensorState = readers.find((reader) => reader.state !== 'ok')?.state ?? 'ok';
      if (nvidia !== null) {
        gpus.push(...nvidia.samples());
        if (state === 'ok') state = nvidia.state;
      }
      source.state = readers.length === 0 && nvidia === null ? 'unsupported' : state;
    },
    probe() {
      nvidia?.probe();
      if (source.state !== 'ok') discover();
    },
    close() {
      closeReaders();
      nvidia?.close();
      nvidia = null;
    },
  };

  function closeReaders(): void {
    for (const reader of readers) reader.close();
    readers = [];
    if (subsampleTimer !== null) clearInterval(subsampleTimer);
    subsampleTimer = null;
  }

  function discover(): void {
    closeReaders();
    readers = [...discoverDevfreqGpus(sysRoot), ...discoverAmdGpus(sysRoot)];
    const momentary = readers.filter((reader) => reader.subsample !== undefined);
    if (momentary.length > 0) {
      subsampleTimer = setInterval(() => {
        for (const reader of momentary) reader.subsample?.();
      }, SUBSAMPLE_PERIOD_MS).unref();
    }
    const program = nvidia === null ? findNvidiaSmi(sysRoot, path) : null;
    if (program !== null) nvidia = createNvidiaSmi(program, nowMs);
  }

  discover();
  return source;
}
