import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNativeSession, loadOrt } from '../../../devices/runtime/native-session.ts';
import {
  type ModelProto,
  ModelProtoSchema,
  TensorShapeProtoSchema,
} from '../../../electron/backend/models/vendor/onnx_pb.ts';
import { type FixedSizes, writeFixedDimensions } from '../../../electron/backend/models/write-fixed-dimensions.ts';
import { fixtureModel } from '../../helpers/model-lab.ts';
import { addModel, floats, modelBytes, value } from '../../helpers/onnx-models.ts';

let folder = '';
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineside-fixed-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fix(model: ModelProto | string, options: FixedSizes) {
  const source = typeof model === 'string' ? model : join(folder, `source-${++files}.onnx`);
  if (typeof model !== 'string') await writeFile(source, modelBytes(model));
  const path = join(folder, `fixed-${++files}.onnx`);
  const result = await writeFixedDimensions(source, path, options);
  return { ...result, source, path, before: await readFile(source), after: await readFile(path) };
}

/** Sizes of the first input as they stand in the file. */
function sizesOf(bytes: Uint8Array, input = 0): (bigint | string | undefined)[] {
  const kind = fromBinary(ModelProtoSchema, bytes).graph?.input[input]?.type?.value;
  if (kind?.case !== 'tensorType') throw new Error('no tensor');
  return (kind.value.shape?.dim ?? []).map(({ value: size }) => size.value);
}

const inputs = (...shapes: (number | string | null)[][]): ModelProto =>
  addModel(floats('w', [1]), {}, { input: shapes.map((shape, i) => value(i === 0 ? 'x' : `x${i}`, shape)) });

describe('writeFixedDimensions', () => {
  it('fixes the batch and named sizes, and says what it fixed', async () => {
    const model = inputs(['batch', 3, 'height', 'width'], ['N', 'height']);
    const { after, fixed } = await fix(model, { batch: 4, sizes: { height: 32, width: 300 } });
    expect(sizesOf(after)).toEqual([4n, 3n, 32n, 300n]);
    expect(sizesOf(after, 1)).toEqual([4n, 32n]);
    expect(fixed).toEqual({ batch: 4, N: 4, height: 32, width: 300 });
  });

  it('numbers nameless dimensions over all inputs, negative sizes and empty names too', async () => {
    const model = inputs([null, -1, ''], [2, null]);
    const { after, fixed } = await fix(model, { batch: 7, sizes: { '?2': 5, '?3': 6, '?4': 8 } });
    expect(sizesOf(after)).toEqual([7n, 5n, 6n]);
    expect(sizesOf(after, 1)).toEqual([2n, 8n]);
    expect(fixed).toEqual({ '?1': 7, '?2': 5, '?3': 6, '?4': 8 });
  });

  it('leaves alone what has no size, and inputs that are initializers', async () => {
    const model = inputs(['n'], ['length'], ['batch']);
    const graph = model.graph;
    if (!graph?.input[2]) throw new Error('no graph');
    graph.input[2].name = 'w';
    const { after, fixed } = await fix(model, { batch: 2, sizes: { n: 3 } });
    expect([sizesOf(after), sizesOf(after, 1), sizesOf(after, 2)]).toEqual([[3n], ['length'], ['batch']]);
    expect(fixed).toEqual({ n: 3 });
  });

  it('changes nothing but the shapes of inputs, unknown fields and all', async () => {
    const unknown = Buffer.from([0xa2, 0x1f, 3, 1, 2, 3]);
    const model = addModel(
      floats(
        'w',
        Array.from({ length: 300_000 }, (_, i) => i / 3),
      ),
      {},
      { input: [value('x', ['batch'])], output: [value('y', ['batch'])] },
    );
    const path = join(folder, 'unknown.onnx');
    await writeFile(path, Buffer.concat([unknown, modelBytes(model), unknown]));
    const { before, after, digest, sizeBytes } = await fix(path, { batch: 300_000, sizes: {} });
    expect(after.subarray(0, 6).equals(unknown)).toBe(true);
    expect(after.subarray(-6).equals(unknown)).toBe(true);
    expect({ digest, sizeBytes }).toEqual({
      digest: `sha256:${createHash('sha256').update(after).digest('hex')}`,
      sizeBytes: after.length,
    });
    const expected = fromBinary(ModelProtoSchema, before);
    const kind = expected.graph?.input[0]?.type?.value;
    if (kind?.case !== 'tensorType') throw new Error('no tensor');
    kind.value.shape = create(TensorShapeProtoSchema, { dim: [{ value: { case: 'dimValue', value: 300_000n } }] });
    expect(
      Buffer.from(toBinary(ModelProtoSchema, fromBinary(ModelProtoSchema, after))).equals(
        Buffer.from(toBinary(ModelProtoSchema, expected)),
      ),
    ).toBe(true);
  });

  it('gives back the same bytes when there is nothing to fix', async () => {
    const { before, after, fixed } = await fix(fixtureModel('mnist'), { batch: 1, sizes: {} });
    expect(after.equals(before)).toBe(true);
    expect(fixed).toEqual({});
  });

  it('makes a file that the runtime loads and runs with the fixed shape', async () => {
    loadOrt();
    const { path, before, after } = await fix(fixtureModel('digits-tabular'), { batch: 8, sizes: {} });
    const session = createNativeSession(path, { intraOpNumThreads: 1 });
    expect(session.inputs).toMatchObject([{ name: 'input', shape: [8, 64] }]);
    const outputs = session.run({ input: { type: 'float32', shape: [8, 64], data: new Float32Array(512) } });
    expect(Object.values(outputs)[0]?.shape[0]).toBe(8);
    session.dispose();
    // The weights, by far the most of the file, lie there unchanged.
    const tail = before.subarray(0, 60_000);
    expect(after.includes(tail.subarray(1000))).toBe(true);
  });

  it('refuses what is no model, and leaves no file', async () => {
    const path = join(folder, 'broken.onnx');
    await writeFile(path, Buffer.from([0x3a, 0xff, 0x7f, 1, 2]));
    const target = join(folder, 'never.onnx');
    await expect(writeFixedDimensions(path, target, { batch: 1, sizes: {} })).rejects.toMatchObject({
      code: 'MODEL_NOT_ONNX',
    });
    expect(await readdir(folder)).not.toContain('never.onnx');
  });

  it('stops when it is asked to', async () => {
    const target = join(folder, 'stopped.onnx');
    const work = writeFixedDimensions(fixtureModel('mnist'), target, { batch: 1, sizes: {} }, AbortSignal.abort());
    await expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await readdir(folder)).not.toContain('stopped.onnx');
  });
});
