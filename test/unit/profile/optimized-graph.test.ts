import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNativeSession } from '../../../devices/runtime/native-session.ts';
import { readOptimizedNodes } from '../../../devices/runtime/profile/optimized-graph.ts';
import { ModelProtoSchema } from '../../../electron/backend/models/vendor/onnx_pb.ts';
import { fixtureModel } from '../../helpers/model-lab.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-optimized-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The file that the runtime itself writes for a model. */
function optimize(model: string, level: 'disabled' | 'all'): string {
  const path = join(folder, `${model}-${level}.onnx`);
  const profiling = { tracePrefix: join(folder, 'trace'), optimizedModelPath: path };
  const options = { intraOpNumThreads: 1, graphOptimizationLevel: level, profiling };
  const session = createNativeSession(fixtureModel(model), options);
  session.endProfiling();
  session.dispose();
  return path;
}

describe('the saved graph', () => {
  it.each(['disabled', 'all'] as const)('is read without a protobuf library as with one (%s)', (level) => {
    const path = optimize('digits-mobilenet-slow', level);
    const { graph } = fromBinary(ModelProtoSchema, readFileSync(path));
    const expected = graph?.node.map(({ name, opType, domain, input, output }) => ({
      ...{ name, opType, domain },
      ...{ inputs: input, outputs: output },
    }));
    expect(expected?.length).toBeGreaterThan(30);
    expect(readOptimizedNodes(path)).toEqual(expected);
  });

  it('is refused when it is cut or no such file', () => {
    const path = optimize('mnist', 'all');
    truncateSync(path, readFileSync(path).length - 5000);
    expect(() => readOptimizedNodes(path)).toThrow('not in protobuf format');
    writeFileSync(path, 'not a model, but long enough to be one');
    expect(() => readOptimizedNodes(path)).toThrow('not in protobuf format');
  });
});
