import { describe, expect, it } from 'vitest';
import { createRandom, makeInputs, otherDimensions } from '../../../devices/runtime/make-inputs.ts';
import { numbersOfTensor } from '../../../devices/runtime/tensor.ts';

const input = (name: string, type: string, shape: (number | string)[] | null) => ({ name, type, shape });

describe('makeInputs', () => {
  it('gives the same tensors for a seed, and others for another', () => {
    const inputs = [input('x', 'float32', ['batch', 3, 8, 8])];
    expect(makeInputs(inputs, { batch: 2, seed: 5 })).toEqual(makeInputs(inputs, { batch: 2, seed: 5 }));
    expect(makeInputs(inputs, { batch: 2, seed: 5 })).not.toEqual(makeInputs(inputs, { batch: 2, seed: 6 }));
  });

  it('keeps to the range of each type', () => {
    const types = ['float32', 'float64', 'float16', 'uint8', 'int8', 'int32', 'bool'];
    const tensors = makeInputs(
      types.map((type) => input(type, type, [400])),
      { batch: 1, seed: 1 },
    );
    for (const type of types) {
      const tensor = tensors[type];
      if (!tensor) throw new Error(type);
      const numbers = numbersOfTensor(tensor);
      expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...numbers)).toBeLessThanOrEqual(type === 'uint8' ? 255 : 1);
      expect(new Set(numbers).size).toBeGreaterThan(1);
    }
    const wide = makeInputs([input('i', 'int64', [100]), input('s', 'string', [100])], { batch: 1, seed: 1 });
    expect(new Set<unknown>(wide['i']?.data)).toEqual(new Set([0n, 1n]));
    expect(new Set<unknown>(wide['s']?.data)).toEqual(new Set(['a', 'b']));
  });

  it('puts the batch where it belongs and asked sizes elsewhere', () => {
    const inputs = [
      input('a', 'float32', ['?1', 'time', 4]),
      input('state', 'float32', [2, 'batch_size', 8]),
      input('t', 'int64', []),
    ];
    const shapes = Object.values(makeInputs(inputs, { batch: 3, seed: 1, sizes: { time: 7 } })).map(
      ({ shape }) => shape,
    );
    expect(shapes).toEqual([[3, 7, 4], [2, 3, 8], []]);
    expect(otherDimensions(inputs)).toEqual([{ input: 'a', dimension: 'time' }]);
  });

  it('refuses a batch that the model does not have, and types that cannot be fed', () => {
    expect(() => makeInputs([input('x', 'float32', [1, 4])], { batch: 2, seed: 1 })).toThrow(
      expect.objectContaining({
        code: 'MODEL_SHAPE_INVALID',
        message: expect.stringContaining('its input "x" has the shape [1, 4]'),
      }),
    );
    expect(() => makeInputs([input('q', 'int4', [4])], { batch: 1, seed: 1 })).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED_TYPE',
        message: expect.stringContaining('The input "q" is of type int4'),
      }),
    );
  });
});

describe('createRandom', () => {
  it('is uniform for every small seed', () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = createRandom(seed);
      const values = Array.from({ length: 4000 }, random);
      expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / 4000 - 0.5)).toBeLessThan(0.025);
      expect(Math.max(...values)).toBeLessThan(1);
    }
  });
});
