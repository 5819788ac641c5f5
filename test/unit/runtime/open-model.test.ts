import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOfInputs, openModel } from '../../../devices/runtime/bench/open-model.ts';
import { createPackageSession } from '../../../devices/runtime/package-session.ts';
import type { ModelSpec } from '../../../devices/runtime/runner/runner-protocol.ts';
import { isBindingFault, loadFailure, runFailure } from '../../../devices/runtime/session-errors.ts';
import { addModel, floats, modelBytes, value } from '../../helpers/onnx-models.ts';

const fixture = (name: string): string => new URL(`../../fixtures/models/${name}.onnx`, import.meta.url).pathname;
const spec = (onnxPath: string, changes: Partial<ModelSpec> = {}): ModelSpec => ({
  ...{ onnxPath, threads: 1, batch: 1, provider: 'cpu', level: 'all', seed: 1, dimensions: {} },
  ...changes,
});
const changed = {
  openNative: (): never => {
    throw new TypeError('session.run is not a function');
  },
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lineside-open-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});
const model = (...parts: Parameters<typeof addModel>): string => {
  const path = join(root, 'model.onnx');
  writeFileSync(path, modelBytes(addModel(...parts)));
  return path;
};

describe('a model that is opened', () => {
  it('gives the same through the public API when the add-on is not as we know it', async () => {
    const native = await openModel(spec(fixture('digits-mobilenet-v2'), { batch: 2 }), {});
    const other = await openModel(spec(fixture('digits-mobilenet-v2'), { batch: 2 }), changed);
    expect(native.call.binding).toBe('native');
    expect(other.call.binding).toBe('run');
    expect(other.inputs).toEqual(native.inputs);
    expect(other.feeds).toEqual(native.feeds);
    expect(other.outputs).toEqual(native.outputs);
    await other.call.call();
    await native.dispose();
    await other.dispose();
  });

  it('says through the public API as well why it cannot', async () => {
    await expect(openModel(spec(fixture('superresolution-custom-ops')), changed)).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      message: expect.stringContaining('DecodeImage(-1) is not a registered function/op'),
    });
    const session = await createPackageSession(fixture('mnist'), {
      ...{ threads: 1, provider: 'cpu', level: 'basic' },
      fault: null,
    });
    await expect(session.run({})).rejects.toMatchObject({ code: 'MODEL_RUN_FAILED' });
    await session.dispose();
  });

  it.each([
    ['webgpu', 'Failed to get a WebGPU adapter', {}],
    ['webgpu', 'WebGPU', changed],
    ['dml', 'offers cpu', {}],
    ['dml', 'offers cpu', changed],
  ] as const)('does not fall back when %s cannot be had: %s', async (provider, reason, options) => {
    if (process.platform !== 'linux') return;
    await expect(openModel(spec(fixture('mnist'), { provider }), options)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining(reason),
      details: { provider },
    });
  });

  it('tells a broken model from a provider that is not there', async () => {
    const broken = spec(fixture('superresolution-custom-ops'), { provider: 'webgpu' });
    await expect(openModel(broken, {})).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED' });
  });

  it('names outputs that are NaN in part, and refuses those that are nothing else', async () => {
    const partly = await openModel(spec(model(floats('w', [1, Number.NaN]))), {});
    expect(partly.nanOutputs).toEqual(['y']);
    await expect(openModel(spec(model(floats('w', [Number.NaN]))), {})).rejects.toMatchObject({
      code: 'MODEL_OUTPUT_NAN',
      details: { output: 'y' },
    });
  });

  it('takes sizes that are given and finds the others', async () => {
    // Reshapes [rows, columns] to [8, 4, -1]: 32 must divide the product.
    const shape = { name: 's', dataType: 7, dims: [3n], int64Data: [8n, 4n, -1n] };
    const path = model(
      floats('w', [1]),
      {},
      {
        node: [{ opType: 'Reshape', input: ['x', 's'], output: ['y'] }],
        input: [value('x', ['rows', 'columns'])],
        output: [value('y', [8, 4, null])],
        initializer: [shape],
      },
    );
    const opened = await openModel(spec(path, { dimensions: { rows: 4 } }), {});
    expect(opened.dimensions).toEqual({ rows: 4, columns: 8 });
    expect(opened.feeds['x']?.shape).toEqual([4, 8]);
    await expect(openModel(spec(path, { dimensions: { rows: 3, columns: 3 } }), {})).rejects.toMatchObject({
      code: 'MODEL_RUN_FAILED',
    });
  });

  it('digests its inputs: the seed changes them, the path does not', async () => {
    const digest = async (seed: number): Promise<string> => {
      const { inputs, feeds } = await openModel(spec(fixture('mnist'), { seed }), {});
      return digestOfInputs(inputs, feeds);
    };
    expect(await digest(1)).toBe(await digest(1));
    expect(await digest(1)).not.toBe(await digest(2));
    expect(await digest(1)).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('what the runtime throws', () => {
  it('is told apart: memory, model, add-on', () => {
    expect(runFailure(new Error('std::bad_alloc')).code).toBe('BENCH_OUT_OF_MEMORY');
    expect(
      loadFailure('/a/b.onnx', new Error('Failed to allocate memory for requested buffer of size 9')),
    ).toMatchObject({
      code: 'BENCH_OUT_OF_MEMORY',
      message: expect.stringContaining('too little memory for b.onnx'),
    });
    expect(runFailure(new Error('Non-zero status code'))).toMatchObject({ code: 'MODEL_RUN_FAILED' });
    expect(isBindingFault(runFailure(new Error('Non-zero status code')))).toBe(false);
    expect(isBindingFault(runFailure(new TypeError('Expect inputs to be objects')))).toBe(true);
  });
});
