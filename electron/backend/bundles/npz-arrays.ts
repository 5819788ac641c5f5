// Reads a NumPy NPZ file: arrays by name.
import { readFile, stat } from 'node:fs/promises';
import type { TensorValue } from '../../../devices/runtime/tensor.ts';
import { fileError } from '../blob-store.ts';
import { goldenFileInvalid } from './golden-file-error.ts';
import { NpyFault, readNpyArray } from './npy-array.ts';
import { readZipEntries, ZipFault } from './zip-entries.ts';

const MAX_BYTES = 256 * 1024 * 1024;
const MAX_ARRAYS = 1024;

/** @throws FILE_NOT_FOUND, FILE_UNREADABLE, GOLDEN_FILE_INVALID naming the array and why */
export async function readNpzArrays(path: string): Promise<Map<string, TensorValue>> {
  const archive = await readBounded(path);
  let entries: Map<string, Buffer>;
  try {
    entries = readZipEntries(archive, { maxEntries: MAX_ARRAYS, maxBytes: MAX_BYTES });
  } catch (error) {
    if (error instanceof ZipFault) throw goldenFileInvalid(path, null, error.message);
    throw error;
  }
  const arrays = new Map<string, TensorValue>();
  for (const [entry, bytes] of entries) {
    const name = entry.replace(/\.npy$/, '');
    try {
      arrays.set(name, readNpyArray(bytes));
    } catch (error) {
      if (error instanceof NpyFault) throw goldenFileInvalid(path, name, error.message);
      throw error;
    }
  }
  return arrays;
}

async function readBounded(path: string): Promise<Buffer> {
  try {
    const info = await stat(path);
    if (info.isFile() && info.size > MAX_BYTES) {
      throw goldenFileInvalid(path, null, `it is larger than ${MAX_BYTES / 1024 ** 2} MiB`);
    }
    if (!info.isFile() && !info.isDirectory()) throw goldenFileInvalid(path, null, 'it is not a plain file');
    return await readFile(path);
  } catch (error) {
    throw fileError(error, path);
  }
}
