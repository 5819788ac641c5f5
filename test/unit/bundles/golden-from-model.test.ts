import { describe, expect, it } from 'vitest';
import type { Tensors } from '../../../devices/runtime/tensor.ts';
import { goldenFromModel, type RunModel } from '../../../electron/backend/bundles/golden-from-model.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { AppError } from '../../../shared/errors/app-error.ts';

/** What is looked at of a model: one input with an open length beside the batch, one output. */
const model = {
  inputs: [{ name: 'x', type: 'float32', shape: ['batch', 'length'] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['batch'] }],
} as unknown as ModelDetail;

const answer = (value: number): Tensors => ({ y: { type: 'float32', shape: [1], data: new Float32Array([value]) } });
const make = (runModel: RunModel, caseCount = 2) =>
  goldenFromModel({ model, onnxPath: 'model.onnx', caseCount, runModel, signal: undefined });
const refusal = new AppError('MODEL_RUN_FAILED', 'The window is longer than the input.');

describe('goldenFromModel', () => {
  it('goes on to larger sizes while the model refuses smaller ones', async () => {
    const vectors = await make(({ cases }) => {
      const length = cases[0]?.['x']?.shape[1] ?? 0;
      return length < 30 ? Promise.reject(refusal) : Promise.resolve(cases.map(() => answer(1)));
    });
    expect(vectors.map((vector) => vector.inputs['x']?.shape)).toEqual([
      [1, 32],
      [1, 32],
    ]);
    expect(vectors[0]?.inputs).not.toEqual(vectors[1]?.inputs);
  });

  it('gives the reason when every size is refused, and does not try again after other failures', async () => {
    let runs = 0;
    const failing = (error: AppError): RunModel => {
      runs = 0;
      return () => {
        runs += 1;
        return Promise.reject(error);
      };
    };
    await expect(make(failing(refusal))).rejects.toThrow(/The window is longer than the input.*--golden/);
    expect(runs).toBe(8);
    const crash = new AppError('BENCH_CRASHED', 'The process died.');
    await expect(make(failing(crash))).rejects.toBe(crash);
    expect(runs).toBe(1);
  });

  it.each([
    ['an output is not finite', answer(Number.NaN), /"y" holds a value that is not a finite number.*--golden/],
    ['an output is missing', {}, /no output "y"/],
  ])('refuses when %s', async (_, outputs, pattern) => {
    await expect(make(({ cases }) => Promise.resolve(cases.map(() => outputs)))).rejects.toEqual(
      expect.objectContaining({ code: 'GOLDEN_FILE_INVALID', message: expect.stringMatching(pattern) as string }),
    );
  });
});
