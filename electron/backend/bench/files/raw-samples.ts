// The raw samples of a result as the sidecar left them: a file of float64, little-endian, milliseconds, read in pieces.
import { open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { AppError } from '../../../../shared/errors/app-error.ts';
import { fileError } from '../../blob-store.ts';

/** 64 KiB: about 3 ms of work for whoever turns a piece into text. */
const PIECE = 8192;

/**
 * Pieces in order of time; each is the caller's to keep.
 * @throws FILE_NOT_FOUND when the file is gone, FILE_UNREADABLE when it is cut short
 */
export async function* readSamples(path: string): AsyncGenerator<Float64Array> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw fileError(error, path);
  });
  try {
    for (;;) {
      const bytes = Buffer.alloc(PIECE * 8);
      const filled = await fill(file, bytes);
      if (filled % 8 !== 0)
        throw new AppError('FILE_UNREADABLE', `The raw samples in ${path} are cut short; measure again.`, {
          details: { file: path },
        });
      if (filled > 0) yield toNumbers(bytes.subarray(0, filled));
      if (filled < bytes.length) return;
    }
  } finally {
    await file.close();
  }
}

async function fill(file: Awaited<ReturnType<typeof open>>, bytes: Buffer): Promise<number> {
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

function toNumbers(bytes: Buffer): Float64Array {
  if (endianness() === 'BE') bytes.swap64();
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
}

/** The bytes that the digest of samples is taken over: float64, little-endian. */
export function sampleBytes(samples: Float64Array): Uint8Array {
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return endianness() === 'BE' ? Buffer.from(bytes).swap64() : bytes;
}
