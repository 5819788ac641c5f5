// Takes tar archives apart and writes them again, also in ways in which nobody should.
import { readFileSync } from 'node:fs';

export interface RawEntry {
  readonly name: string;
  readonly content: Buffer;
  /** Type flag, `0` by default. */
  readonly type?: string;
  readonly link?: string;
  readonly prefix?: string;
  /** Length that the header claims. */
  readonly sizeBytes?: number;
  readonly magic?: string;
}

/** Entries of a plain archive of regular files. */
export function readRawTar(path: string): RawEntry[] {
  const bytes = readFileSync(path);
  const entries: RawEntry[] = [];
  for (let at = 0; bytes[at] !== 0; ) {
    const name = bytes.toString('latin1', at, at + 100).replace(/\0.*$/, '');
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    entries.push({ name, content: bytes.subarray(at + 512, at + 512 + size) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}

export function writeRawTar(entries: readonly RawEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => [
    rawHeader(entry),
    entry.content,
    Buffer.alloc((512 - (entry.content.length % 512)) % 512),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function rawHeader(entry: RawEntry): Buffer {
  const block = Buffer.alloc(512);
  block.write(entry.name, 0, 100, 'latin1');
  block.write('0000644\0'.concat('0001750\0', '0001750\0'), 100, 'latin1');
  block.write(`${(entry.sizeBytes ?? entry.content.length).toString(8).padStart(11, '0')} `, 124, 'latin1');
  block.write('14700000000 ', 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write(entry.type ?? '0', 156, 'latin1');
  block.write(entry.link ?? '', 157, 100, 'latin1');
  block.write(entry.magic ?? 'ustar\x0000', 257, 'latin1');
  block.write(entry.prefix ?? '', 345, 155, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
