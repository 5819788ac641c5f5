// Reads the entries of a small ZIP archive in memory (PKWARE APPNOTE 6.3), stored or deflated: as much as NumPy's NPZ files need.
import { crc32, inflateRawSync } from 'node:zlib';

const END_SIGNATURE = 0x06054b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const MAX_COMMENT_BYTES = 0xffff;
const ZIP64 = 0xffffffff;

export interface ZipLimits {
  readonly maxEntries: number;
  /** Largest sum of the unpacked entries. */
  readonly maxBytes: number;
}

/** Why an archive cannot be read; the message ends without a full stop. */
export class ZipFault extends Error {}

/**
 * All entries by name, each with its checksum verified. Nothing is unpacked beyond the length that the directory declares.
 * @throws ZipFault
 */
export function readZipEntries(archive: Buffer, limits: ZipLimits): Map<string, Buffer> {
  const end = findEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  if (count > limits.maxEntries) throw new ZipFault(`it has more than ${limits.maxEntries} entries`);
  const entries = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  let totalBytes = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > end || archive.readUInt32LE(at) !== CENTRAL_SIGNATURE) throw truncated();
    const head = {
      flags: archive.readUInt16LE(at + 8),
      method: archive.readUInt16LE(at + 10),
      crc: archive.readUInt32LE(at + 16),
      packedBytes: archive.readUInt32LE(at + 20),
      sizeBytes: archive.readUInt32LE(at + 24),
      localAt: archive.readUInt32LE(at + 42),
    };
    const nameBytes = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes);
    if (entries.has(name)) throw new ZipFault(`it has two entries named "${name}"`);
    totalBytes += head.sizeBytes;
    if (totalBytes > limits.maxBytes) throw new ZipFault(`its entries are more than ${limits.maxBytes} bytes`);
    entries.set(name, readEntry(archive, name, head));
    at += CENTRAL_BYTES + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

function findEnd(archive: Buffer): number {
  const first = Math.max(0, archive.length - END_BYTES - MAX_COMMENT_BYTES);
  for (let at = archive.length - END_BYTES; at >= first; at--) {
    if (archive.readUInt32LE(at) === END_SIGNATURE) return at;
  }
  throw new ZipFault('it is not a ZIP archive, or it is cut off');
}

interface CentralHead {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly localAt: number;
}

function readEntry(archive: Buffer, name: string, head: CentralHead): Buffer {
  if ((head.flags & 1) !== 0) throw new ZipFault(`its entry "${name}" is encrypted`);
  if (head.packedBytes === ZIP64 || head.sizeBytes === ZIP64) throw new ZipFault(`its entry "${name}" is too large`);
  const { localAt } = head;
  if (localAt + LOCAL_BYTES > archive.length || archive.readUInt32LE(localAt) !== LOCAL_SIGNATURE) throw truncated();
  // The local header's own lengths: NumPy writes a longer extra field here than in the directory.
  const from = localAt + LOCAL_BYTES + archive.readUInt16LE(localAt + 26) + archive.readUInt16LE(localAt + 28);
  const packed = archive.subarray(from, from + head.packedBytes);
  if (packed.length !== head.packedBytes) throw truncated();
  const bytes = unpack(name, packed, head);
  if (bytes.length !== head.sizeBytes || crc32(bytes) !== head.crc) {
    throw new ZipFault(`its entry "${name}" is damaged`);
  }
  return bytes;
}

function unpack(name: string, packed: Buffer, head: CentralHead): Buffer {
  if (head.method === 0) return packed;
  if (head.method !== 8) throw new ZipFault(`its entry "${name}" is packed by the unknown method ${head.method}`);
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, head.sizeBytes) });
  } catch {
    throw new ZipFault(`its entry "${name}" is damaged`);
  }
}

function truncated(): ZipFault {
  return new ZipFault('its directory is damaged or cut off');
}
