// The last samples as ready-made NDJSON lines in one fixed block of memory outside the JavaScript heap.
export interface SampleHistory {
  /** Keeps `line` (with its newline) and drops the oldest ones that no longer fit. */
  push(line: string): void;
  /** Up to `count` newest lines, oldest first, as one copy. */
  last(count: number): Buffer;
  readonly length: number;
}

/** Keeps at most `maxLines` lines in `capacityBytes`; a line longer than a quarter of the block is not kept. */
export function createSampleHistory(maxLines: number, capacityBytes: number): SampleHistory {
  const block = Buffer.allocUnsafeSlow(capacityBytes);
  const starts = new Uint32Array(maxLines);
  const sizes = new Uint32Array(maxLines);
  let first = 0;
  let length = 0;
  let writeAt = 0;

  function dropOldest(): void {
    first = (first + 1) % maxLines;
    length -= 1;
  }

  /** True when the oldest line lies in the bytes from `from` to `to`. */
  function isOldestWithin(from: number, to: number): boolean {
    const start = starts[first] as number;
    return start < to && start + (sizes[first] as number) > from;
  }

  return {
    get length() {
      return length;
    },
    push(line) {
      const size = Buffer.byteLength(line);
      if (size > capacityBytes / 4) return;
      if (length === maxLines) dropOldest();
      if (writeAt + size > capacityBytes) {
        // The tail is left unused; lines in it are the oldest ones now.
        while (length > 0 && isOldestWithin(writeAt, capacityBytes)) dropOldest();
        writeAt = 0;
      }
      while (length > 0 && isOldestWithin(writeAt, writeAt + size)) dropOldest();
      block.write(line, writeAt);
      const slot = (first + length) % maxLines;
      starts[slot] = writeAt;
      sizes[slot] = size;
      length += 1;
      writeAt += size;
    },
    last(count) {
      const wanted = Math.max(0, Math.min(count, length));
      const parts: Buffer[] = [];
      for (let index = length - wanted; index < length; index += 1) {
        const slot = (first + index) % maxLines;
        const start = starts[slot] as number;
        parts.push(block.subarray(start, start + (sizes[slot] as number)));
      }
      return Buffer.concat(parts);
    },
  };
}
