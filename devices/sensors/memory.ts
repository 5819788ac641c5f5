// Memory, swap and out-of-memory kills, from /proc/meminfo and /proc/vmstat.
import { integerAfter, KeptFile, scratch } from './kept-file.ts';
import type { Source } from './source.ts';

const LABELS = {
  total: Buffer.from('MemTotal:'),
  available: Buffer.from('MemAvailable:'),
  swapTotal: Buffer.from('SwapTotal:'),
  swapFree: Buffer.from('SwapFree:'),
  oomKill: Buffer.from('\noom_kill '),
} as const;

export interface MemorySource extends Source {
  /** All in bytes, NaN when missing. */
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly swapUsedBytes: number;
  /** Processes killed for lack of memory since boot. */
  readonly oomKillsTotal: number;
}

export function createMemorySource(sysRoot: string): MemorySource {
  const meminfo = new KeptFile(`${sysRoot}/proc/meminfo`);
  const vmstat = new KeptFile(`${sysRoot}/proc/vmstat`);
  const source = {
    totalBytes: Number.NaN,
    availableBytes: Number.NaN,
    swapUsedBytes: Number.NaN,
    oomKillsTotal: Number.NaN,
    get state() {
      return meminfo.state;
    },
    read() {
      const length = meminfo.read();
      source.totalBytes = integerAfter(scratch, length, LABELS.total) * 1024;
      source.availableBytes = integerAfter(scratch, length, LABELS.available) * 1024;
      const swapTotal = integerAfter(scratch, length, LABELS.swapTotal);
      source.swapUsedBytes = (swapTotal - integerAfter(scratch, length, LABELS.swapFree)) * 1024;
      source.oomKillsTotal = integerAfter(scratch, vmstat.read(), LABELS.oomKill);
    },
    probe() {
      meminfo.retry();
      vmstat.retry();
    },
    close() {
      meminfo.close();
      vmstat.close();
    },
  };
  return source;
}
