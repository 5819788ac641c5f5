import { describe, expect, it } from 'vitest';
import { createNativeSession } from '../../../devices/runtime/native-session.ts';
import { ortReason } from '../../../devices/runtime/ort-reason.ts';
import { emptyTensor, tensorFromBytes } from '../../../devices/runtime/tensor.ts';
import runtimePackage from '../../../node_modules/onnxruntime-node/package.json' with { type: 'json' };
import { ONNXRUNTIME_VERSION } from '../../../shared/domain/versions.ts';

const fixture = (name: string): string => new URL(`../../fixtures/models/${name}`, import.meta.url).pathname;

describe('createNativeSession', () => {
  it('names the version of the library that is installed', () => {
    expect(ONNXRUNTIME_VERSION).toBe(runtimePackage.version);
  });

  it('reads inputs and outputs, with dynamic sizes by name', () => {
    const session = createNativeSession(fixture('digits-mobilenet-v2.onnx'), { intraOpNumThreads: 1 });
    expect(session.inputs).toEqual([{ name: 'input', type: 'float32', shape: ['batch', 1, 28, 28] }]);
    expect(session.outputs).toEqual([{ name: 'logits', type: 'float32', shape: ['batch', 10] }]);
    expect(session.loadMs).toBeGreaterThan(0);
    session.dispose();
  });

  it('gives the same numbers into prepared memory as into its own', () => {
    const session = createNativeSession(fixture('mnist.onnx'), { intraOpNumThreads: 1 });
    const pixels = Float32Array.from({ length: 784 }, (_, i) => (i * 37) % 256);
    const feeds = { Input3: { type: 'float32', shape: [1, 1, 28, 28], data: pixels } } as const;
    const own = session.run(feeds).Plus214_Output_0;
    const target = emptyTensor('float32', [1, 10]);
    session.prepare(feeds, { Plus214_Output_0: target })();
    expect(own?.shape).toEqual([1, 10]);
    expect(target.data).toEqual(own?.data);
    expect(new Set<unknown>(own?.data).size).toBe(10);
    session.dispose();
  });

  it('says what the runtime lacks', () => {
    expect(() => createNativeSession(fixture('superresolution-custom-ops.onnx'), { intraOpNumThreads: 1 })).toThrow(
      expect.objectContaining({
        code: 'MODEL_LOAD_FAILED',
        message:
          'ONNX Runtime cannot load superresolution-custom-ops.onnx: com.microsoft.extensions:DecodeImage(-1) is not a registered function/op.',
      }),
    );
  });

  it('says why it cannot run', () => {
    const session = createNativeSession(fixture('mnist.onnx'), { intraOpNumThreads: 1 });
    const wrongRank = { Input3: emptyTensor('float32', [1, 784]) };
    expect(() => session.run(wrongRank)).toThrow(
      expect.objectContaining({ code: 'MODEL_RUN_FAILED', message: expect.stringContaining('Got: 2 Expected: 4') }),
    );
    expect(() => session.run({})).toThrow(
      expect.objectContaining({
        code: 'MODEL_RUN_FAILED',
        message: expect.stringMatching(
          /^The model could not be run: node "\S+" \(Conv\) failed: Missing Input: Input3\.$/,
        ),
      }),
    );
    session.dispose();
  });
});

describe('ortReason', () => {
  it('drops colours, source places and signatures', () => {
    const thrown = new Error(
      'Load model from /tmp/a b.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model.cc:187 onnxruntime::Model::Model(onnx::ModelProto&&, const F<void(int)>*) ModelProto does not have a graph.\n',
    );
    expect(ortReason(thrown)).toBe('ModelProto does not have a graph');
    expect(ortReason('\u001b[1;31mbad\u001b[m')).toBe('bad');
    expect(ortReason(new Error(''))).toBe('no reason was given');
    expect(ortReason('x'.repeat(1000))).toHaveLength(401);
  });
});

describe('float16', () => {
  it('keeps bits through a tensor', () => {
    const tensor = tensorFromBytes('float16', [2], Uint8Array.of(0, 0x3c, 0, 0xc0));
    expect(tensor.data).toEqual(Uint16Array.of(0x3c00, 0xc000));
  });
});
