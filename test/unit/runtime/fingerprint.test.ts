import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMachineWatch } from '../../../devices/runtime/bench/machine-watch.ts';
import { machineFingerprint } from '../../../devices/runtime/machine/fingerprint.ts';
import { lookWhileIdle } from '../../../devices/runtime/machine/idle.ts';
import { machineFingerprintSchema } from '../../../shared/contract/bench-result.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lineside-machine-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function lay(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

describe('the fingerprint', () => {
  it('of this machine is whole and the same each time', () => {
    const fingerprint = machineFingerprint({});
    expect(machineFingerprintSchema.parse(fingerprint)).toEqual(fingerprint);
    expect(fingerprint.providers).toContain('cpu');
    expect(fingerprint.providers).not.toContain('cuda');
    expect(machineFingerprint({})).toEqual(fingerprint);
  });

  it('of a Jetson names power mode, JetPack release and chip', () => {
    lay({
      'proc/cpuinfo': 'processor\t: 0\nFeatures\t: fp asimd asimddp crc32\n',
      'proc/device-tree/model': 'NVIDIA Jetson Orin Nano\0',
      'proc/device-tree/compatible': 'nvidia,p3768-0000\0nvidia,tegra234\0',
      'etc/nv_tegra_release': '# R36 (release), REVISION: 4.3\nmore\n',
      'var/lib/nvpmodel/status': 'pmode:0001',
      'etc/nvpmodel.conf': '< POWER_MODEL ID=0 NAME=15W >\n< POWER_MODEL ID=1 NAME=7W >\n',
      'sys/devices/system/cpu/cpu0/cache/index0/level': '1\n',
      'sys/devices/system/cpu/cpu0/cache/index0/type': 'Data\n',
      'sys/devices/system/cpu/cpu0/cache/index0/size': '64K\n',
      'sys/devices/system/cpu/cpu0/cache/index1/level': '2\n',
      'sys/devices/system/cpu/cpu0/cache/index1/type': 'Unified\n',
      'sys/devices/system/cpu/cpu0/cache/index1/size': '256K\n',
    });
    expect(machineFingerprint({ sysRoot: root })).toMatchObject({
      cpuFlags: ['asimd', 'asimddp'],
      caches: ['L1d 64K', 'L2 256K'],
      powerMode: 'nvpmodel 1 (7W)',
      firmware: 'R36 (release), REVISION: 4.3',
      gpu: 'NVIDIA Jetson Orin Nano (tegra234)',
      onBattery: null,
      turbo: null,
      smt: null,
    });
  });

  it('of a laptop knows its battery, turbo, profile and graphics card', () => {
    lay({
      'proc/cpuinfo': 'flags\t\t: fpu avx2 hypervisor\n',
      'proc/driver/nvidia/version':
        'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n',
      'proc/driver/nvidia/gpus/0000:01:00.0/information': 'Model: \t\t NVIDIA RTX A2000\nIRQ: 1\n',
      'sys/class/dmi/id/bios_version': '1.20\n',
      'sys/class/dmi/id/sys_vendor': 'Maker\n',
      'sys/class/power_supply/BAT0/type': 'Battery\n',
      'sys/class/power_supply/BAT0/status': 'Discharging\n',
      'sys/class/power_supply/mouse/type': 'Battery\n',
      'sys/class/power_supply/mouse/scope': 'Device\n',
      'sys/devices/system/cpu/intel_pstate/no_turbo': '1\n',
      'sys/devices/system/cpu/smt/active': '1\n',
      'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave\n',
      'sys/firmware/acpi/platform_profile': 'balanced\n',
    });
    expect(machineFingerprint({ sysRoot: root })).toMatchObject({
      onBattery: true,
      turbo: false,
      smt: true,
      governor: 'powersave',
      powerMode: 'balanced',
      firmware: '1.20',
      gpu: 'NVIDIA RTX A2000, driver 550.54.15',
      virtualization: 'virtual machine (Maker)',
    });
    writeFileSync(join(root, 'sys/class/power_supply/BAT0/status'), 'Charging\n');
    expect(machineFingerprint({ sysRoot: root }).onBattery).toBe(false);
  });
});

describe('the machine during a run', () => {
  it('gives clock, the hottest zone that is no disk, and what others took since the reading before', () => {
    lay({
      'proc/stat': 'cpu  10 0 0 80 0 0 0 10\ncpu0 10 0 0 80 0 0 0 10\n',
      'proc/pressure/cpu': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n',
      'sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq': '1500000\n',
      'sys/class/thermal/thermal_zone0/type': 'cool\n',
      'sys/class/thermal/thermal_zone0/temp': '40000\n',
      'sys/class/thermal/thermal_zone1/type': 'hot\n',
      'sys/class/thermal/thermal_zone1/temp': '71500\n',
      'sys/class/hwmon/hwmon0/name': 'nvme\n',
      'sys/class/hwmon/hwmon0/temp1_input': '80000\n',
    });
    const watch = createMachineWatch(root);
    lay({
      'proc/stat': 'cpu  40 0 0 140 0 0 0 20\ncpu0 40 0 0 140 0 0 0 20\n',
      'proc/pressure/cpu': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=999999999\n',
    });
    expect(watch.read()).toEqual({ clockMHz: 1500, temperatureC: 71.5, powerW: null, pressure: 1, steal: 0.1 });
    watch.close();
  });

  it('is all unknown where the system shows nothing', () => {
    const watch = createMachineWatch(root);
    expect(watch.read()).toEqual({ clockMHz: null, temperatureC: null, powerW: null, pressure: null, steal: null });
    watch.close();
  });

  it('is looked at while nothing runs', async () => {
    const { busy, load1 } = await lookWhileIdle(50);
    expect(busy).toBeGreaterThanOrEqual(0);
    expect(busy).toBeLessThanOrEqual(1);
    expect(load1).toBeGreaterThanOrEqual(0);
  });
});
