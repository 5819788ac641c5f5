// Disk traffic of the whole disks (/proc/diskstats) and the space of the file system that holds the Lineside root.
import { existsSync, statfsSync } from 'node:fs';
import type { SensorState } from '../../shared/agent-protocol/sample.ts';
import { KeptFile, nextLine, parsedEnd, parseIntegerAt, scratch, sensorStateOfError } from './kept-file.ts';
import type { Source } from './source.ts';

const SECTOR_BYTES = 512;
const SPACE_EVERY_TICKS = 10;
/** Layers on top of real disks: counting them too would count each byte twice. */
const VIRTUAL = /^(?:loop|ram|zram|dm-|md|nbd|fd|sr)\d*/;

export interface DiskSource extends Source {
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly readBytesPerS: number;
  readonly writtenBytesPerS: number;
}

/** `diskPath`: any path on the file system to report. Space is read every tenth tick, traffic on each. */
export function createDiskSource(sysRoot: string, diskPath: string): DiskSource {
  const file = new KeptFile(`${sysRoot}/proc/diskstats`);
  const isWholeDisk = new Map<string, boolean>();
  let previousRead = Number.NaN;
  let previousWritten = Number.NaN;
  let ticksToSpace = 0;

  function counts(name: string): boolean {
    let known = isWholeDisk.get(name);
    if (known === undefined) {
      known = !VIRTUAL.test(name) && existsSync(`${sysRoot}/sys/block/${name.replaceAll('/', '!')}`);
      isWholeDisk.set(name, known);
    }
    return known;
  }

  const source = {
    totalBytes: Number.NaN,
    availableBytes: Number.NaN,
    readBytesPerS: Number.NaN,
    writtenBytesPerS: Number.NaN,
    state: 'ok' as SensorState,
    read(elapsedS: number) {
      if (ticksToSpace <= 0) {
        ticksToSpace = SPACE_EVERY_TICKS;
        source.state = readSpace();
      }
      ticksToSpace -= 1;
      readTraffic(elapsedS);
    },
    probe() {
      file.retry();
      isWholeDisk.clear();
    },
    close: () => file.close(),
  };

  function readSpace(): SensorState {
    try {
      const space = statfsSync(diskPath);
      source.totalBytes = space.blocks * space.bsize;
      source.availableBytes = space.bavail * space.bsize;
      return 'ok';
    } catch (error) {
      source.totalBytes = Number.NaN;
      source.availableBytes = Number.NaN;
      return sensorStateOfError(error);
    }
  }

  function readTraffic(elapsedS: number): void {
    const length = file.read();
    let read = length < 0 ? Number.NaN : 0;
    let written = read;
    let at = 0;
    while (at < length) {
      parseIntegerAt(scratch, at, length);
      parseIntegerAt(scratch, parsedEnd, length);
      const nameAt = parsedEnd + 1;
      let nameEnd = nameAt;
      while (nameEnd < length && scratch[nameEnd] !== 32) nameEnd += 1;
      if (counts(scratch.toString('latin1', nameAt, nameEnd))) {
        let position = nameEnd;
        for (let field = 0; field < 7; field += 1) {
          const value = parseIntegerAt(scratch, position, length);
          position = parsedEnd;
          if (field === 2) read += value;
          else if (field === 6) written += value;
        }
      }
      at = nextLine(scratch, nameEnd, length);
    }
    source.readBytesPerS = Math.max(0, ((read - previousRead) * SECTOR_BYTES) / elapsedS);
    source.writtenBytesPerS = Math.max(0, ((written - previousWritten) * SECTOR_BYTES) / elapsedS);
    previousRead = read;
    previousWritten = written;
  }

  return source;
}
