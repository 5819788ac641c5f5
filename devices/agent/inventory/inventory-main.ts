// Entry of the inventory child: collects the static facts once, prints them as JSON and ends.
import { readFileSync } from 'node:fs';
import { cpu, diskLayout, graphics, mem, osInfo, system } from 'systeminformation';
import type { Inventory } from '../../../shared/agent-protocol/messages.ts';
import { readText } from '../../sensors/sysfs.ts';
import { defaultOrtDir, readOrtVersion } from './ort-version.ts';

/** The L4T release line of a Jetson, such as `R36 (release), REVISION: 4.3`; null elsewhere. */
function jetsonRelease(): string | null {
  const line = readText('/etc/nv_tegra_release');
  return line === null ? null : ((line.split('\n')[0] ?? '').replace(/^# /, '').split(', GCID')[0] ?? null);
}

/** Boards with a device tree know their name better than DMI does. */
function deviceTreeModel(): string | null {
  return readText('/proc/device-tree/model');
}

function ortVersion(ortDir: string): string {
  try {
    return readOrtVersion(ortDir);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 'unknown';
  }
}

async function collect(ortDir: string): Promise<Inventory> {
  const [board, os, processor, memory, disks, video] = await Promise.all([
    system(),
    osInfo(),
    cpu(),
    mem(),
    diskLayout(),
    graphics(),
  ]);
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1] ?? '';
  return {
    hardware: { manufacturer: board.manufacturer, model: deviceTreeModel() ?? board.model },
    os: { distribution: os.distro, release: os.release, kernel: os.kernel, architecture: process.arch },
    cpu: {
      model: `${processor.manufacturer} ${processor.brand}`.trim(),
      cores: processor.cores,
      flags: flags.split(/\s+/).filter((flag) => flag !== ''),
    },
    memoryBytes: memory.total,
    disks: disks.map((disk) => ({ name: disk.name, type: disk.type, sizeBytes: disk.size })),
    gpus: video.controllers.map((gpu) => ({ name: gpu.model, driver: gpu.driverVersion ?? null })),
    jetson: jetsonRelease(),
    onnxruntimeVersion: ortVersion(ortDir),
    collectedAtMs: Date.now(),
  };
}

process.stdout.write(JSON.stringify(await collect(process.argv[2] ?? defaultOrtDir())));
