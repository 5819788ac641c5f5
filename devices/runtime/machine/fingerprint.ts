// What a measurement ran on, as far as it changes the numbers; read once, directly from the system that we run on.
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { MachineFingerprint } from '../../../shared/contract/bench-result.ts';
import { ONNXRUNTIME_VERSION } from '../../../shared/domain/versions.ts';
import { readText } from '../../sensors/sysfs.ts';
import { listProviders } from '../providers.ts';
import { firmwareOf, gpuOf, isOnBattery, powerModeOf, virtualizationOf } from './machine-facts.ts';
import { cachesOf, governorOf, smtOf, tellingFlags, turboOf } from './processor-facts.ts';

export interface FingerprintOptions {
  readonly ortDir?: string | undefined;
  /** Put before /proc, /sys, /etc and /var. */
  readonly sysRoot?: string;
}

/** @throws MODEL_LOAD_FAILED when the runtime cannot be started: its providers are part of the fingerprint */
export function machineFingerprint({ ortDir, sysRoot = '' }: FingerprintOptions): MachineFingerprint {
  const cpuinfo = readText(`${sysRoot}/proc/cpuinfo`) ?? '';
  const flags = (/^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? '').split(/\s+/);
  return {
    cpuModel: cpus()[0]?.model.trim() || readText(`${sysRoot}/proc/device-tree/model`)?.trim() || 'unknown',
    cpuFlags: tellingFlags(flags),
    cores: availableParallelism(),
    caches: cachesOf(sysRoot),
    memoryBytes: totalmem(),
    os: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readText(`${sysRoot}/etc/os-release`) ?? '')?.[1] ?? type(),
    kernel: release(),
    libc: libcOf(),
    architecture: process.arch,
    virtualization: virtualizationOf(sysRoot, flags.includes('hypervisor')),
    governor: governorOf(sysRoot),
    turbo: turboOf(sysRoot),
    smt: smtOf(sysRoot),
    powerMode: powerModeOf(sysRoot),
    onBattery: isOnBattery(sysRoot),
    firmware: firmwareOf(sysRoot),
    gpu: gpuOf(sysRoot),
    nodeVersion: process.version,
    onnxruntimeVersion: ONNXRUNTIME_VERSION,
    providers: listProviders(ortDir),
  };
}

/** The C library of this process, from its diagnostic report; null where it is none of glibc's. */
function libcOf(): string | null {
  // The report would else look up the names of all network addresses.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime === undefined ? null : `glibc ${header.glibcVersionRuntime}`;
}
