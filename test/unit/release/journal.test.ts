import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDurableFs } from '../../../devices/agent/release/fs-durable.ts';
import { decodeJournal, encodeRecord, openJournal } from '../../../devices/agent/release/journal.ts';

const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
const encode = (records: readonly Uint8Array[]): Buffer => Buffer.concat(records.map(encodeRecord));
const plain = (records: readonly Uint8Array[]): number[][] => records.map((one) => [...one]);

/** True when the second list begins as, and is no longer than, the first. */
function isPrefix(whole: number[][], part: number[][]): boolean {
  return part.length <= whole.length && part.every((one, at) => JSON.stringify(one) === JSON.stringify(whole[at]));
}

describe('decodeJournal', () => {
  it('reads what was written', () => {
    fc.assert(
      fc.property(payloads, (records) => {
        const bytes = encode(records);
        const decoded = decodeJournal(bytes);
        expect(plain(decoded.payloads)).toEqual(plain(records));
        expect(decoded.validBytes).toBe(bytes.length);
      }),
    );
  });

  it('reads a journal that is cut anywhere up to the last whole record', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), (records, cut) => {
        const bytes = encode(records);
        const decoded = decodeJournal(bytes.subarray(0, cut % (bytes.length + 1)));
        expect(isPrefix(plain(records), plain(decoded.payloads))).toBe(true);
        expect(decoded.validBytes).toBe(encode(decoded.payloads).length);
      }),
    );
  });

  it('stops before any flipped bit', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.nat({ max: 7 }), (records, at, bit) => {
        const bytes = encode(records);
        if (bytes.length === 0) return;
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
        const decoded = decodeJournal(bytes);
        expect(isPrefix(plain(records), plain(decoded.payloads))).toBe(true);
        expect(decoded.validBytes).toBeLessThanOrEqual(index);
      }),
      { numRuns: 500 },
    );
  });

  it('takes nothing from what follows the records, zeros or noise', () => {
    fc.assert(
      fc.property(
        payloads,
        fc.oneof(fc.constant(new Uint8Array(64)), fc.uint8Array({ maxLength: 64 })),
        (records, tail) => {
          const decoded = decodeJournal(Buffer.concat([encode(records), tail]));
          expect(plain(decoded.payloads)).toEqual(plain(records));
        },
      ),
    );
  });
});

describe('openJournal', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lineside-journal-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('cuts a torn tail and goes on behind the last whole record', async () => {
    const path = join(folder, 'journal');
    const first = encodeRecord(Buffer.from('first'));
    await writeFile(path, Buffer.concat([first, encodeRecord(Buffer.from('torn')).subarray(0, 9)]));
    const journal = await openJournal(path, first.length, createDurableFs());
    await journal.append(Buffer.from('second'), 'test');
    await journal.close();
    const decoded = decodeJournal(await readFile(path));
    expect(decoded.payloads.map(String)).toEqual(['first', 'second']);
  });

  it('is as before after an append that failed, and takes the next one', async () => {
    const path = join(folder, 'journal');
    let isFull = false;
    const fs = createDurableFs((step) => {
      if (isFull && step.startsWith('journal sync')) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    });
    const journal = await openJournal(path, 0, fs);
    await journal.append(Buffer.from('first'), 'test');
    isFull = true;
    await expect(journal.append(Buffer.from('lost'), 'test')).rejects.toMatchObject({ code: 'DEVICE_DISK_FULL' });
    expect(decodeJournal(await readFile(path)).payloads.map(String)).toEqual(['first']);
    isFull = false;
    await journal.append(Buffer.from('second'), 'test');
    await journal.close();
    expect(decodeJournal(await readFile(path)).payloads.map(String)).toEqual(['first', 'second']);
  });
});
