import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectModel } from '../../../electron/backend/models/inspect-model.ts';
import { openOnnx } from '../../../electron/backend/models/onnx-file.ts';
import { AttributeProto_AttributeType, ModelProtoSchema } from '../../../electron/backend/models/vendor/onnx_pb.ts';
import { addModel, floats, INT64, modelBytes, value } from '../../helpers/onnx-models.ts';

const fixture = (name: string): string => new URL(`../../fixtures/models/${name}`, import.meta.url).pathname;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineside-onnx-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(bytes: Uint8Array | string, name = 'model.onnx'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe('openOnnx', () => {
  it('leaves large tensors in the file and knows where they lie', async () => {
    const weights = Array.from({ length: 5000 }, (_, i) => i / 7);
    const path = await written(modelBytes(addModel(floats('w', weights))));
    const file = await openOnnx(path);
    const [tensor] = file.model.graph?.initializer ?? [];
    if (!tensor) throw new Error('no initializer');
    const range = file.payloadOf(tensor);
    expect(range).toMatchObject({ field: 9, length: 20_000 });
    expect(tensor.rawData).toHaveLength(0);
    const bytes = await readFile(path);
    const found = bytes.subarray(range?.offset, (range?.offset ?? 0) + 20_000);
    expect(found.equals(Buffer.from(Float32Array.from(weights).buffer))).toBe(true);
  });

  it('leaves packed values in the file as well, and small ones in the message', async () => {
    const packed = addModel(
      { name: 'w', dataType: 1, dims: [2000n], floatData: Array.from({ length: 2000 }, (_, i) => i) },
      {},
      {
        node: [],
        initializer: [
          { name: 'p', dataType: 1, dims: [2000n], floatData: Array.from({ length: 2000 }, () => 1) },
          floats('s', [1, 2]),
        ],
      },
    );
    const file = await openOnnx(await written(modelBytes(packed)));
    const [large, small] = file.model.graph?.initializer ?? [];
    if (!large || !small) throw new Error('no initializers');
    expect(file.payloadOf(large)).toMatchObject({ field: 4, length: 8000 });
    expect(file.payloadOf(small)).toBeNull();
    expect(small.rawData).toHaveLength(8);
  });

  it('finds weights of subgraphs and of Constant nodes', async () => {
    const data = floats(
      'inner',
      Array.from({ length: 3000 }, () => 0.5),
    );
    const then = {
      name: 'then',
      node: [
        {
          opType: 'Constant',
          output: ['c'],
          attribute: [{ name: 'value', type: AttributeProto_AttributeType.TENSOR, t: data }],
        },
      ],
    };
    const model = addModel(
      floats('w', [1]),
      {},
      {
        node: [
          {
            opType: 'If',
            input: ['x'],
            output: ['y'],
            attribute: [{ name: 'then_branch', type: AttributeProto_AttributeType.GRAPH, g: then }],
          },
        ],
      },
    );
    const file = await openOnnx(await written(modelBytes(model)));
    const facts = inspectModel(file);
    expect(facts.nodeCount).toBe(2);
    expect(facts.operators.map(({ opType }) => opType).sort()).toEqual(['Constant', 'If']);
    expect(facts.weights).toEqual([{ type: 'float32', elements: 3001, sizeBytes: 12_004 }]);
  });

  it('keeps fields that it does not know', async () => {
    const unknown = Uint8Array.of(...[0xd2, 0x3e, 0x03], ...Buffer.from('new'));
    const path = await written(Buffer.concat([modelBytes(addModel(floats('w', Array(3000).fill(1)))), unknown]));
    const { model } = await openOnnx(path);
    expect(model.$unknown?.map(({ no }) => no)).toEqual([1002]);
  });

  it('is not misled by a marker that a file brings along', async () => {
    const model = addModel(floats('w', [1]));
    const [tensor] = model.graph?.initializer ?? [];
    if (!tensor) throw new Error('no initializer');
    tensor.$unknown = [{ no: 536870911, wireType: 2, data: Uint8Array.of(12, ...Array<number>(12).fill(0)) }];
    const file = await openOnnx(await written(modelBytes(model)));
    const [read] = file.model.graph?.initializer ?? [];
    expect(read && file.payloadOf(read)).toBeNull();
  });
});

describe('openOnnx refuses', () => {
  const refusal = async (path: string): Promise<string> =>
    openOnnx(path).then(
      () => 'opened',
      (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
    );

  it.each([
    ['an empty file', '', 'MODEL_NOT_ONNX: model.onnx is not an ONNX model: it is empty.'],
    ['text', 'this is only text, however long it may be', 'MODEL_NOT_ONNX'],
    ['a picture', '\x89PNG\r\n\x1a\n', 'it is a PNG picture'],
    ['an LFS pointer', 'version https://git-lfs.github.com/spec/v1\n', 'it is a Git LFS pointer'],
    ['a ZIP archive', 'PK\x03\x04aaaaaaaa', 'it is a ZIP archive'],
    ['zeros', '\0'.repeat(100), 'MODEL_NOT_ONNX'],
  ])('%s', async (_what, content, expected) => {
    expect(await refusal(await written(Buffer.from(content, 'latin1')))).toContain(expected);
  });

  it('a folder, a missing file and a device', async () => {
    expect(await refusal(folder)).toContain('MODEL_NOT_ONNX');
    expect(await refusal(folder)).toContain('it is a folder; name the .onnx file in it');
    expect(await refusal(join(folder, 'nothing.onnx'))).toContain('FILE_NOT_FOUND: There is no file');
    expect(await refusal('/dev/zero')).toContain('it is not a regular file');
  });

  it('a real model cut anywhere', async () => {
    const whole = await readFile(fixture('mnist.onnx'));
    for (const length of [3, 10, 100, 1000, 20_000, whole.length - 5, whole.length - 1]) {
      expect(await refusal(await written(whole.subarray(0, length)))).toMatch(
        /^MODEL_TRUNCATED: model\.onnx is incomplete: /,
      );
    }
  });

  it('a model cut between two of its parts', async () => {
    const onlyGraph = create(ModelProtoSchema, { irVersion: 8n, graph: { name: 'g' } });
    expect(await refusal(await written(toBinary(ModelProtoSchema, onlyGraph)))).toContain(
      'ends before its operator sets',
    );
    const onlyHead = create(ModelProtoSchema, { irVersion: 8n, producerName: 'test' });
    expect(await refusal(await written(toBinary(ModelProtoSchema, onlyHead)))).toContain('it ends before its graph');
  });

  it('random bytes, always with a sentence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        expect(await refusal(await written(bytes))).toMatch(/^MODEL_(NOT_ONNX|TRUNCATED): .*\.$/);
      }),
      { numRuns: 300 },
    );
  });

  it('or opens a model with damaged bytes, but never fails otherwise', async () => {
    const whole = await readFile(fixture('digits-tabular.onnx'));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        const path = await written(damaged);
        const result = await openOnnx(path).then(
          (file) => inspectModel(file).nodeCount >= 0,
          (error: { code?: string }) => error.code === 'MODEL_NOT_ONNX' || error.code === 'MODEL_TRUNCATED',
        );
        expect(result).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('inspectModel', () => {
  it('reads the sample model as Python does', async () => {
    const facts = inspectModel(await openOnnx(fixture('digits-mobilenet-v2.onnx')));
    expect(facts).toMatchObject({
      irVersion: 8,
      producer: 'pytorch 2.13.0',
      inputs: [{ name: 'input', type: 'float32', shape: ['batch', 1, 28, 28] }],
      outputs: [{ name: 'logits', type: 'float32', shape: ['batch', 10] }],
      opsets: [{ domain: 'ai.onnx', version: 17 }],
      nodeCount: 149,
      parameterCount: 542_122,
    });
    expect(facts.operators.slice(0, 4)).toEqual([
      { domain: 'ai.onnx', opType: 'Constant', count: 47 },
      { domain: 'ai.onnx', opType: 'BatchNormalization', count: 34 },
      { domain: 'ai.onnx', opType: 'Conv', count: 34 },
      { domain: 'ai.onnx', opType: 'Clip', count: 23 },
    ]);
  });

  it('takes no initializer of an old model for an input', async () => {
    const { inputs, weights, parameterCount } = inspectModel(await openOnnx(fixture('mnist.onnx')));
    expect(inputs).toEqual([{ name: 'Input3', type: 'float32', shape: [1, 1, 28, 28] }]);
    expect(weights.map(({ type }) => type)).toEqual(['float32', 'int64']);
    expect(parameterCount).toBe(5994);
  });

  it('names dynamic sizes, knows shapes that are not told and types that are no tensors', async () => {
    const model = addModel(
      floats('w', [1]),
      { functions: [{ name: 'Twice', domain: 'mine', node: [{ opType: 'Add' }] }] },
      {
        input: [
          value('a', [null, 'height', 3, null]),
          value('b', [null], INT64),
          { name: 'c', type: { value: { case: 'tensorType', value: { elemType: 1 } } } },
          { name: 'd', type: { value: { case: 'sequenceType', value: {} } } },
        ],
      },
    );
    const facts = inspectModel(await openOnnx(await written(modelBytes(model))));
    expect(facts.inputs).toEqual([
      { name: 'a', type: 'float32', shape: ['?1', 'height', 3, '?2'] },
      { name: 'b', type: 'int64', shape: ['?3'] },
      { name: 'c', type: 'float32', shape: null },
      { name: 'd', type: 'sequence', shape: null },
    ]);
    expect(facts.nodeCount).toBe(2);
  });
});
