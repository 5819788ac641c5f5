// The collectors, on made-up boxes of three kinds and on the machine that runs the tests.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createSampler, type Sampler } from '../../../devices/agent/telemetry/sampler.ts';
import { type Sample, sampleSchema } from '../../../shared/agent-protocol/sample.ts';
import { createFakeBox, createJetsonOrin, createMiniPc, type FakeBox, PLAIN_PROC } from '../../helpers/device-tree.ts';
import { eventually } from '../../helpers/eventually.ts';

const TICK = { lateMs: 0, missedTicks: 0 };
const IDLE = {
  releaseId: null,
  model: null,
  version: null,
  isReady: false,
  requestsTotal: 0,
  errorsTotal: 0,
  inFlight: 0,
  requestsPerS: 0,
  p50Ms: null,
  p95Ms: null,
  p99Ms: null,
  workerRestarts: 0,
  workerRssBytes: null,
};

const toClose: { close?(): void; dispose?(): void }[] = [];
afterEach(() => {
  for (const one of toClose.splice(0)) {
    one.close?.();
    one.dispose?.();
  }
});

function samplerOf(sysRoot: string, path = ''): Sampler {
  const sampler = createSampler({ sysRoot, diskPath: tmpdir(), path, inference: () => IDLE });
  toClose.push(sampler);
  return sampler;
}

function kept(box: FakeBox): FakeBox {
  toClose.push(box);
  return box;
}

describe('sampler on any Linux', () => {
  it('gives no rate on the first tick and the shares and rates between two ticks on the second', () => {
    const box = kept(createFakeBox(PLAIN_PROC));
    const sampler = samplerOf(box.sysRoot);
    const first = sampler.take(TICK);
    expect(first.cpu.utilization).toBeNull();
    expect(first.cpu.perCore).toEqual([null, null]);
    expect(first.disk.readBytesPerS).toBeNull();
    expect(first.network.receivedBytesPerS).toBeNull();
    box.write(
      '/proc/stat',
      'cpu  160 0 120 810 110 0 0 0 0 0\ncpu0 110 0 50 390 50 0 0 0 0 0\ncpu1 50 0 70 420 60 0 0 0 0 0\n',
    );
    box.write('/proc/diskstats', ' 8 0 sda 10 0 3000 0 20 0 2000 0 0 0 0\n 8 1 sda1 5 0 9500 0 5 0 9500 0 0 0 0\n');
    box.write(
      '/proc/net/dev',
      'a\nb\n  eth0: 5000 10 0 0 0 0 0 0 500 5 0 0 0 0 0 0\ndocker0: 99000 1 0 0 0 0 0 0 99000 5 0 0 0 0 0 0\n',
    );
    const second = sampler.take(TICK);
    expect(second.cpu.utilization).toBeCloseTo(80 / 200, 4);
    expect(second.cpu.perCore[0]).toBeCloseTo(0.6, 4);
    expect(second.cpu.perCore[1]).toBeCloseTo(0.2, 4);
    // sda only: 2000 sectors read and none written; eth0 only: 4000 bytes received and none sent.
    expect(second.disk.readBytesPerS).toBeGreaterThan(0);
    expect(second.disk.writtenBytesPerS).toBe(0);
    const ratio = (second.disk.readBytesPerS ?? 0) / (second.network.receivedBytesPerS ?? 1);
    expect(ratio).toBeCloseTo((2000 * 512) / 4000, 1);
    expect(second.network.sentBytesPerS).toBe(0);
    expect(second.seq).toBe(first.seq + 1);
  });

  it('reads memory, load, uptime and the exact oom_kill line', () => {
    const sample = samplerOf(kept(createFakeBox(PLAIN_PROC)).sysRoot).take(TICK);
    expect(sample.memory).toMatchObject({
      totalBytes: 2_048_000,
      availableBytes: 1_536_000,
      swapUsedBytes: 614_400,
      oomKillsTotal: 3,
    });
    expect(sample.cpu.load1).toBe(0.25);
    expect(sample.uptimeS).toBe(1000.5);
    expect(sample.monotonicMs).toBe(1_000_500);
  });

  it('says unsupported, and null, for everything that a box without sensors lacks', () => {
    const sample = samplerOf(kept(createFakeBox({})).sysRoot).take(TICK);
    expect(sample.cpu.utilization).toBeNull();
    expect(sample.memory.totalBytes).toBeNull();
    expect(sample.powerW).toBeNull();
    expect(sample.gpus).toEqual([]);
    expect(sample.temperatures).toEqual([]);
    for (const name of ['cpu', 'memory', 'pressure', 'network', 'gpu', 'temperature', 'power']) {
      expect(sample.sensors[name], name).toBe('unsupported');
    }
    expect(sampleSchema.safeParse(sample).success).toBe(true);
  });

  it('finds what appears late when it looks again after a minute of ticks', () => {
    const box = kept(createFakeBox(PLAIN_PROC));
    const sampler = samplerOf(box.sysRoot);
    for (let tick = 0; tick < 59; tick += 1) sampler.take(TICK);
    box.write('/sys/class/thermal/thermal_zone0/type', 'cpu-thermal\n');
    box.write('/sys/class/thermal/thermal_zone0/temp', '40000\n');
    expect(sampler.take(TICK).temperatures).toEqual([]);
    expect(sampler.take(TICK).temperatures).toEqual([{ zone: 'cpu-thermal', celsius: 40 }]);
  });

  it('leaves a zone out while it does not answer and takes it up again when it does', () => {
    const box = kept(createMiniPc());
    const sampler = samplerOf(box.sysRoot);
    const zones = (): string[] => sampler.take(TICK).temperatures.map((one) => one.zone);
    expect(zones()).toContain('acpitz');
    box.write('/sys/class/thermal/thermal_zone0/temp', '');
    expect(zones()).not.toContain('acpitz');
    box.write('/sys/class/thermal/thermal_zone0/temp', '30000\n');
    expect(zones()).toContain('acpitz');
  });

  it('reads the machine it runs on', () => {
    const sampler = samplerOf('');
    sampler.take(TICK);
    const sample: Sample = sampler.take(TICK);
    expect(sampleSchema.safeParse(sample).success).toBe(true);
    expect(sample.sensors['cpu']).toBe('ok');
    expect(sample.sensors['memory']).toBe('ok');
    expect(sample.memory.totalBytes).toBeGreaterThan(64e6);
    expect(sample.memory.availableBytes).toBeLessThanOrEqual(sample.memory.totalBytes ?? 0);
    expect(sample.cpu.perCore.length).toBeGreaterThan(0);
    expect(sample.disk.totalBytes).toBeGreaterThan(0);
    expect(sample.uptimeS).toBeGreaterThan(0);
    // Of our own process, by two roads.
    expect(sample.agent.rssBytes / process.memoryUsage.rss()).toBeGreaterThan(0.5);
  });
});

describe('sampler on a Jetson Orin', () => {
  it('reads the integrated GPU, the input rail and the zones that are on', () => {
    const sample = samplerOf(kept(createJetsonOrin()).sysRoot).take(TICK);
    expect(sample.gpus).toEqual([
      {
        name: 'gpu',
        utilization: 0.43,
        frequencyHz: 624_750_000,
        memoryUsedBytes: null,
        memoryTotalBytes: null,
        temperatureC: null,
        powerW: null,
      },
    ]);
    expect(sample.powerW).toBe(6);
    expect(sample.temperatures).toEqual([
      { zone: 'cpu-thermal', celsius: 48.1 },
      { zone: 'gpu-thermal', celsius: 46 },
    ]);
    expect(sample.cpu.frequencyHz).toBe(1_510_400_000);
    expect(sample.sensors).toMatchObject({ gpu: 'ok', power: 'ok', temperature: 'ok', frequency: 'ok' });
  });

  it('averages the momentary GPU load over the tick', async () => {
    const box = kept(createJetsonOrin());
    const sampler = samplerOf(box.sysRoot);
    sampler.take(TICK);
    // Between the ticks the load is 1000 per mille for the reads of the subsampling timer and 0 at the tick itself.
    box.write('/sys/devices/platform/bus@0/17000000.gpu/load', '1000\n');
    await new Promise((resolve) => setTimeout(resolve, 500));
    box.write('/sys/devices/platform/bus@0/17000000.gpu/load', '0\n');
    const busy = sampler.take(TICK).gpus[0]?.utilization ?? 0;
    expect(busy).toBeGreaterThan(0.3);
    expect(busy).toBeLessThan(1);
  });

  it('sums the rails where no rail measures the input, and refuses a sum with a rail missing', () => {
    const box = kept(createJetsonOrin());
    box.write('/sys/bus/i2c/devices/1-0040/hwmon/hwmon1/in1_label', 'VDD_GPU_SOC\n');
    const sampler = samplerOf(box.sysRoot);
    expect(sampler.take(TICK).powerW).toBeCloseTo(9.5, 6);
    box.write('/sys/bus/i2c/devices/1-0040/hwmon/hwmon1/curr2_input', '');
    expect(sampler.take(TICK).powerW).toBeNull();
  });
});

describe('sampler on a mini PC', () => {
  it('reads package, disk and AMD GPU sensors, each once', () => {
    const sample = samplerOf(kept(createMiniPc()).sysRoot).take(TICK);
    expect(sample.temperatures).toEqual([
      { zone: 'acpitz', celsius: 27.8 },
      { zone: 'x86_pkg_temp', celsius: 51 },
      { zone: 'nvme', celsius: 38.9 },
    ]);
    expect(sample.gpus).toEqual([
      {
        name: 'amdgpu-card1',
        utilization: 0.37,
        frequencyHz: null,
        memoryUsedBytes: 1_048_576,
        memoryTotalBytes: 4_194_304,
        temperatureC: 55,
        powerW: 17.5,
      },
    ]);
  });

  it('keeps one nvidia-smi running and takes its missing values for null', async () => {
    const box = kept(createMiniPc());
    box.remove('/sys/class/drm');
    mkdirSync(`${box.sysRoot}/proc/driver/nvidia/gpus/0000:01:00.0`, { recursive: true });
    const programs = mkdtempSync(join(tmpdir(), 'lineside-smi-'));
    const script =
      '#!/bin/sh\necho started >> "$(dirname "$0")/starts"\nwhile :; do echo "0, NVIDIA RTX A2000, 42, 1024, 6144, 61, [N/A], 1200"; sleep 1; done\n';
    writeFileSync(join(programs, 'nvidia-smi'), script);
    chmodSync(join(programs, 'nvidia-smi'), 0o755);
    const sampler = samplerOf(box.sysRoot, `${programs}:/usr/bin:/bin`);
    try {
      await eventually('nvidia-smi was read', () => sampler.take(TICK).gpus.length === 1);
      const sample = sampler.take(TICK);
      expect(sample.sensors['gpu']).toBe('ok');
      expect(sample.gpus[0]).toEqual({
        name: 'NVIDIA RTX A2000',
        utilization: 0.42,
        memoryUsedBytes: 1024 * 1024 * 1024,
        memoryTotalBytes: 6144 * 1024 * 1024,
        temperatureC: 61,
        powerW: null,
        frequencyHz: 1_200_000_000,
      });
    } finally {
      sampler.close();
      rmSync(programs, { recursive: true, force: true });
    }
  });
});
