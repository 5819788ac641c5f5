import { describe, expect, it } from 'vitest';
import { compareTensors, runGoldenCases } from '../../../devices/runtime/golden.ts';
import { createNativeSession } from '../../../devices/runtime/native-session.ts';
import { bytesOfTensor, type TensorValue } from '../../../devices/runtime/tensor.ts';
import type { Release } from '../../../shared/domain/release.ts';

const fixture = (name: string): string => new URL(`../../fixtures/models/${name}`, import.meta.url).pathname;
const f32 = (...values: number[]): TensorValue => ({
  type: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const exact = { absolute: 0, relative: 0 };

describe('compareTensors', () => {
  it('allows absolute + relative * |expected|', () => {
    const tolerance = { absolute: 0.5, relative: 0.25 };
    expect(compareTensors(f32(5.5, 1), f32(4, 1), tolerance)).toEqual({ maxAbsoluteError: 1.5, mismatches: 0 });
    expect(compareTensors(f32(5.75, 1), f32(4, 1), tolerance)).toEqual({ maxAbsoluteError: 1.75, mismatches: 1 });
  });

  it('takes NaN for NaN, and for nothing else', () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    expect(compareTensors(f32(nan, infinity), f32(nan, infinity), exact)).toEqual({
      maxAbsoluteError: 0,
      mismatches: 0,
    });
    for (const [a, e] of [
      [nan, 1],
      [1, nan],
      [infinity, 1],
      [1, infinity],
      [-infinity, infinity],
    ] as const) {
      const wide = { absolute: 10, relative: 10 };
      expect(compareTensors(f32(a), f32(e), wide)).toEqual({ maxAbsoluteError: Number.MAX_VALUE, mismatches: 1 });
    }
  });

  it('counts every element of a missing or differently shaped output', () => {
    expect(compareTensors(undefined, f32(1, 2), exact).mismatches).toBe(2);
    expect(compareTensors({ ...f32(1, 2), shape: [1, 2] }, f32(1, 2), exact).mismatches).toBe(2);
  });

  it('compares strings and wide integers exactly', () => {
    const texts = (...data: string[]): TensorValue => ({ type: 'string', shape: [data.length], data });
    expect(compareTensors(texts('a', 'b'), texts('a', 'c'), exact).mismatches).toBe(1);
    const whole = (value: bigint): TensorValue => ({ type: 'int64', shape: [1], data: BigInt64Array.of(value) });
    expect(compareTensors(whole(2n ** 60n + 1n), whole(2n ** 60n), exact).mismatches).toBe(1);
  });
});

describe('runGoldenCases', () => {
  const session = createNativeSession(fixture('digits-tabular.onnx'), { intraOpNumThreads: 1 });
  const input: TensorValue = {
    type: 'float32',
    shape: [1, 64],
    data: Float32Array.from({ length: 64 }, (_, i) => i % 17),
  };
  const logits = session.run({ input }).logits;
  if (!logits) throw new Error('no logits');
  const blob = Buffer.concat([bytesOfTensor(input), bytesOfTensor(logits)]);
  const golden: Release['golden'] = {
    blob: { digest: `sha256:${'0'.repeat(64)}`, sizeBytes: blob.length },
    cases: [
      {
        inputs: [{ name: 'input', type: 'float32', shape: [1, 64], offset: 0, length: 256 }],
        outputs: [{ name: 'logits', type: 'float32', shape: [1, 10], offset: 256, length: 40 }],
      },
    ],
    tolerance: { absolute: 1e-4, relative: 1e-3 },
  };

  it('passes what the model gives', () => {
    expect(runGoldenCases(session, golden, blob)).toEqual({ cases: 1, maxAbsoluteError: 0, mismatches: 0 });
  });

  it('counts what differs', () => {
    const changed = Buffer.from(blob);
    changed.writeFloatLE(1e6, 256);
    const report = runGoldenCases(session, golden, changed);
    expect(report.mismatches).toBe(1);
    expect(report.maxAbsoluteError).toBeGreaterThan(9e5);
  });

  it('refuses a blob that is too short', () => {
    expect(() => runGoldenCases(session, golden, blob.subarray(0, 280))).toThrow(
      expect.objectContaining({ code: 'GOLDEN_FILE_INVALID' }),
    );
  });
});
