// What the machine does while a model is measured: clock, heat, power, and what others take of the processor.
import { createCpuSource } from '../../sensors/cpu.ts';
import { createCpuFrequencySource } from '../../sensors/cpu-frequency.ts';
import { createPowerSource } from '../../sensors/power.ts';
import { createPressureSource } from '../../sensors/pressure.ts';
import { orNull } from '../../sensors/source.ts';
import { createTemperatureSource } from '../../sensors/temperature.ts';

/** Null for what the machine does not show. */
export interface MachineReading {
  readonly clockMHz: number | null;
  /** Of the hottest zone, disks apart. */
  readonly temperatureC: number | null;
  readonly powerW: number | null;
  /** Shares 0 to 1 since the reading before. */
  readonly pressure: number | null;
  readonly steal: number | null;
}

export interface MachineWatch {
  read(): MachineReading;
  close(): void;
}

/** They are often the hottest and never what slows a model down. */
const DISKS = /^(?:nvme|drivetemp)/;

/** `sysRoot` is put before /proc and /sys. Shares of the first reading count from now. */
export function createMachineWatch(sysRoot = ''): MachineWatch {
  const clock = createCpuFrequencySource(sysRoot);
  const temperature = createTemperatureSource(sysRoot);
  const power = createPowerSource(sysRoot);
  const pressure = createPressureSource(sysRoot);
  const cpu = createCpuSource(sysRoot);
  const sources = [clock, temperature, power, pressure, cpu];
  let lastMs = performance.now();
  cpu.read(Number.NaN);
  pressure.read(Number.NaN);
  return {
    read: () => {
      const nowMs = performance.now();
      const elapsedS = (nowMs - lastMs) / 1000;
      lastMs = nowMs;
      for (const source of sources) source.read(elapsedS);
      const celsius = temperature.temperatures.flatMap((each) => (DISKS.test(each.zone) ? [] : each.celsius));
      const hottest = Math.max(...celsius);
      return {
        clockMHz: orNull(clock.frequencyHz / 1e6),
        temperatureC: Number.isFinite(hottest) ? hottest : null,
        powerW: orNull(power.powerW),
        pressure: orNull(pressure.cpu),
        steal: orNull(cpu.steal),
      };
    },
    close: () => {
      for (const source of sources) source.close();
    },
  };
}
