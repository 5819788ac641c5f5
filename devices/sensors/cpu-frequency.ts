// The current CPU clock, as the mean over the frequency domains that cpufreq reports.
import type { SensorState } from '../../shared/agent-protocol/sample.ts';
import { KeptFile } from './kept-file.ts';
import type { Source } from './source.ts';
import { listNames } from './sysfs.ts';

/** Reading a clock can wake the core it belongs to, so on wide machines only some domains are read. */
const MAX_DOMAINS = 8;

export interface CpuFrequencySource extends Source {
  readonly frequencyHz: number;
}

export function createCpuFrequencySource(sysRoot: string): CpuFrequencySource {
  const base = `${sysRoot}/sys/devices/system/cpu`;
  let files: KeptFile[] = [];

  function discover(): void {
    for (const file of files) file.close();
    const policies = listNames(`${base}/cpufreq`, /^policy\d+$/).map((name) => `${base}/cpufreq/${name}`);
    const domains =
      policies.length > 0 ? policies : listNames(base, /^cpu\d+$/).map((name) => `${base}/${name}/cpufreq`);
    files = domains.slice(0, MAX_DOMAINS).map((domain) => new KeptFile(`${domain}/scaling_cur_freq`));
  }

  const source = {
    frequencyHz: Number.NaN,
    state: 'unsupported' as SensorState,
    read() {
      let sum = 0;
      let count = 0;
      for (const file of files) {
        const kiloHertz = file.readInteger();
        if (Number.isNaN(kiloHertz)) source.state = file.state;
        else {
          sum += kiloHertz;
          count += 1;
        }
      }
      if (count > 0) source.state = 'ok';
      source.frequencyHz = count > 0 ? (sum / count) * 1000 : Number.NaN;
    },
    probe() {
      if (source.state !== 'ok') discover();
    },
    close() {
      for (const file of files) file.close();
    },
  };
  discover();
  return source;
}
