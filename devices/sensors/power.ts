// Power drawn by the board, from the INA3221 monitors of Jetson modules: the input rail, else the sum of the rails.
import type { SensorState } from '../../shared/agent-protocol/sample.ts';
import { KeptFile } from './kept-file.ts';
import type { Source } from './source.ts';
import { listNames, readText } from './sysfs.ts';

interface Rail {
  readonly label: string;
  /** Watts, NaN when it cannot be read. */
  readW(): number;
  readonly files: readonly KeptFile[];
}

/** Rails that already measure all others (monitoring.md section 3). */
const INPUT_RAILS = new Set(['VDD_IN', 'POM_5V_IN']);
const CHANNELS = [1, 2, 3] as const;

export interface PowerSource extends Source {
  readonly powerW: number;
}

/** JetPack 5 and later: millivolts times milliamperes below hwmon (Documentation/hwmon/ina3221.rst). */
function hwmonRails(device: string): Rail[] {
  return listNames(`${device}/hwmon`, /^hwmon\d+$/).flatMap((entry) =>
    CHANNELS.flatMap((channel) => {
      const base = `${device}/hwmon/${entry}`;
      const label = readText(`${base}/in${String(channel)}_label`);
      if (label === null || label === 'NC') return [];
      const volts = new KeptFile(`${base}/in${String(channel)}_input`);
      const amperes = new KeptFile(`${base}/curr${String(channel)}_input`);
      return [{ label, files: [volts, amperes], readW: () => (volts.readInteger() * amperes.readInteger()) / 1e6 }];
    }),
  );
}

/** JetPack 4: milliwatts below an IIO device. */
function iioRails(device: string): Rail[] {
  return listNames(device, /^iio:device\d+$/).flatMap((entry) =>
    [0, 1, 2].flatMap((channel) => {
      const label = readText(`${device}/${entry}/rail_name_${String(channel)}`);
      if (label === null || label === 'NC') return [];
      const milliwatts = new KeptFile(`${device}/${entry}/in_power${String(channel)}_input`);
      return [{ label, files: [milliwatts], readW: () => milliwatts.readInteger() / 1000 }];
    }),
  );
}

function discoverRails(sysRoot: string): Rail[] {
  const base = `${sysRoot}/sys/bus/i2c/devices`;
  const rails = listNames(base, /./)
    .filter((entry) => readText(`${base}/${entry}/name`) === 'ina3221')
    .flatMap((entry) => [...hwmonRails(`${base}/${entry}`), ...iioRails(`${base}/${entry}`)]);
  const input = rails.filter((rail) => INPUT_RAILS.has(rail.label));
  return input.length > 0 ? input : rails;
}

export function createPowerSource(sysRoot: string): PowerSource {
  let rails = discoverRails(sysRoot);
  const source = {
    powerW: Number.NaN,
    state: 'unsupported' as SensorState,
    read() {
      source.state = rails.length > 0 ? 'ok' : 'unsupported';
      source.powerW = rails.length > 0 ? 0 : Number.NaN;
      for (const rail of rails) {
        source.powerW += rail.readW();
        // A sum that lacks a rail would be a wrong number, so one failure makes the whole value missing.
        for (const file of rail.files) if (file.state !== 'ok') source.state = file.state;
      }
    },
    probe() {
      if (source.state === 'ok') return;
      source.close();
      rails = discoverRails(sysRoot);
    },
    close() {
      for (const rail of rails) for (const file of rail.files) file.close();
    },
  };
  return source;
}
