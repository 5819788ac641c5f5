// A strict reader of plain tar archives: lists what lies where, and refuses everything that a bundle's archive has no use for.
import type { FileHandle } from 'node:fs/promises';
import { cancelled } from '../../../shared/errors/app-error.ts';
import { archiveRefused } from './bundle-errors.ts';

const BLOCK = 512;
/** Two zero blocks end an archive; GNU tar fills up to a record of 10 KiB, other blocking factors to somewhat more. */
const MAX_TRAILER_BYTES = 1024 * 1024;
/** One bundle: 4096 layers at most, signatures, and the layout's own files. */
const MAX_ENTRIES = 4200;
const MAX_NAME_BYTES = 100;

export interface TarEntry {
  readonly name: string;
  readonly sizeBytes: number;
  /** Where its content begins in the file. */
  readonly offset: number;
}

const DIRECTORIES: ReadonlySet<string> = new Set(['blobs/', 'blobs/sha256/']);

/**
 * Files of the archive by name; the folders `blobs/` and `blobs/sha256/` are passed over. Reads headers and padding only.
 * The names are checked by the caller against the ones it expects: none is ever used as a path.
 * @throws BUNDLE_MALFORMED for links, devices, extended headers, repeated or over-long names, wrong checksums, anything that is
 *   not zero between and after the entries, an archive that is cut off, and compressed ones; CANCELLED
 */
export async function readTarIndex(
  file: FileHandle,
  fileBytes: number,
  signal: AbortSignal | undefined,
): Promise<Map<string, TarEntry>> {
  const entries = new Map<string, TarEntry>();
  const seen = new Set<string>();
  const block = Buffer.alloc(BLOCK);
  let at = 0;
  for (;;) {
    if (signal?.aborted) throw cancelled('Importing the bundle');
    if (at + BLOCK > fileBytes) throw archiveRefused('it is cut off');
    await readExactly(file, block, at);
    if (isZero(block)) break;
    if (at === 0) checkNotCompressed(block);
    const header = parseHeader(block);
    if (seen.has(header.name)) throw archiveRefused(`it has two entries named "${header.name}"`);
    seen.add(header.name);
    if (seen.size > MAX_ENTRIES) throw archiveRefused(`it has more than ${MAX_ENTRIES} entries`);
    const offset = at + BLOCK;
    const padding = (BLOCK - (header.sizeBytes % BLOCK)) % BLOCK;
    if (offset + header.sizeBytes + padding > fileBytes) throw archiveRefused('it is cut off');
    if (!header.isDirectory) entries.set(header.name, { name: header.name, sizeBytes: header.sizeBytes, offset });
    at = offset + header.sizeBytes + padding;
    await expectZeros(file, at - padding, padding);
  }
  const trailerBytes = fileBytes - at;
  if (trailerBytes < 2 * BLOCK || trailerBytes % BLOCK !== 0) throw archiveRefused('it is cut off');
  if (trailerBytes > MAX_TRAILER_BYTES) throw archiveRefused('it goes on behind its end');
  await expectZeros(file, at, trailerBytes);
  return entries;
}

/** Fills `target` from `position`. @throws BUNDLE_MALFORMED when the file ends before */
export async function readExactly(file: FileHandle, target: Buffer, position: number): Promise<void> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await file.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) throw archiveRefused('it is cut off');
    filled += bytesRead;
  }
}

interface Header {
  readonly name: string;
  readonly sizeBytes: number;
  readonly isDirectory: boolean;
}

/** POSIX ustar header; GNU tar's magic is taken too where it uses none of its extensions. */
function parseHeader(block: Buffer): Header {
  if (checksum(block) !== octal(block, 148, 8)) throw archiveRefused('it is damaged (a header has a wrong checksum)');
  const magic = block.toString('latin1', 257, 265);
  if (magic !== 'ustar\x0000' && magic !== 'ustar  \0') throw archiveRefused('it is not a plain tar archive');
  const name = text(block, 0, MAX_NAME_BYTES);
  const type = String.fromCharCode(block[156] ?? 0);
  if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
    throw archiveRefused('it uses extended headers; pack it with `tar --format=ustar`');
  }
  if (type !== '0' && type !== '5') throw archiveRefused(`its entry "${name}" is neither a file nor a folder`);
  if (text(block, 345, magic.startsWith('ustar\0') ? 155 : 0) !== '' || text(block, 157, 100) !== '') {
    throw archiveRefused(`its entry "${name}" is not one that a bundle has`);
  }
  const sizeBytes = octal(block, 124, 12);
  const isDirectory = type === '5';
  if (isDirectory && (!DIRECTORIES.has(name) || sizeBytes !== 0)) {
    throw archiveRefused(`its folder "${name}" is not one that a bundle has`);
  }
  return { name, sizeBytes, isDirectory };
}

/** Sum of the header's bytes with the checksum field taken as spaces. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  return sum;
}

/** Digits with one of the endings that tar programs write; nothing else, so that no two spellings of a number are taken. */
function octal(block: Buffer, at: number, length: number): number {
  const field = block.toString('latin1', at, at + length);
  const digits = /^([0-7]+)(?:\0| | \0|\0 )$/.exec(field)?.[1];
  if (digits === undefined)
    throw archiveRefused('it is damaged (a header has a wrong number), or an entry is over 8 GiB');
  return Number.parseInt(digits, 8);
}

function text(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end);
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

async function expectZeros(file: FileHandle, at: number, length: number): Promise<void> {
  if (length === 0) return;
  const bytes = Buffer.alloc(length);
  await readExactly(file, bytes, at);
  if (!isZero(bytes)) throw archiveRefused('it is damaged (there is something between or behind its entries)');
}

function checkNotCompressed(block: Buffer): void {
  const start = block.toString('latin1', 0, 4);
  if (
    start.startsWith('\x1f\x8b') ||
    start === '\x28\xb5\x2f\xfd' ||
    start.startsWith('BZh') ||
    start.startsWith('PK')
  ) {
    throw archiveRefused('it is compressed; unpack it to a plain .tar first');
  }
}
