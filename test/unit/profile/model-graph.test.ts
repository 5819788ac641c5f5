import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from 'vitest';
import { modelGraph, readModelGraph } from '../../../electron/backend/models/model-graph.ts';
import {
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  type ModelProto,
} from '../../../electron/backend/models/vendor/onnx_pb.ts';
import { modelGraphSchema } from '../../../shared/contract/models.ts';
import { fixtureModel } from '../../helpers/model-lab.ts';
import { addModel, floats, modelBytes, value } from '../../helpers/onnx-models.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function written(model: ModelProto): string {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-graph-'));
  folders.push(folder);
  const path = join(folder, 'model.onnx');
  writeFileSync(path, modelBytes(model));
  return path;
}

describe('the graph of a model', () => {
  it('holds the nodes of a real one in order, with attributes, weights and the tensors between them', async () => {
    const graph = await modelGraph(fixtureModel('digits-mobilenet-v2'));
    expect(modelGraphSchema.parse(graph)).toEqual(graph);
    expect(graph.nodes).toHaveLength(149);
    const conv = graph.nodes.find(({ name }) => name === '/features/features.0/Conv');
    expect(conv).toMatchObject({
      opType: 'Conv',
      domain: 'ai.onnx',
      attributes: { kernel_shape: '3, 3', strides: '2, 2', group: '1' },
      weights: [{ name: 'features.0.weight', shape: [16, 1, 3, 3] }],
      subgraphs: 0,
    });
    const resize = graph.nodes.findIndex(({ opType }) => opType === 'Resize');
    expect(graph.edges).toContainEqual({ from: -1, to: resize, tensor: 'input' });
    expect(graph.edges).toContainEqual({ from: 148, to: -1, tensor: 'logits' });
    expect(graph.edges.some(({ tensor }) => tensor === 'features.0.weight')).toBe(false);
  });

  it('counts graphs inside a node and draws the tensors that they take from outside', async () => {
    const inner = create(GraphProtoSchema, {
      name: 'then',
      node: [{ opType: 'Mul', input: ['x', 'local'], output: ['inner'] }],
      initializer: [floats('local', [1, 2])],
      output: [value('inner', [2])],
    });
    const branch = (name: string) => ({ name, type: AttributeType.GRAPH, g: inner });
    const node = [
      { opType: 'Cast', input: ['x'], output: ['is'], name: 'cast' },
      {
        opType: 'If',
        input: ['is'],
        output: ['y'],
        name: 'if',
        attribute: [branch('then_branch'), branch('else_branch')],
      },
    ];
    const { graph, source } = await readModelGraph(written(addModel(floats('w', [1, 2]), {}, { node })));
    expect(graph.nodes[1]).toMatchObject({ subgraphs: 2, attributes: { then_branch: 'graph then' } });
    expect(source[1]?.inputs).toEqual(['is', 'x']);
    expect(graph.edges).toEqual([
      { from: -1, to: 0, tensor: 'x' },
      { from: 0, to: 1, tensor: 'is' },
      { from: -1, to: 1, tensor: 'x' },
      { from: 1, to: -1, tensor: 'y' },
    ]);
  });

  it('reads 20,000 nodes', async () => {
    const node = Array.from({ length: 20_000 }, (_, i) => ({
      opType: 'Relu',
      name: `relu${i}`,
      input: [i === 0 ? 'x' : `t${i - 1}`],
      output: [i === 19_999 ? 'y' : `t${i}`],
    }));
    const graph = await modelGraph(written(addModel(floats('w', [1]), {}, { node })));
    expect([graph.nodes.length, graph.edges.length]).toEqual([20_000, 20_001]);
  });
});
