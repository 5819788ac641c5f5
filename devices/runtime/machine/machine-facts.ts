// Facts about the whole machine: virtualization, power mode and supply, firmware or JetPack release, GPU.
import { listNames, readText } from '../../sensors/sysfs.ts';

/** A container counts as one even inside a virtual machine: it is the nearer limit. */
export function virtualizationOf(sysRoot: string, isGuest: boolean): string | null {
  const groups = (readText(`${sysRoot}/proc/1/cgroup`) ?? '') + (readText(`${sysRoot}/proc/1/mountinfo`) ?? '');
  const container = /(docker|kubepods|lxc|libpod|containerd)/.exec(groups)?.[1];
  const vendor = readText(`${sysRoot}/sys/class/dmi/id/sys_vendor`)?.trim();
  const machine = isGuest ? `virtual machine${vendor ? ` (${vendor})` : ''}` : null;
  return [container && `container (${container})`, machine].filter(Boolean).join(' in ') || null;
}

/** The platform profile, or the nvpmodel mode of a Jetson by its name. */
export function powerModeOf(sysRoot: string): string | null {
  const id = /pmode:0*(\d+)/.exec(readText(`${sysRoot}/var/lib/nvpmodel/status`) ?? '')?.[1];
  if (id === undefined) return readText(`${sysRoot}/sys/firmware/acpi/platform_profile`) || null;
  const modes = readText(`${sysRoot}/etc/nvpmodel.conf`) ?? '';
  const name = new RegExp(`POWER_MODEL\\s+ID=${id}\\s+NAME=(\\S+)`).exec(modes)?.[1];
  return name ? `nvpmodel ${id} (${name})` : `nvpmodel ${id}`;
}

/** Null for a machine without a battery or a supply that tells. */
export function isOnBattery(sysRoot: string): boolean | null {
  const base = `${sysRoot}/sys/class/power_supply`;
  const supplies = listNames(base, /./).map((name) => `${base}/${name}`);
  const states = supplies.flatMap((path) => {
    const type = readText(`${path}/type`);
    // Batteries of mice and keyboards say so.
    if (type === 'Battery' && readText(`${path}/scope`) !== 'Device') return readText(`${path}/status`) ?? [];
    return [];
  });
  if (states.length > 0) return states.includes('Discharging');
  const mains = supplies.flatMap((path) => (readText(`${path}/type`) === 'Mains' ? readText(`${path}/online`) : []));
  return mains.includes('1') ? false : null;
}

/** The L4T release of a Jetson, else the version of the BIOS. */
export function firmwareOf(sysRoot: string): string | null {
  const release = readText(`${sysRoot}/etc/nv_tegra_release`)?.split('\n')[0]?.replace(/^#\s*/, '').trim();
  return release || readText(`${sysRoot}/sys/class/dmi/id/bios_version`)?.trim() || null;
}

/** NVIDIA's driver and model, or the board of a Jetson, whose GPU is part of its chip. */
export function gpuOf(sysRoot: string): string | null {
  const driver = /Kernel Module(?: for \S+)?\s+(\S+)/.exec(
    readText(`${sysRoot}/proc/driver/nvidia/version`) ?? '',
  )?.[1];
  const base = `${sysRoot}/proc/driver/nvidia/gpus`;
  const [first] = listNames(base, /./);
  const model = first && /^Model:\s*(.+)$/m.exec(readText(`${base}/${first}/information`) ?? '')?.[1]?.trim();
  if (driver !== undefined) return [model || 'NVIDIA', `driver ${driver}`].join(', ');
  const compatible = readText(`${sysRoot}/proc/device-tree/compatible`) ?? '';
  const chip = /nvidia,(tegra\d+)/.exec(compatible)?.[1];
  return chip ? `${readText(`${sysRoot}/proc/device-tree/model`) || 'NVIDIA'} (${chip})` : null;
}
