import { copyFile, link, mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createModelLab, fixtureModel, type ModelLab } from '../helpers/model-lab.ts';
import { addModel, external, floats, modelBytes } from '../helpers/onnx-models.ts';

let lab: ModelLab;

beforeEach(() => {
  lab = createModelLab();
});
afterEach(() => lab.close());

const expectNothingStored = (): void => {
  expect(lab.models.list()).toEqual([]);
  expect([...lab.stored('blobs'), ...lab.stored('models')]).toEqual([]);
};

describe('importing a model', () => {
  it('stores it by digest and shows what is inside', async () => {
    const detail = await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits' });
    expect(detail).toMatchObject({
      name: 'digits',
      version: '1',
      digest: 'sha256:39da210c67f112fe530273d0c8cb64c539ece710d0c774677ccddc30a1384d5e',
      sizeBytes: 70_230,
      parameterCount: 17_354,
      files: [{ path: 'model.onnx', sizeBytes: 70_230 }],
    });
    expect(lab.models.get('digits')).toEqual(detail);
    expect(lab.models.get('digits:1')).toEqual(detail);
    expect(lab.models.get(detail.digest)).toEqual(detail);
    const { onnxPath } = await lab.models.resolve('digits');
    expect(await readFile(onnxPath)).toEqual(await readFile(fixtureModel('digits-tabular')));
    expect(lab.models.list()).toHaveLength(1);
  });

  it('counts versions on, and finds the newest by name', async () => {
    await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits', version: '7' });
    await lab.models.import({ path: fixtureModel('mnist'), name: 'digits', version: 'beta' });
    expect((await lab.models.import({ path: fixtureModel('mnist'), name: 'digits' })).version).toBe('8');
    expect(lab.models.get('digits').version).toBe('8');
    expect(lab.stored('blobs')).toHaveLength(2);
  });

  it('takes the same content twice, and no other under the same version', async () => {
    const first = await lab.models.import({ path: fixtureModel('mnist'), name: 'digits', version: '1' });
    expect(await lab.models.import({ path: fixtureModel('mnist'), name: 'digits', version: '1' })).toEqual(first);
    const other = lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits', version: '1' });
    await expect(other).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(lab.stored('blobs')).toHaveLength(1);
    expect(lab.models.list()).toHaveLength(1);
    expect((await lab.models.resolve('digits')).onnxPath).toContain(lab.dataDir);
  });

  it('keeps external data under its own name, and hands both to the runtime', async () => {
    const folder = lab.file('from');
    await mkdir(join(folder, 'weights'), { recursive: true });
    await writeFile(join(folder, 'weights', 'w.bin'), new Uint8Array(Float32Array.of(10, 20, 30).buffer));
    await writeFile(join(folder, 'm.onnx'), modelBytes(addModel(external('w', 3, { location: 'weights/w.bin' }))));
    const detail = await lab.models.import({ path: join(folder, 'm.onnx'), name: 'split' });
    expect(detail.files.map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
      ['model.onnx', (await stat(join(folder, 'm.onnx'))).size],
      ['weights/w.bin', 12],
    ]);
    expect(detail.weights).toEqual([{ type: 'float32', elements: 3, sizeBytes: 12 }]);
    const { onnxPath } = await lab.models.resolve('split');
    const x = { type: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) } as const;
    const [result] = await lab.runner.runModel({ onnxPath, cases: [{ x }], threads: 1 });
    expect(result).toEqual({ y: { type: 'float32', shape: [3], data: Float32Array.of(11, 22, 33) } });
  });

  it('refuses an operator that the runtime lacks, by name', async () => {
    const refused = lab.models.import({ path: fixtureModel('superresolution-custom-ops'), name: 'big' });
    await expect(refused).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED_OPERATOR',
      exitCode: 3,
      message: expect.stringContaining('DecodeImage (domain com.microsoft.extensions)'),
    });
    expectNothingStored();
  });

  it('refuses what only the runtime can know, and leaves nothing behind', async () => {
    const path = lab.file('odd.onnx');
    await writeFile(
      path,
      modelBytes(addModel(floats('w', [1]), {}, { node: [{ opType: 'Fancy', input: ['x'], output: ['y'] }] })),
    );
    const unknown = lab.models.import({ path, name: 'odd' });
    await expect(unknown).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED_OPERATOR',
      message: 'ONNX Runtime 1.30.0 lacks the operator Fancy (domain ai.onnx); export the model without it.',
    });
    await writeFile(
      path,
      modelBytes(addModel(floats('w', [1]), {}, { node: [{ opType: 'Add', input: ['x'], output: ['y'] }] })),
    );
    const invalid = lab.models.import({ path, name: 'odd' });
    await expect(invalid).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      message: expect.stringMatching(/^ONNX Runtime cannot load model\.onnx: .*\.$/),
    });
    expectNothingStored();
  });

  it.each([
    [
      'a truncated file',
      'MODEL_TRUNCATED',
      async (path: string) => {
        await copyFile(fixtureModel('mnist'), path);
        await truncate(path, 20_000);
      },
    ],
    ['text', 'MODEL_NOT_ONNX', (path: string) => writeFile(path, 'not a model at all')],
    ['a missing file', 'FILE_NOT_FOUND', () => Promise.resolve()],
    [
      'a newer IR',
      'MODEL_UNSUPPORTED_IR',
      (path: string) => writeFile(path, modelBytes(addModel(floats('w', [1]), { irVersion: 99n }))),
    ],
    [
      'a newer operator set',
      'MODEL_UNSUPPORTED_OPSET',
      (path: string) =>
        writeFile(path, modelBytes(addModel(floats('w', [1]), { opsetImport: [{ domain: '', version: 99n }] }))),
    ],
    [
      'external data elsewhere',
      'MODEL_EXTERNAL_DATA_INVALID',
      (path: string) => writeFile(path, modelBytes(addModel(external('w', 1, { location: '../w.bin' })))),
    ],
  ] as const)('refuses %s', async (_what, code, make) => {
    const path = lab.file('bad.onnx');
    await make(path);
    await expect(lab.models.import({ path, name: 'bad' })).rejects.toMatchObject({ code, exitCode: 3 });
    expectNothingStored();
  });

  it('refuses names and versions that could not be typed', async () => {
    const path = fixtureModel('mnist');
    await expect(lab.models.import({ path, name: 'No Name' })).rejects.toMatchObject({ code: 'NAME_INVALID' });
    await expect(lab.models.import({ path, name: 'ok', version: '../1' })).rejects.toMatchObject({
      code: 'NAME_INVALID',
    });
    expectNothingStored();
  });

  it('leaves nothing behind when it is broken off', async () => {
    for (const delayMs of [0, 5, 40, 120]) {
      const abort = new AbortController();
      const running = lab.models.import({ path: fixtureModel('digits-mobilenet-slow'), name: 'slow' }, abort.signal);
      setTimeout(() => abort.abort(), delayMs);
      const outcome = await running.then(
        () => 'imported',
        (error: { code?: string }) => error.code,
      );
      if (outcome === 'imported') await lab.models.remove('slow');
      else expect(outcome).toBe('CANCELLED');
      expectNothingStored();
    }
  });

  it('does not take away the files of the same model under another name', async () => {
    await lab.models.import({ path: fixtureModel('mnist'), name: 'first' });
    const abort = new AbortController();
    abort.abort();
    const second = lab.models.import({ path: fixtureModel('mnist'), name: 'second' }, abort.signal);
    await expect(second).rejects.toMatchObject({ code: 'CANCELLED' });
    const { onnxPath } = await lab.models.resolve('first');
    expect(basename(onnxPath)).toBe('model.onnx');
    expect((await readFile(onnxPath)).length).toBe(26_454);
  });
});

describe('removing a model', () => {
  it('frees what no other model needs', async () => {
    await lab.models.import({ path: fixtureModel('mnist'), name: 'a' });
    await link(fixtureModel('mnist'), lab.file('again.onnx')).catch(() =>
      copyFile(fixtureModel('mnist'), lab.file('again.onnx')),
    );
    await lab.models.import({ path: lab.file('again.onnx'), name: 'b' });
    expect(await lab.models.remove('a')).toEqual({ removed: 'a:1', freedBytes: 0 });
    expect(lab.stored('models')).toHaveLength(1);
    expect(await lab.models.remove('b')).toEqual({ removed: 'b:1', freedBytes: 26_454 });
    expectNothingStored();
    await expect(lab.models.remove('b')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is refused while a bundle was made of it', async () => {
    const { name, version } = await lab.models.import({ path: fixtureModel('mnist'), name: 'a' });
    const bundle = { name: 'line', version: '3', model: { name, version }, blobs: [] };
    lab.db.run('INSERT INTO bundle VALUES (?, ?, ?, ?, ?)', 'line', '3', 'sha256:0', 0, JSON.stringify(bundle));
    await expect(lab.models.remove('a')).rejects.toMatchObject({
      code: 'IN_USE',
      message: 'The model a:1 is in the bundle line:3; remove that first.',
    });
    expect(lab.models.list()).toHaveLength(1);
  });

  it('names what there is not', () => {
    expect(() => lab.models.get('nobody')).toThrow(expect.objectContaining({ code: 'NOT_FOUND', exitCode: 3 }));
    expect(() => lab.models.get('No Name')).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
  });
});
