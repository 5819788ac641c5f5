import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesOfTensor,
  checkFits,
  elementCount,
  emptyTensor,
  halfToNumber,
  numbersOfTensor,
  numberToHalf,
  tensorFromBytes,
} from '../../../devices/runtime/tensor.ts';

describe('tensorFromBytes', () => {
  it('reads little-endian values at any alignment', () => {
    const bytes = Uint8Array.of(0, 0, 0, 128, 63, 0, 0, 0, 192).subarray(1);
    expect(tensorFromBytes('float32', [2], bytes).data).toEqual(Float32Array.of(1, -2));
    expect(tensorFromBytes('int64', [], Uint8Array.of(254, 255, 255, 255, 255, 255, 255, 255)).data).toEqual(
      BigInt64Array.of(-2n),
    );
  });

  it('refuses another number of bytes than the shape needs', () => {
    expect(() => tensorFromBytes('float32', [3], new Uint8Array(11))).toThrow(
      expect.objectContaining({ code: 'MODEL_SHAPE_INVALID' }),
    );
    expect(() => tensorFromBytes('string', [1], Uint8Array.of(9, 0, 0, 0, 65))).toThrow('exactly 1 strings');
    expect(() => tensorFromBytes('string', [0], Uint8Array.of(9))).toThrow('exactly 0 strings');
  });

  it('is the inverse of bytesOfTensor', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        const tensor = { type: 'string', shape: [texts.length], data: texts } as const;
        expect(tensorFromBytes('string', [texts.length], bytesOfTensor(tensor))).toEqual(tensor);
      }),
    );
    fc.assert(
      fc.property(fc.float64Array(), (data) => {
        const tensor = { type: 'float64', shape: [data.length], data } as const;
        expect(tensorFromBytes('float64', [data.length], bytesOfTensor(tensor))).toEqual(tensor);
      }),
    );
  });
});

describe('elementCount', () => {
  it('multiplies', () => {
    expect([elementCount([]), elementCount([2, 3]), elementCount([2, 0])]).toEqual([1, 6, 0]);
  });

  it('refuses negative, fractional and enormous shapes', () => {
    for (const shape of [[-1], [1.5], [1e6, 1e6], [Number.NaN]]) expect(() => elementCount(shape)).toThrow();
  });
});

describe('halves', () => {
  it('give each of the 65,536 bit patterns back', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = halfToNumber(bits);
      if (Number.isNaN(value)) expect(Number.isNaN(halfToNumber(numberToHalf(value)))).toBe(true);
      else if (numberToHalf(value) !== bits) expect.fail(`${bits} became ${numberToHalf(value)}`);
    }
  });

  it('round to the nearest, ties to even', () => {
    expect(halfToNumber(numberToHalf(1 + 2 ** -11))).toBe(1);
    expect(halfToNumber(numberToHalf(1 + 3 * 2 ** -11))).toBe(1 + 2 ** -9);
    expect(halfToNumber(numberToHalf(65519))).toBe(65504);
    expect(halfToNumber(numberToHalf(65520))).toBe(Number.POSITIVE_INFINITY);
  });

  it('become numbers', () => {
    expect([...numbersOfTensor({ type: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0x7bff) })]).toEqual([
      1, 65504,
    ]);
  });
});

describe('checkFits', () => {
  const info = { name: 'x', type: 'float32', shape: ['batch', 4] };

  it('lets dynamic sizes be anything', () => {
    expect(() => checkFits(info, emptyTensor('float32', [7, 4]))).not.toThrow();
    expect(() => checkFits({ ...info, shape: null }, emptyTensor('float32', [7]))).not.toThrow();
  });

  it('names the input that does not fit', () => {
    expect(() => checkFits(info, emptyTensor('float32', [7, 5]))).toThrow(
      'The input "x" has the shape [batch, 4], not [7, 5].',
    );
    expect(() => checkFits(info, emptyTensor('float32', [4]))).toThrow('The input "x" has the shape');
    expect(() => checkFits(info, emptyTensor('int32', [7, 4]))).toThrow('is of type float32, not int32');
    expect(() => checkFits(info, { ...emptyTensor('float32', [7, 4]), shape: [6, 4] })).toThrow('28 elements');
  });
});
