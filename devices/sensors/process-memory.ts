// Resident memory of one process, from /proc/PID/statm.
import { readFileSync } from 'node:fs';
import { KeptFile, parsedEnd, parseIntegerAt, scratch } from './kept-file.ts';

const AUXV_PAGE_SIZE = 6n;

/** Page size from the auxiliary vector (getauxval(3)): pairs of native 64-bit words; arm64 kernels may use 16 or 64 KiB. */
function readPageBytes(): number {
  const auxv = readFileSync('/proc/self/auxv');
  for (let at = 0; at + 16 <= auxv.length; at += 16) {
    if (auxv.readBigUInt64LE(at) === AUXV_PAGE_SIZE) return Number(auxv.readBigUInt64LE(at + 8));
  }
  return 4096;
}

export interface ProcessMemory {
  /** Resident bytes of `pid`, NaN when there is no such process. */
  residentBytes(pid: number): number;
  close(): void;
}

/** Keeps one descriptor and opens another only when the pid changes. */
export function createProcessMemory(): ProcessMemory {
  let file: KeptFile | null = null;
  let filePid = -1;
  const pageBytes = readPageBytes();
  return {
    residentBytes(pid) {
      if (pid !== filePid) {
        file?.close();
        file = new KeptFile(`/proc/${String(pid)}/statm`);
        filePid = pid;
      }
      const length = file?.read() ?? -1;
      if (length <= 0) return Number.NaN;
      parseIntegerAt(scratch, 0, length);
      return parseIntegerAt(scratch, parsedEnd, length) * pageBytes;
    },
    close() {
      file?.close();
      file = null;
      filePid = -1;
    },
  };
}
