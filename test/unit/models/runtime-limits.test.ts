import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNativeSession } from '../../../devices/runtime/native-session.ts';
import { openOnnx } from '../../../electron/backend/models/onnx-file.ts';
import {
  checkRuntimeLimits,
  MAX_IR_VERSION,
  operatorInReason,
  RUNTIME_DOMAINS,
} from '../../../electron/backend/models/runtime-limits.ts';
import type { ModelProto } from '../../../electron/backend/models/vendor/onnx_pb.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { addModel, floats, modelBytes } from '../../helpers/onnx-models.ts';

const weights = floats('w', [1]);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineside-limits-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the runtime itself says: null when it loads the model. */
async function runtimeSays(model: ModelProto): Promise<string | null> {
  const path = join(folder, 'model.onnx');
  await writeFile(path, modelBytes(model));
  try {
    createNativeSession(path, { intraOpNumThreads: 1 }).dispose();
    return null;
  } catch (error) {
    return error instanceof AppError ? String(error.details['reason']) : 'a bug';
  }
}

describe('the limits that are written down are those of the runtime', () => {
  it('IR version', async () => {
    expect(await runtimeSays(addModel(weights, { irVersion: BigInt(MAX_IR_VERSION) }))).toBeNull();
    expect(await runtimeSays(addModel(weights, { irVersion: BigInt(MAX_IR_VERSION + 1) }))).toContain('IR version');
  });

  it.each([...RUNTIME_DOMAINS].flatMap(([domain, newest]) => (newest === null ? [] : [[domain, newest] as const])))(
    'operator set of %s: %i',
    async (domain, newest) => {
      const main = { domain: '', version: 17n };
      const withSet = (version: number): ModelProto => {
        const set = { domain: domain === 'ai.onnx' ? '' : domain, version: BigInt(version) };
        return addModel(weights, { opsetImport: domain === 'ai.onnx' ? [set] : [main, set] });
      };
      expect(await runtimeSays(withSet(newest))).toBeNull();
      expect(await runtimeSays(withSet(newest + 1))).toContain('guarantees');
      expect(() => checkRuntimeLimits(withSet(newest))).not.toThrow();
      expect(() => checkRuntimeLimits(withSet(newest + 1))).toThrow(
        expect.objectContaining({
          code: 'MODEL_UNSUPPORTED_OPSET',
          message: expect.stringContaining(`operator set ${newest + 1} of ${domain}`),
        }),
      );
    },
  );
});

describe('checkRuntimeLimits', () => {
  it('names both IR versions', () => {
    expect(() => checkRuntimeLimits(addModel(weights, { irVersion: 99n }))).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED_IR',
        message: expect.stringMatching(/IR version 99\b.* up to 13\b/),
      }),
    );
  });

  it('names operators and domain of a real model that needs an extension', async () => {
    const path = new URL('../../fixtures/models/superresolution-custom-ops.onnx', import.meta.url).pathname;
    const { model } = await openOnnx(path);
    expect(() => checkRuntimeLimits(model)).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED_OPERATOR',
        message: expect.stringContaining(
          'DecodeImage (domain com.microsoft.extensions) and EncodeImage (domain com.microsoft.extensions)',
        ),
      }),
    );
  });

  it("knows the model's own functions", () => {
    const call = { node: [{ opType: 'Twice', domain: 'mine', input: ['x'], output: ['y'] }] };
    const functions = [
      {
        name: 'Twice',
        domain: 'mine',
        input: ['a'],
        output: ['b'],
        node: [{ opType: 'Add', input: ['a', 'a'], output: ['b'] }],
      },
    ];
    expect(() => checkRuntimeLimits(addModel(weights, { functions }, call))).not.toThrow();
    expect(() => checkRuntimeLimits(addModel(weights, {}, call))).toThrow('lacks the operator Twice (domain mine)');
  });
});

describe("operatorInReason reads the runtime's own words", () => {
  it.each([
    ['no such operator', { opType: 'Foo' }, { domain: 'ai.onnx', opType: 'Foo' }],
    [
      'no such operator of Microsoft',
      { opType: 'Foo', domain: 'com.microsoft' },
      { domain: 'com.microsoft', opType: 'Foo' },
    ],
    ['a domain without operator set', { opType: 'Foo', domain: 'elsewhere' }, { domain: 'elsewhere', opType: 'Foo' }],
  ])('%s', async (_what, node, expected) => {
    const opsetImport = [
      { domain: '', version: 17n },
      { domain: 'com.microsoft', version: 1n },
    ];
    const model = addModel(
      weights,
      { opsetImport },
      { node: [{ ...node, input: ['x'], output: ['y'] }], initializer: [] },
    );
    expect(operatorInReason((await runtimeSays(model)) ?? '')).toEqual(expected);
  });

  it('an operator without a kernel', async () => {
    const model = addModel(
      weights,
      { opsetImport: [{ domain: '', version: 5n }] },
      {
        node: [{ opType: 'Relu', input: ['x'], output: ['y'] }],
        initializer: [],
      },
    );
    expect(operatorInReason((await runtimeSays(model)) ?? '')).toEqual({ domain: 'ai.onnx', opType: 'Relu' });
  });

  it('and nothing in other reasons', () => {
    expect(operatorInReason('Protobuf parsing failed')).toBeNull();
  });
});
