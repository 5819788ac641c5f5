// Writes plain tar archives whose bytes depend on nothing but the names and contents: no owner, no time, fixed modes (POSIX ustar).
import { AppError } from '../../../shared/errors/app-error.ts';

const BLOCK = 512;
const MAX_NAME_BYTES = 100;
/** Eleven octal digits. */
const MAX_SIZE_BYTES = 8 ** 11 - 1;

export interface TarFile {
  /** ASCII, at most 100 characters. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Must give exactly `sizeBytes`. */
  content(): AsyncIterable<Uint8Array>;
}

/** The bytes of an archive with these files in this order. @throws INPUT_INVALID for a file over 8 GiB */
export async function* deterministicTar(files: Iterable<TarFile>): AsyncGenerator<Uint8Array, void, void> {
  for (const file of files) {
    yield tarHeader(file.name, file.sizeBytes);
    let writtenBytes = 0;
    for await (const chunk of file.content()) {
      writtenBytes += chunk.byteLength;
      yield chunk;
    }
    if (writtenBytes !== file.sizeBytes)
      throw new Error(`${file.name} gave ${writtenBytes} bytes, not ${file.sizeBytes}`);
    yield new Uint8Array((BLOCK - (writtenBytes % BLOCK)) % BLOCK);
  }
  yield new Uint8Array(2 * BLOCK);
}

function tarHeader(name: string, sizeBytes: number): Uint8Array {
  if (name.length > MAX_NAME_BYTES) throw new Error(`the tar entry name ${name} is too long`);
  if (sizeBytes > MAX_SIZE_BYTES) {
    throw new AppError(
      'INPUT_INVALID',
      'A file of over 8 GiB does not fit into an archive; deploy this bundle over SSH instead.',
    );
  }
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 'latin1');
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write(`${'0'.repeat(11)}\0`, 136, 'latin1');
  block.write(' '.repeat(8), 148, 'latin1');
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
