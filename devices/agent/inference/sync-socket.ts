// Blocking reads and writes of frames on one descriptor: the worker has one thing to do at a time, so it needs no event loop.
import { readSync, writeSync } from 'node:fs';
import { checkedPayloadBytes, FRAME_HEAD_BYTES, type Frame } from './frames.ts';

function isInterrupted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EINTR';
}

/** Fills `target`; false when the other side has closed before the first byte. */
function readFull(fd: number, target: Buffer): boolean {
  let filled = 0;
  while (filled < target.length) {
    let count: number;
    try {
      count = readSync(fd, target, filled, target.length - filled, null);
    } catch (error) {
      if (isInterrupted(error)) continue;
      throw error;
    }
    if (count === 0) return false;
    filled += count;
  }
  return true;
}

/** Writes all parts. @throws the system's error (EPIPE when the agent is gone). */
export function writeParts(fd: number, ...parts: readonly Buffer[]): void {
  for (const part of parts) {
    let written = 0;
    while (written < part.length) {
      try {
        written += writeSync(fd, part, written, part.length - written);
      } catch (error) {
        if (!isInterrupted(error)) throw error;
      }
    }
  }
}

/** Memory kept between requests; a longer payload gets a buffer of its own for once. */
const KEPT_BYTES = 4 * 1024 * 1024;

/** Returns a function that waits for the next frame; null at the end. A frame is valid until the next call. */
export function createSyncFrameReader(fd: number): () => Frame | null {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  let kept = Buffer.allocUnsafeSlow(64 * 1024);
  return () => {
    if (!readFull(fd, head)) return null;
    const length = checkedPayloadBytes(head);
    if (length > kept.length && length <= KEPT_BYTES) kept = Buffer.allocUnsafeSlow(Math.max(length, kept.length * 2));
    const payload = length <= kept.length ? kept.subarray(0, length) : Buffer.allocUnsafeSlow(length);
    if (!readFull(fd, payload)) return null;
    return { kind: head.readUInt8(4), id: head.readUInt32LE(5), payload };
  };
}
