import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldenTensors } from '../../../devices/runtime/golden.ts';
import { type GoldenModel, goldenFromNpz } from '../../../electron/backend/bundles/golden-from-npz.ts';
import { packGolden } from '../../../electron/backend/bundles/golden-vectors.ts';
import { npy, npz } from '../../helpers/npz-writer.ts';

const sample = new URL('../../../electron/samples/digits-mobilenet.golden.npz', import.meta.url).pathname;
const invalid = (pattern: RegExp) =>
  expect.objectContaining({ code: 'GOLDEN_FILE_INVALID', message: expect.stringMatching(pattern) });
const model = (shape: (number | string)[] | null, output: (number | string)[] | null = shape): GoldenModel => ({
  inputs: [{ name: 'x', type: 'float32', shape }],
  outputs: [{ name: 'y', type: 'float32', shape: output }],
});
let directory: string;
const file = (arrays: Record<string, Buffer>): string => {
  const path = join(directory, 'golden.npz');
  writeFileSync(path, npz(arrays, 'deflated'));
  return path;
};
const floats = (shape: number[], from = 0) =>
  npy(
    '<f4',
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => from + i),
  );

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lineside-golden-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('goldenFromNpz', () => {
  it('makes each row of a shared open axis a case of its own', async () => {
    const path = file({ x: floats([3, 2]), y: floats([3, 1], 10) });
    for (const shapes of [model(['batch', 2], ['batch', 1]), model([1, 2], [1, 1]), model(null)]) {
      const vectors = await goldenFromNpz(path, shapes, undefined);
      expect(vectors).toHaveLength(3);
      expect(vectors[1]).toEqual({
        inputs: { x: { type: 'float32', shape: [1, 2], data: new Float32Array([2, 3]) } },
        outputs: { y: { type: 'float32', shape: [1, 1], data: new Float32Array([11]) } },
      });
    }
    expect(await goldenFromNpz(path, model(['n', 2], ['n', 1]), 2)).toHaveLength(2);
  });

  it('keeps one case where the axis is fixed or not shared', async () => {
    expect(
      await goldenFromNpz(file({ x: floats([3, 2]), y: floats([3, 1]) }), model([3, 2], [3, 1]), undefined),
    ).toHaveLength(1);
    const shared = await goldenFromNpz(
      file({ x: floats([3, 2]), y: floats([1, 1]) }),
      model(['n', 2], ['m', 1]),
      undefined,
    );
    expect(shared.map((vector) => vector.inputs['x']?.shape)).toEqual([[3, 2]]);
    const scalar = await goldenFromNpz(file({ x: floats([]), y: floats([2]) }), model([], ['n']), undefined);
    expect(scalar).toHaveLength(1);
  });

  it('reads the golden file of the sample model', async () => {
    const digits: GoldenModel = {
      inputs: [{ name: 'input', type: 'float32', shape: ['batch', 1, 28, 28] }],
      outputs: [{ name: 'logits', type: 'float32', shape: ['batch', 10] }],
    };
    const vectors = await goldenFromNpz(sample, digits, undefined);
    expect(vectors.map((vector) => vector.outputs['logits']?.shape)).toEqual(Array(4).fill([1, 10]));
  });

  it.each([
    ['an array for the input is missing', { y: floats([1, 2]) }, /model's input "x"/],
    ['an array for the output is missing', { x: floats([1, 2]) }, /model's output "y"/],
    ['an array is unknown', { x: floats([1, 2]), y: floats([1, 2]), z: floats([1, 2]) }, /"z".*no input or output/],
    ['the type differs', { x: npy('<f8', [1, 2], new Float64Array(2)), y: floats([1, 2]) }, /"x".*float64.*float32/],
    ['the shape differs', { x: floats([1, 3]), y: floats([1, 2]) }, /"x".*\[1, 3\].*\[n, 2\]/],
    ['an array is empty', { x: floats([0, 2]), y: floats([0, 2]) }, /"x".*empty/],
    [
      'an expected value is not finite',
      { x: floats([1, 2]), y: npy('<f4', [1, 2], new Float32Array([1, Number.NaN])) },
      /"y".*not a finite/,
    ],
    [
      'an expected value is infinite',
      { x: floats([1, 2]), y: npy('<f4', [1, 2], new Float32Array([1, Infinity])) },
      /"y".*not a finite/,
    ],
  ])('refuses a file where %s', async (_, arrays, pattern) => {
    await expect(goldenFromNpz(file(arrays), model(['n', 2]), undefined)).rejects.toEqual(invalid(pattern));
  });

  it('asks for a number of cases when there are too many', async () => {
    const path = file({ x: floats([2000, 2]), y: floats([2000, 2]) });
    await expect(goldenFromNpz(path, model(['n', 2]), undefined)).rejects.toEqual(invalid(/--golden-cases/));
    expect(await goldenFromNpz(path, model(['n', 2]), 5)).toHaveLength(5);
  });
});

describe('packGolden', () => {
  it('lays the tensors out so that the device reads back the same, aligned', () => {
    const vector = {
      inputs: {
        a: { type: 'uint8', shape: [3], data: new Uint8Array([1, 2, 3]) },
        b: { type: 'float64', shape: [], data: new Float64Array([0.5]) },
      },
      outputs: { c: { type: 'int64', shape: [1, 2], data: new BigInt64Array([-1n, 2n]) } },
    } as const;
    const { bytes, cases } = packGolden([vector, vector]);
    expect(cases).toHaveLength(2);
    for (const one of cases) {
      expect(goldenTensors(one.inputs, bytes)).toEqual(vector.inputs);
      expect(goldenTensors(one.outputs, bytes)).toEqual(vector.outputs);
      for (const ref of [...one.inputs, ...one.outputs]) expect(ref.offset % 8).toBe(0);
    }
  });
});
