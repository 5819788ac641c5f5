// Builds the /proc and /sys files of a box in a temporary folder, so that collectors can be tested on hardware that is not here.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface FakeBox {
  readonly sysRoot: string;
  /** Writes a file of the box; paths begin with `/`. */
  write(path: string, text: string): void;
  remove(path: string): void;
  link(target: string, path: string): void;
  dispose(): void;
}

export function createFakeBox(files: Readonly<Record<string, string>> = {}): FakeBox {
  const sysRoot = mkdtempSync(join(tmpdir(), 'lineside-box-'));
  const box: FakeBox = {
    sysRoot,
    write(path, text) {
      mkdirSync(dirname(sysRoot + path), { recursive: true });
      writeFileSync(sysRoot + path, text);
    },
    remove: (path) => rmSync(sysRoot + path, { recursive: true }),
    link(target, path) {
      mkdirSync(dirname(sysRoot + path), { recursive: true });
      symlinkSync(sysRoot + target, sysRoot + path);
    },
    dispose: () => rmSync(sysRoot, { recursive: true, force: true }),
  };
  for (const [path, text] of Object.entries(files)) box.write(path, text);
  return box;
}

/** What every Linux has. */
export const PLAIN_PROC: Readonly<Record<string, string>> = {
  '/proc/stat': [
    'cpu  100 0 100 700 100 0 0 0 0 0',
    'cpu0 50 0 50 350 50 0 0 0 0 0',
    'cpu1 50 0 50 350 50 0 0 0 0 0',
    'intr 1 2 3',
    '',
  ].join('\n'),
  '/proc/meminfo':
    'MemTotal:       2000 kB\nMemFree:         100 kB\nMemAvailable:   1500 kB\nSwapTotal:      1000 kB\nSwapFree:        400 kB\n',
  '/proc/vmstat': 'nr_free_pages 25\nfoo_oom_kill 9\noom_kill 3\n',
  '/proc/loadavg': '0.25 0.10 0.05 1/100 4242\n',
  '/proc/uptime': '1000.50 1900.00\n',
  '/proc/diskstats':
    '   7       0 loop0 9 0 900 0 9 0 900 0 0 0 0\n   8       0 sda 10 0 1000 0 20 0 2000 0 0 0 0\n   8       1 sda1 5 0 500 0 5 0 500 0 0 0 0\n',
  '/sys/block/sda/size': '1000\n',
  '/proc/net/dev':
    'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0\n  eth0: 1000 10 0 0 0 0 0 0 500 5 0 0 0 0 0 0\ndocker0: 7000 10 0 0 0 0 0 0 7000 5 0 0 0 0 0 0\n',
  '/sys/class/net/eth0/device/vendor': '0x8086\n',
  '/proc/pressure/cpu':
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n',
  '/proc/pressure/memory':
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n',
  '/proc/pressure/io':
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n',
};

/** A Jetson Orin Nano with JetPack 6: integrated GPU, power rails, thermal zones of which one is off; paths as in the design papers. */
export function createJetsonOrin(): FakeBox {
  const box = createFakeBox(PLAIN_PROC);
  box.write('/sys/devices/platform/bus@0/17000000.gpu/load', '430\n');
  box.write('/sys/devices/platform/bus@0/17000000.gpu/of_node/name', 'gpu\0');
  box.write('/sys/class/devfreq/17000000.gpu/cur_freq', '624750000\n');
  box.link('/sys/devices/platform/bus@0/17000000.gpu', '/sys/class/devfreq/17000000.gpu/device');
  box.write('/sys/class/devfreq/154c0000.nvenc/device/of_node/name', 'nvenc\0');
  const zones = {
    'cpu-thermal': '48125\n',
    'gpu-thermal': '46031\n',
    'cv0-thermal': '-256000\n',
    'PMIC-Die': '100000\n',
  };
  for (const [index, [type, temp]] of Object.entries(zones).entries()) {
    box.write(`/sys/class/thermal/thermal_zone${String(index)}/type`, `${type}\n`);
    box.write(`/sys/class/thermal/thermal_zone${String(index)}/temp`, temp);
  }
  const rails = '/sys/bus/i2c/devices/1-0040';
  box.write(`${rails}/name`, 'ina3221\n');
  const channels = [
    ['VDD_IN', '5000', '1200'],
    ['VDD_CPU_GPU_CV', '5000', '400'],
    ['VDD_SOC', '5000', '300'],
  ] as const;
  for (const [index, [label, milliVolts, milliAmperes]] of channels.entries()) {
    const channel = String(index + 1);
    box.write(`${rails}/hwmon/hwmon1/in${channel}_label`, `${label}\n`);
    box.write(`${rails}/hwmon/hwmon1/in${channel}_input`, `${milliVolts}\n`);
    box.write(`${rails}/hwmon/hwmon1/curr${channel}_input`, `${milliAmperes}\n`);
  }
  for (const policy of ['0', '4'])
    box.write(`/sys/devices/system/cpu/cpufreq/policy${policy}/scaling_cur_freq`, '1510400\n');
  return box;
}

/** An x86 mini PC with a package sensor and an NVMe disk. */
export function createMiniPc(): FakeBox {
  return createFakeBox({
    ...PLAIN_PROC,
    '/sys/class/thermal/thermal_zone0/type': 'acpitz\n',
    '/sys/class/thermal/thermal_zone0/temp': '27800\n',
    '/sys/class/thermal/thermal_zone1/type': 'x86_pkg_temp\n',
    '/sys/class/thermal/thermal_zone1/temp': '51000\n',
    '/sys/class/hwmon/hwmon0/name': 'nvme\n',
    '/sys/class/hwmon/hwmon0/temp1_input': '38850\n',
    '/sys/class/hwmon/hwmon1/name': 'coretemp\n',
    '/sys/class/hwmon/hwmon1/temp1_input': '51000\n',
    '/sys/class/drm/card1/device/gpu_busy_percent': '37\n',
    '/sys/class/drm/card1/device/mem_info_vram_used': '1048576\n',
    '/sys/class/drm/card1/device/mem_info_vram_total': '4194304\n',
    '/sys/class/drm/card1/device/hwmon/hwmon3/temp1_input': '55000\n',
    '/sys/class/drm/card1/device/hwmon/hwmon3/power1_average': '17500000\n',
    '/sys/class/drm/card1-HDMI-A-1/status': 'connected\n',
    '/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '2000000\n',
    '/sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq': '3000000\n',
  });
}
