// What a device must offer before a transaction may begin: architecture, runtime, memory, disk space and inodes.
import { readFile, statfs } from 'node:fs/promises';
import type { Release } from '../../../shared/domain/release.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { diskFull } from './device-errors.ts';

export interface DeviceFacts {
  /** Name as in Node's process.arch. */
  readonly architecture: string;
  /** Version of the installed ONNX Runtime, e.g. `1.30.0`. */
  readonly runtimeVersion: string;
  availableMemoryBytes(): Promise<number>;
  diskSpace(): Promise<DiskSpace>;
}

export interface DiskSpace {
  readonly availableBytes: number;
  readonly availableFiles: number;
}

/** Left free beyond what a transaction writes, for journal, logs and the box's own work. */
const SPARE_BYTES = 32 * 1024 * 1024;
const SPARE_INODES = 256;

/** Kernel's estimate of the memory that a new process can have (proc(5), MemAvailable), in bytes. */
export async function readAvailableMemory(): Promise<number> {
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'));
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1]) * 1024;
}

/** Checks what a release needs of the device. @throws REQUIREMENTS_NOT_MET */
export async function checkRequirements(release: Release, facts: DeviceFacts): Promise<void> {
  const { architectures, runtime, minAvailableMemoryBytes } = release.requirements;
  if (!architectures.includes(facts.architecture)) {
    throw notMet(`it is made for ${architectures.join(' and ')}, and the device is ${facts.architecture}`, {
      needed: architectures,
      actual: facts.architecture,
    });
  }
  if (compareVersions(facts.runtimeVersion, runtime.minVersion) < 0) {
    throw notMet(
      `it needs ${runtime.name} ${runtime.minVersion}, and the device has ${facts.runtimeVersion}; set the device up again`,
      {
        needed: runtime.minVersion,
        actual: facts.runtimeVersion,
      },
    );
  }
  const availableBytes = await facts.availableMemoryBytes();
  if (availableBytes < minAvailableMemoryBytes) {
    throw notMet(
      `it needs ${mebibytes(minAvailableMemoryBytes)} MiB of free memory, and the device has ${mebibytes(availableBytes)}`,
      {
        needed: minAvailableMemoryBytes,
        actual: availableBytes,
      },
    );
  }
}

/** What the file system of `path` has left for this user. */
export async function readDiskSpace(path: string): Promise<DiskSpace> {
  const { bavail, bsize, files, ffree } = await statfs(path);
  // File systems without a fixed number of inodes report none at all.
  return { availableBytes: bavail * bsize, availableFiles: files === 0 ? Number.POSITIVE_INFINITY : ffree };
}

/** Checks that the file system takes `neededBytes` in `neededFiles` files. @throws DEVICE_DISK_FULL */
export function checkSpace(space: DiskSpace, neededBytes: number, neededFiles: number): void {
  const { availableBytes, availableFiles } = space;
  if (availableBytes < neededBytes + SPARE_BYTES) {
    throw diskFull(
      `the bundle needs ${mebibytes(neededBytes + SPARE_BYTES)} MiB on the device's disk, and ${mebibytes(availableBytes)} MiB are free`,
      undefined,
      { neededBytes, spareBytes: SPARE_BYTES, availableBytes },
    );
  }
  if (availableFiles < neededFiles + SPARE_INODES) {
    throw diskFull(`the device's disk has only ${availableFiles} file entries left`, undefined, {
      neededFiles,
      availableFiles,
    });
  }
}

/** Negative, zero or positive as dotted numeric version `a` is older than, as or newer than `b`; suffixes are ignored. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(/[-+]/)[0]?.split('.').map(Number) ?? []);
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at++) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / (1024 * 1024));
}

function notMet(reason: string, details: Record<string, unknown>): AppError {
  return new AppError('REQUIREMENTS_NOT_MET', `The bundle cannot run on this device: ${reason}.`, { details });
}
