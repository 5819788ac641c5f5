// What a benchmark ran on, as far as it changes the numbers; read once, directly from the system.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { MachineFingerprint } from '../../../shared/contract/bench.ts';
import { ONNXRUNTIME_VERSION } from '../../../shared/domain/versions.ts';

/** Instruction sets that the runtime has kernels for, by their names in /proc/cpuinfo (x86 and ARM). */
const TELLING_FLAGS: ReadonlySet<string> = new Set(
  (
    'sse4_1 sse4_2 avx f16c fma avx2 avx_vnni avx512f avx512bw avx512vl avx512_vnni avx512_bf16 avx512_fp16 amx_int8 amx_bf16 ' +
    'asimd asimdhp fphp asimddp i8mm bf16 sve sve2 sme'
  ).split(' '),
);

let facts: Omit<MachineFingerprint, 'nodeVersion'> | null = null;

/** `nodeVersion`: of the process that ran the model. */
export function machineFingerprint(nodeVersion: string): MachineFingerprint {
  facts ??= collect();
  return { ...facts, nodeVersion };
}

function collect(): Omit<MachineFingerprint, 'nodeVersion'> {
  const cpuinfo = read('/proc/cpuinfo');
  const flags = (/^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? '').split(/\s+/);
  return {
    cpuModel: cpus()[0]?.model.trim() || read('/proc/device-tree/model').replace(/\0/g, '').trim() || 'unknown',
    cpuFlags: flags.filter((flag) => TELLING_FLAGS.has(flag)),
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    os: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(read('/etc/os-release'))?.[1] ?? type(),
    kernel: release(),
    architecture: process.arch,
    virtualization: virtualization(flags.includes('hypervisor')),
    governor: read('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor').trim() || null,
    onnxruntimeVersion: ONNXRUNTIME_VERSION,
  };
}

/** A container counts as one even inside a virtual machine: it is the nearer limit. */
function virtualization(isGuest: boolean): string | null {
  const container = /(docker|kubepods|lxc|libpod|containerd)/.exec(
    read('/proc/1/cgroup') + read('/proc/1/mountinfo'),
  )?.[1];
  const vendor = read('/sys/class/dmi/id/sys_vendor').trim();
  const machine = isGuest ? `virtual machine${vendor ? ` (${vendor})` : ''}` : null;
  return [container && `container (${container})`, machine].filter(Boolean).join(' in ') || null;
}

/** Empty where there is no such file: other systems have none of these. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
