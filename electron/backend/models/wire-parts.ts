// A file put together from ranges of another and bytes of our own, written without ever holding it in memory.
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { cancelled } from '../../../shared/errors/app-error.ts';
import { encodeHeader } from './wire-format.ts';

interface Range {
  readonly offset: number;
  readonly length: number;
}
export type Part = Range | Uint8Array;

const COPY_BYTES = 1 << 20;

/** [start, end) of the source. */
export function range(start: number, end: number): Part {
  return { offset: start, length: end - start };
}

/** A length-delimited field with this content. */
export function message(number: number, content: readonly Part[]): Part[] {
  return [
    encodeHeader(
      number,
      content.reduce((sum, part) => sum + part.length, 0),
    ),
    ...content,
  ];
}

/** Ranges that follow each other in the source become one: a graph has thousands of nodes. */
export function joined(parts: readonly Part[]): Part[] {
  const result: Part[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (!isRange(part) || last === undefined || !isRange(last) || last.offset + last.length !== part.offset)
      result.push(part);
    else result[result.length - 1] = { offset: last.offset, length: last.length + part.length };
  }
  return result;
}

function isRange(part: Part): part is Range {
  return !(part instanceof Uint8Array);
}

/** Writes the parts to a new file, at the speed of a copy. @throws CANCELLED, and what the file system throws */
export async function writeParts(
  source: FileHandle,
  targetPath: string,
  parts: readonly Part[],
  signal: AbortSignal | undefined,
): Promise<{ digest: string; sizeBytes: number }> {
  const target = await open(targetPath, 'wx', 0o600);
  const hash = createHash('sha256');
  const buffer = new Uint8Array(COPY_BYTES);
  let sizeBytes = 0;
  const append = async (bytes: Uint8Array): Promise<void> => {
    if (signal?.aborted) throw cancelled('The benchmark');
    hash.update(bytes);
    sizeBytes += bytes.length;
    await target.writeFile(bytes);
  };
  try {
    for (const part of parts) {
      if (!isRange(part)) {
        await append(part);
        continue;
      }
      for (let done = 0; done < part.length; ) {
        const length = Math.min(buffer.length, part.length - done);
        const { bytesRead } = await source.read(buffer, 0, length, part.offset + done);
        if (bytesRead === 0) throw new Error('the file became shorter while it was read');
        await append(buffer.subarray(0, bytesRead));
        done += bytesRead;
      }
    }
  } finally {
    await target.close();
  }
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
}
