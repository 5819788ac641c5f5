// Reads a large file in small windows, so that walking over it costs neither its size in memory nor a system call per byte.
import type { FileHandle } from 'node:fs/promises';

const WINDOW_BYTES = 16 * 1024;

export interface FileWindow {
  readonly sizeBytes: number;
  /** Makes `bytes` hold what lies at `offset`; at least `length` bytes of it, unless the file ends before. */
  load(offset: number, length: number): Promise<void>;
  /** True when [offset, offset + length), as far as the file goes, is in `bytes`. */
  covers(offset: number, length: number): boolean;
  readonly bytes: Uint8Array;
  /** File offset of `bytes[0]`. */
  readonly start: number;
  /** Reads a range into a buffer of its own. Throws when the file has become shorter. */
  read(offset: number, length: number, target: Uint8Array, at: number): Promise<void>;
}

/** Borrows the handle: the caller closes it. */
export function createFileWindow(file: FileHandle, sizeBytes: number): FileWindow {
  const buffer = new Uint8Array(WINDOW_BYTES);
  let bytes = buffer.subarray(0, 0);
  let start = 0;

  async function read(offset: number, length: number, target: Uint8Array, at: number): Promise<void> {
    let done = 0;
    while (done < length) {
      const { bytesRead } = await file.read(target, at + done, length - done, offset + done);
      if (bytesRead === 0) throw new Error('the file became shorter while it was read');
      done += bytesRead;
    }
  }

  return {
    sizeBytes,
    get bytes() {
      return bytes;
    },
    get start() {
      return start;
    },
    covers: (offset, length) => offset >= start && Math.min(offset + length, sizeBytes) <= start + bytes.length,
    load: async (offset, length) => {
      if (length > WINDOW_BYTES) throw new Error(`a window of ${length} bytes is too wide`);
      const size = Math.min(WINDOW_BYTES, sizeBytes - offset);
      await read(offset, size, buffer, 0);
      bytes = buffer.subarray(0, size);
      start = offset;
    },
    read,
  };
}
