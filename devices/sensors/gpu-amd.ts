// AMD GPUs from the attributes of the amdgpu driver in sysfs.
import type { GpuSample, SensorState } from '../../shared/agent-protocol/sample.ts';
import type { GpuReader } from './gpu.ts';
import { KeptFile } from './kept-file.ts';
import { orNull } from './source.ts';
import { listNames, readText } from './sysfs.ts';

export function discoverAmdGpus(sysRoot: string): GpuReader[] {
  const base = `${sysRoot}/sys/class/drm`;
  return listNames(base, /^card\d+$/).flatMap((entry) => {
    const device = `${base}/${entry}/device`;
    return readText(`${device}/gpu_busy_percent`) === null ? [] : [createAmdGpu(`amdgpu-${entry}`, device)];
  });
}

function createAmdGpu(name: string, device: string): GpuReader {
  const [chip] = listNames(`${device}/hwmon`, /^hwmon\d+$/);
  const hwmon = `${device}/hwmon/${chip ?? 'hwmon0'}`;
  const files = {
    busy: new KeptFile(`${device}/gpu_busy_percent`),
    used: new KeptFile(`${device}/mem_info_vram_used`),
    total: new KeptFile(`${device}/mem_info_vram_total`),
    temperature: new KeptFile(`${hwmon}/temp1_input`),
    power: new KeptFile(`${hwmon}/power1_average`),
    frequency: new KeptFile(`${hwmon}/freq1_input`),
  };
  const reader = {
    state: 'ok' as SensorState,
    read(): GpuSample {
      const utilization = files.busy.readInteger() / 100;
      reader.state = files.busy.state;
      return {
        name,
        utilization: orNull(utilization),
        frequencyHz: orNull(files.frequency.readInteger()),
        memoryUsedBytes: orNull(files.used.readInteger()),
        memoryTotalBytes: orNull(files.total.readInteger()),
        temperatureC: orNull(files.temperature.readInteger() / 1000),
        powerW: orNull(files.power.readInteger() / 1e6),
      };
    },
    close() {
      for (const file of Object.values(files)) file.close();
    },
  };
  return reader;
}
