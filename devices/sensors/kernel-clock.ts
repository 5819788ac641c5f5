// Load average and uptime, from /proc/loadavg and /proc/uptime.
import { KeptFile, parsedEnd, parseIntegerAt, scratch } from './kept-file.ts';
import type { Source } from './source.ts';

export interface KernelClockSource extends Source {
  readonly load1: number;
  readonly uptimeS: number;
}

/** Reads `123.45` in hundredths. */
function parseHundredths(length: number): number {
  const whole = parseIntegerAt(scratch, 0, length);
  const fraction = parseIntegerAt(scratch, parsedEnd + 1, length);
  return whole + (Number.isNaN(fraction) ? 0 : fraction / 100);
}

export function createKernelClockSource(sysRoot: string): KernelClockSource {
  const loadavg = new KeptFile(`${sysRoot}/proc/loadavg`);
  const uptime = new KeptFile(`${sysRoot}/proc/uptime`);
  const source = {
    load1: Number.NaN,
    uptimeS: Number.NaN,
    get state() {
      return uptime.state;
    },
    read() {
      source.load1 = parseHundredths(loadavg.read());
      source.uptimeS = parseHundredths(uptime.read());
    },
    probe() {
      loadavg.retry();
      uptime.retry();
    },
    close() {
      loadavg.close();
      uptime.close();
    },
  };
  return source;
}
