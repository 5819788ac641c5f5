import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpzArrays } from '../../../electron/backend/bundles/npz-arrays.ts';
import { npy, npz } from '../../helpers/npz-writer.ts';

const fixture = (name: string) => new URL(`../../fixtures/models/${name}`, import.meta.url).pathname;
const sample = new URL('../../../electron/samples/digits-mobilenet.golden.npz', import.meta.url).pathname;
const invalid = (pattern: RegExp) =>
  expect.objectContaining({ code: 'GOLDEN_FILE_INVALID', message: expect.stringMatching(pattern) });
let directory: string;
const write = (bytes: Uint8Array, name = 'a.npz'): string => {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
};

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lineside-npz-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('readNpzArrays', () => {
  it.each([
    [sample, [4, 1, 28, 28]],
    [fixture('digits-mobilenet-v2.golden.npz'), [4, 1, 28, 28]],
    [fixture('digits-mobilenet-bad.golden.npz'), [4, 1, 28, 28]],
    [fixture('digits-tabular.golden.npz'), [4, 64]],
  ])('reads %s, which NumPy wrote', async (path, shape) => {
    const arrays = await readNpzArrays(path);
    expect([...arrays.keys()].sort()).toEqual(['input', 'logits']);
    expect(arrays.get('input')).toMatchObject({ type: 'float32', shape });
    const logits = arrays.get('logits');
    expect(logits).toMatchObject({ type: 'float32', shape: [4, 10] });
    expect((logits?.data as Float32Array).every((value) => Math.abs(value) < 50)).toBe(true);
    // Pixels are n / 255, features whole numbers: bytes read at a wrong place would give neither.
    const scale = shape.length === 4 ? 255 : 1;
    const pixels = [...(arrays.get('input')?.data as Float32Array)].map((value) => value * scale);
    expect(pixels.every((value) => Math.abs(value - Math.round(value)) < 1e-4)).toBe(true);
    expect(Math.max(...pixels)).toBeGreaterThan(10);
  });

  it('reads every element type, stored and deflated, NPY 1 to 3', async () => {
    const arrays = {
      half: npy('<f2', [2], new Uint16Array([0x3c00, 0xc000])),
      double: npy('<f8', [1, 2], new Float64Array([1.5, -2]), { version: 2 }),
      long: npy('<i8', [2], new BigInt64Array([-1n, 5n]), { version: 3 }),
      flag: npy('|b1', [3], new Uint8Array([1, 0, 1])),
      byte: npy('|u1', [], new Uint8Array([7])),
    };
    for (const method of ['stored', 'deflated'] as const) {
      const read = await readNpzArrays(write(npz(arrays, method)));
      expect(read.get('half')).toEqual({ type: 'float16', shape: [2], data: new Uint16Array([0x3c00, 0xc000]) });
      expect(read.get('double')).toEqual({ type: 'float64', shape: [1, 2], data: new Float64Array([1.5, -2]) });
      expect(read.get('long')).toEqual({ type: 'int64', shape: [2], data: new BigInt64Array([-1n, 5n]) });
      expect(read.get('flag')).toEqual({ type: 'bool', shape: [3], data: new Uint8Array([1, 0, 1]) });
      expect(read.get('byte')).toEqual({ type: 'uint8', shape: [], data: new Uint8Array([7]) });
    }
  });

  it.each([
    ['big-endian values', npy('>f4', [1], new Float32Array([1])), /"x".*big-endian/],
    ['Python objects', npy('|O', [1], new Uint8Array(8)), /"x".*element type '\|O'/],
    ['text', npy('<U3', [1], new Uint8Array(12)), /"x".*element type/],
    ['Fortran order', npy('<f4', [2, 2], new Float32Array(4), { fortran: true }), /ascontiguousarray/],
    ['too few values', npy('<f4', [3], new Float32Array(2)), /8 bytes were given for 3 elements/],
    ['a shape beyond reason', npy('<f4', [4294967295, 4294967295], new Float32Array(1)), /too large/],
    ['an unknown version', npy('<f4', [1], new Float32Array(1), { version: 9 }), /version 9/],
    ['something else', Buffer.from('hello, world'), /not an NPY array/],
  ])('refuses %s and says which array', async (_, bytes, pattern) => {
    await expect(readNpzArrays(write(npz({ x: bytes }, 'stored')))).rejects.toEqual(invalid(pattern));
  });

  it('refuses what is not an archive, is cut off, damaged, or unpacks to more than it says', async () => {
    const good = npz({ x: npy('<f4', [4], new Float32Array(4)) }, 'deflated');
    await expect(readNpzArrays(write(Buffer.from('no')))).rejects.toEqual(invalid(/not a ZIP archive/));
    await expect(readNpzArrays(write(good.subarray(0, good.length - 30)))).rejects.toEqual(invalid(/cut off/));
    const flipped = Buffer.from(good);
    flipped[40] = (flipped[40] ?? 0) ^ 0xff;
    await expect(readNpzArrays(write(flipped))).rejects.toEqual(invalid(/damaged/));
    const bomb = npz({ x: npy('<f4', [4], new Float32Array(4)) }, 'deflated', {
      packed: deflateRawSync(Buffer.alloc(1 << 20)),
      crc: crc32(Buffer.alloc(1 << 20)),
    });
    await expect(readNpzArrays(write(bomb))).rejects.toEqual(invalid(/damaged/));
  });

  it('never throws anything but a sentence, whatever byte is changed', async () => {
    const good = readFileSync(fixture('digits-tabular.golden.npz'));
    for (let at = 0; at < good.length; at += 7) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x55;
      const outcome = await readNpzArrays(write(bad)).then(
        () => 'read',
        (error: { code?: string }) => error.code,
      );
      expect(['read', 'GOLDEN_FILE_INVALID']).toContain(outcome);
    }
  });

  it('says when there is no such file', async () => {
    await expect(readNpzArrays(join(directory, 'none'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(readNpzArrays(directory)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
