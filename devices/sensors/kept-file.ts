// A procfs or sysfs file whose descriptor stays open and is read again from its start on every tick.
import { closeSync, openSync, readSync } from 'node:fs';
import type { SensorState } from '../../shared/agent-protocol/sample.ts';

const SCRATCH_BYTES = 32 * 1024;

/** Bytes of the last successful read of any KeptFile; valid until the next read. One buffer for all, because reads are synchronous. */
export const scratch: Buffer = Buffer.alloc(SCRATCH_BYTES);

/** Why a file of the kernel cannot be read, in the words of the protocol. */
export function sensorStateOfError(error: unknown): SensorState {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENODEV':
    case 'EOPNOTSUPP':
    case 'ENOTSUP':
      return 'unsupported';
    case 'EACCES':
    case 'EPERM':
      return 'unprivileged';
    // Sensors answer these while their block is powered down (monitoring.md section 3).
    case 'EAGAIN':
    case 'ENODATA':
    case 'EINVAL':
      return 'off';
    default:
      return 'error';
  }
}

export class KeptFile {
  readonly path: string;
  /** Outcome of the last read. */
  state: SensorState = 'ok';
  #fd = -1;
  #isGivenUp = false;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Reads the file into `scratch`.
   * Returns the number of bytes, or -1 when it cannot be read; then `state` says why and `retry()` makes it try again.
   */
  read(): number {
    if (this.#isGivenUp) return -1;
    if (this.#fd >= 0) {
      try {
        return this.#readOpen();
      } catch {
        // The node may have been made anew (ENODEV, EIO): open it once more and let that attempt give the reason.
        this.close();
      }
    }
    try {
      this.#fd = openSync(this.path, 'r');
      return this.#readOpen();
    } catch (error) {
      this.state = sensorStateOfError(error);
      // A sensor that is merely off keeps its descriptor and may answer on the next tick.
      if (this.state !== 'off') {
        this.close();
        this.#isGivenUp = true;
      }
      return -1;
    }
  }

  #readOpen(): number {
    const length = readSync(this.#fd, scratch, 0, SCRATCH_BYTES, 0);
    this.state = 'ok';
    return length;
  }

  /** Reads a file that holds one integer; NaN when it cannot be read. */
  readInteger(): number {
    const length = this.read();
    if (length <= 0) return Number.NaN;
    return parseIntegerAt(scratch, 0, length);
  }

  /** Lets the next read open the file again after it was given up. */
  retry(): void {
    this.#isGivenUp = false;
  }

  close(): void {
    if (this.#fd < 0) return;
    try {
      closeSync(this.#fd);
    } finally {
      this.#fd = -1;
    }
  }
}

/** Position after the integer that `parseIntegerAt` read last. */
export let parsedEnd = 0;

/** Reads a decimal integer at `at`, after blanks; NaN when there is none before `end`. Sets `parsedEnd`. */
export function parseIntegerAt(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && (bytes[position] === 32 || bytes[position] === 9)) position += 1;
  const isNegative = bytes[position] === 45;
  if (isNegative) position += 1;
  let value = 0;
  const first = position;
  while (position < end) {
    const digit = (bytes[position] as number) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    position += 1;
  }
  parsedEnd = position;
  if (position === first) return Number.NaN;
  return isNegative ? -value : value;
}

/** Finds `label` in the first `length` bytes and reads the integer after it; NaN when the label is not there. */
export function integerAfter(bytes: Buffer, length: number, label: Buffer): number {
  const at = bytes.indexOf(label);
  if (at < 0 || at >= length) return Number.NaN;
  return parseIntegerAt(bytes, at + label.length, length);
}

/** Position of the first byte of the next line, or `end`. */
export function nextLine(bytes: Buffer, at: number, end: number): number {
  const newline = bytes.indexOf(10, at);
  return newline < 0 || newline >= end ? end : newline + 1;
}
