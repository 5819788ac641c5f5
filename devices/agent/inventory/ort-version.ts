// The version of the ONNX Runtime library on disk, read from the symbol version that its ELF file carries.
import { closeSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const LIBRARY = 'libonnxruntime.so.1';
/** Every exported symbol of the library has this version, e.g. VERS_1.30.0. */
const MARK = '\0VERS_1.';
const SYMBOL_VERSION = /VERS_(\d+\.\d+\.\d+)/;
const BLOCK_BYTES = 256 * 1024;
const LONGEST_BYTES = 64;

/** Folder of the library when no kit gives one: that of the npm package for this platform. */
export function defaultOrtDir(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  return join(dirname(entry), '..', 'bin', 'napi-v6', process.platform, process.arch);
}

/** Reads no more of the library than it must. @throws the system's error when there is none; Error when it is not ONNX Runtime. */
export function readOrtVersion(ortDir: string): string {
  const block = Buffer.alloc(BLOCK_BYTES);
  const fd = openSync(join(ortDir, LIBRARY), 'r');
  try {
    // Blocks overlap, so that a version is never cut in two.
    for (let at = 0; ; at += BLOCK_BYTES - LONGEST_BYTES) {
      const length = readSync(fd, block, 0, BLOCK_BYTES, at);
      const found = block.subarray(0, length).indexOf(MARK);
      const version = found < 0 ? null : SYMBOL_VERSION.exec(block.toString('latin1', found, found + LONGEST_BYTES));
      if (version?.[1] !== undefined) return version[1];
      if (length < BLOCK_BYTES) throw new Error(`${LIBRARY} does not say which version it is.`);
    }
  } finally {
    closeSync(fd);
  }
}
