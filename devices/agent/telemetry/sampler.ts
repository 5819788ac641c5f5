// Builds one Sample per tick from all sources; it keeps no history and sends nothing.
import { performance } from 'node:perf_hooks';
import type { InferenceSample, Sample, SensorState } from '../../../shared/agent-protocol/sample.ts';
import { createCpuSource } from '../../sensors/cpu.ts';
import { createCpuFrequencySource } from '../../sensors/cpu-frequency.ts';
import { createDiskSource } from '../../sensors/disk.ts';
import { createGpuSource } from '../../sensors/gpu.ts';
import { createKernelClockSource } from '../../sensors/kernel-clock.ts';
import { createMemorySource } from '../../sensors/memory.ts';
import { createNetworkSource } from '../../sensors/network.ts';
import { createPowerSource } from '../../sensors/power.ts';
import { createPressureSource } from '../../sensors/pressure.ts';
import { createProcessMemory } from '../../sensors/process-memory.ts';
import { orNull, rounded } from '../../sensors/source.ts';
import { createTemperatureSource } from '../../sensors/temperature.ts';
import type { Tick } from './tick-timer.ts';

export interface SamplerOptions {
  /** Put before /proc and /sys; empty on a real device. */
  readonly sysRoot: string;
  /** A path on the file system whose space is reported. */
  readonly diskPath: string;
  /** Where nvidia-smi is looked for. */
  readonly path: string;
  readonly inference: () => InferenceSample;
}

export interface Sampler {
  /** Reads everything once. Synchronous: no thread pool, no child process. */
  take(tick: Tick): Sample;
  close(): void;
}

const PROBE_EVERY_TICKS = 60;

export function createSampler(options: SamplerOptions): Sampler {
  const { sysRoot } = options;
  const nowMs = (): number => performance.now();
  const cpu = createCpuSource(sysRoot);
  const frequency = createCpuFrequencySource(sysRoot);
  const clock = createKernelClockSource(sysRoot);
  const memory = createMemorySource(sysRoot);
  const pressure = createPressureSource(sysRoot);
  const disk = createDiskSource(sysRoot, options.diskPath);
  const network = createNetworkSource(sysRoot);
  const gpu = createGpuSource(sysRoot, options.path, nowMs);
  const temperature = createTemperatureSource(sysRoot);
  const power = createPowerSource(sysRoot);
  const ownMemory = createProcessMemory();
  const sources = { cpu, frequency, clock, memory, pressure, disk, network, gpu, temperature, power };
  const named = Object.entries(sources);
  let seq = 0;
  let previousMs = Number.NaN;
  let previousCpuMicros = Number.NaN;

  function ownCpu(elapsedS: number): number {
    const usage = process.cpuUsage();
    const micros = usage.user + usage.system;
    const share = (micros - previousCpuMicros) / (elapsedS * 1e6);
    previousCpuMicros = micros;
    return share;
  }

  function sensorStates(): Record<string, SensorState> {
    const states: Record<string, SensorState> = {};
    for (const [name, source] of named) states[name] = source.state;
    return states;
  }

  return {
    take(tick) {
      const startMs = nowMs();
      const elapsedS = (startMs - previousMs) / 1000;
      previousMs = startMs;
      for (const [, source] of named) source.read(elapsedS);
      seq += 1;
      if (seq % PROBE_EVERY_TICKS === 0) for (const [, source] of named) source.probe();
      const sample: Sample = {
        seq,
        timeMs: Date.now(),
        monotonicMs: clock.state === 'ok' ? Math.round(clock.uptimeS * 1000) : Math.round(startMs),
        cpu: {
          utilization: rounded(cpu.utilization, 4),
          perCore: cpu.perCore.map((share) => rounded(share, 4)),
          frequencyHz: rounded(frequency.frequencyHz, 0),
          load1: orNull(clock.load1),
          pressure: rounded(pressure.cpu, 4),
        },
        memory: {
          totalBytes: orNull(memory.totalBytes),
          availableBytes: orNull(memory.availableBytes),
          swapUsedBytes: orNull(memory.swapUsedBytes),
          pressure: rounded(pressure.memory, 4),
          oomKillsTotal: orNull(memory.oomKillsTotal),
        },
        disk: {
          totalBytes: orNull(disk.totalBytes),
          availableBytes: orNull(disk.availableBytes),
          readBytesPerS: rounded(disk.readBytesPerS, 0),
          writtenBytesPerS: rounded(disk.writtenBytesPerS, 0),
          pressure: rounded(pressure.io, 4),
        },
        network: {
          receivedBytesPerS: rounded(network.receivedBytesPerS, 0),
          sentBytesPerS: rounded(network.sentBytesPerS, 0),
        },
        gpus: [...gpu.gpus],
        temperatures: [...temperature.temperatures],
        powerW: rounded(power.powerW, 3),
        uptimeS: orNull(clock.uptimeS),
        inference: options.inference(),
        agent: {
          cpu: rounded(ownCpu(elapsedS), 5),
          rssBytes: ownMemory.residentBytes(process.pid),
          tickLateMs: Math.round(tick.lateMs * 1000) / 1000,
          missedTicks: tick.missedTicks,
          collectMs: 0,
        },
        sensors: sensorStates(),
      };
      sample.agent.collectMs = Math.round((nowMs() - startMs) * 1000) / 1000;
      return sample;
    },
    close() {
      for (const [, source] of named) source.close();
      ownMemory.close();
    },
  };
}
