// The integrated GPU of Jetson modules: momentary load and clock from devfreq, averaged over the tick.
import type { GpuSample, SensorState } from '../../shared/agent-protocol/sample.ts';
import type { GpuReader } from './gpu.ts';
import { KeptFile } from './kept-file.ts';
import { orNull, rounded } from './source.ts';
import { listNames, readText } from './sysfs.ts';

/** Device-tree node names of Tegra GPUs (monitoring.md section 3). */
const GPU_NODES = new Set(['gv11b', 'gp10b', 'ga10b', 'gb10b', 'gpu']);

export function discoverDevfreqGpus(sysRoot: string): GpuReader[] {
  const base = `${sysRoot}/sys/class/devfreq`;
  return listNames(base, /./).flatMap((entry) => {
    const node = readText(`${base}/${entry}/device/of_node/name`);
    if (node === null || !GPU_NODES.has(node)) return [];
    return [createDevfreqGpu(node, `${base}/${entry}`)];
  });
}

function createDevfreqGpu(name: string, directory: string): GpuReader {
  // `load` is per mille and of one moment only: it is read several times a tick and averaged.
  const load = new KeptFile(`${directory}/device/load`);
  const frequency = new KeptFile(`${directory}/cur_freq`);
  let sum = 0;
  let count = 0;
  function subsample(): void {
    const perMille = load.readInteger();
    if (Number.isNaN(perMille)) return;
    sum += perMille;
    count += 1;
  }
  const reader = {
    state: 'ok' as SensorState,
    subsample,
    read(): GpuSample {
      subsample();
      reader.state = load.state;
      const utilization = count > 0 ? sum / count / 1000 : Number.NaN;
      sum = 0;
      count = 0;
      return {
        name,
        utilization: rounded(utilization, 3),
        frequencyHz: orNull(frequency.readInteger()),
        // The GPU shares the board's memory and has no meters of its own here.
        memoryUsedBytes: null,
        memoryTotalBytes: null,
        temperatureC: null,
        powerW: null,
      };
    },
    close() {
      load.close();
      frequency.close();
    },
  };
  return reader;
}
