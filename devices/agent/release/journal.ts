// The journal: append-only records, each with its length and CRC-32, on stable storage before an append returns.
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { errnoOf } from './device-errors.ts';
import { type DurableFs, writeAll } from './fs-durable.ts';

const HEADER_BYTES = 8;
/** Longer lengths in a header are damage. */
const MAX_RECORD_BYTES = 1024 * 1024;

export interface DecodedJournal {
  readonly payloads: readonly Buffer[];
  /** Bytes up to the end of the last valid record. */
  readonly validBytes: number;
}

/** One record: payload length (u32 LE), CRC-32 of the payload (u32 LE), payload. */
export function encodeRecord(payload: Uint8Array): Buffer {
  const record = Buffer.alloc(HEADER_BYTES + payload.byteLength);
  record.writeUInt32LE(payload.byteLength, 0);
  record.writeUInt32LE(crc32(payload), 4);
  record.set(payload, HEADER_BYTES);
  return record;
}

/** Reads records up to the first one that is cut or damaged; whatever follows it is not trusted. */
export function decodeJournal(bytes: Buffer): DecodedJournal {
  const payloads: Buffer[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    const end = at + HEADER_BYTES + length;
    // An empty record is refused: a run of zeros, as a power cut may leave, would otherwise read as many of them.
    if (length === 0 || length > MAX_RECORD_BYTES || end > bytes.length) break;
    const payload = bytes.subarray(at + HEADER_BYTES, end);
    if (crc32(payload) !== bytes.readUInt32LE(at + 4)) break;
    payloads.push(payload);
    at = end;
  }
  return { payloads, validBytes: at };
}

export interface Journal {
  readonly lengthBytes: number;
  /** Appends one record and fsyncs. After a failed append the journal is as before it. */
  append(payload: Uint8Array, name: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the journal, cutting it after `validBytes` (what of it decodes and is understood).
 * @throws DEVICE_DISK_FULL, DEVICE_READ_ONLY
 */
export async function openJournal(path: string, validBytes: number, fs: DurableFs): Promise<Journal> {
  const file = await fs.step('open journal', 'the journal', () => openForUpdate(path));
  let lengthBytes = validBytes;
  try {
    await fs.step('truncate journal', 'the journal', async () => {
      await file.truncate(validBytes);
      await file.sync();
    });
    await fs.syncFolder(dirname(path));
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    get lengthBytes() {
      return lengthBytes;
    },
    append: async (payload, name) => {
      const record = encodeRecord(payload);
      try {
        await fs.step(`journal ${name}`, 'the journal', () => writeAll(file, record, lengthBytes));
        await fs.step(`journal sync ${name}`, 'the journal', () => file.sync());
      } catch (error) {
        // A record that is there, but was not reported as written, must not count after a restart.
        await file.truncate(lengthBytes);
        throw error;
      }
      lengthBytes += record.length;
    },
    close: () => file.close(),
  };
}

async function openForUpdate(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return await open(path, 'w+', 0o600);
  }
}
