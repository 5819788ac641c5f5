// Temperatures by zone name: thermal zones by their type, and the hwmon chips of processors and disks.
import type { SensorState } from '../../shared/agent-protocol/sample.ts';
import { KeptFile } from './kept-file.ts';
import type { Source } from './source.ts';
import { listNames, readText } from './sysfs.ts';

export interface Temperature {
  readonly zone: string;
  readonly celsius: number;
}

export interface TemperatureSource extends Source {
  /** Zones that gave a value on this tick; a zone that is off is left out. */
  readonly temperatures: readonly Temperature[];
}

interface Zone {
  readonly name: string;
  readonly file: KeptFile;
}

/** A constant 100 °C on Tegra boards (monitoring.md section 3). */
const CONSTANT_ZONE = /^pmic/i;
/** hwmon chips that thermal zones do not repeat. */
const HWMON_CHIPS = /^(?:coretemp|k10temp|zenpower|cpu_thermal|nvme|drivetemp)$/;
const MAX_ZONES = 24;
/** -256 °C is how a powered-down Tegra sensor reads; nothing on a factory floor is below -100 °C or above 200 °C. */
const LOWEST_C = -100;
const HIGHEST_C = 200;

function discoverZones(sysRoot: string): Zone[] {
  const zones: Zone[] = [];
  const base = `${sysRoot}/sys/class/thermal`;
  for (const entry of listNames(base, /^thermal_zone\d+$/)) {
    const type = readText(`${base}/${entry}/type`);
    if (type === null || CONSTANT_ZONE.test(type)) continue;
    zones.push({ name: type, file: new KeptFile(`${base}/${entry}/temp`) });
  }
  const hasPackageZone = zones.some((zone) => zone.name === 'x86_pkg_temp');
  const hwmon = `${sysRoot}/sys/class/hwmon`;
  for (const entry of listNames(hwmon, /^hwmon\d+$/)) {
    const chip = readText(`${hwmon}/${entry}/name`);
    if (chip === null || !HWMON_CHIPS.test(chip) || (chip === 'coretemp' && hasPackageZone)) continue;
    if (readText(`${hwmon}/${entry}/temp1_input`) === null) continue;
    zones.push({ name: chip, file: new KeptFile(`${hwmon}/${entry}/temp1_input`) });
  }
  return withUniqueNames(zones.slice(0, MAX_ZONES));
}

/** Several boards have more than one zone of a type; the second becomes `type-2`. */
function withUniqueNames(zones: readonly Zone[]): Zone[] {
  const seen = new Map<string, number>();
  return zones.map((zone) => {
    const count = (seen.get(zone.name) ?? 0) + 1;
    seen.set(zone.name, count);
    return count === 1 ? zone : { name: `${zone.name}-${String(count)}`, file: zone.file };
  });
}

export function createTemperatureSource(sysRoot: string): TemperatureSource {
  let zones = discoverZones(sysRoot);
  let temperatures: Temperature[] = [];
  const source = {
    get temperatures() {
      return temperatures;
    },
    state: 'unsupported' as SensorState,
    read() {
      temperatures = [];
      let reason: SensorState = zones.length > 0 ? 'off' : 'unsupported';
      for (const zone of zones) {
        const milliDegrees = zone.file.readInteger();
        if (Number.isNaN(milliDegrees)) {
          if (zone.file.state !== 'ok') reason = zone.file.state;
          continue;
        }
        const celsius = Math.round(milliDegrees / 100) / 10;
        if (celsius > LOWEST_C && celsius < HIGHEST_C) temperatures.push({ zone: zone.name, celsius });
      }
      source.state = temperatures.length > 0 ? 'ok' : reason;
    },
    probe() {
      if (temperatures.length === zones.length && zones.length > 0) return;
      source.close();
      zones = discoverZones(sysRoot);
    },
    close() {
      for (const zone of zones) zone.file.close();
    },
  };
  return source;
}
