import { describe, expect, it } from 'vitest';
import { type KernelMap, mapKernels } from '../../../shared/domain/profile-map.ts';
import type { SourceNode } from '../../../shared/domain/profile-source.ts';
import { kernel, node } from '../../helpers/profile-graphs.ts';

/** Node names of each kernel. */
function named({ source }: KernelMap, nodes: readonly SourceNode[]): string[][] {
  return source.map((own) => own.map((index) => nodes[index]?.name ?? ''));
}

describe('kernels on the nodes of the source', () => {
  it('takes in what was fused between two tensors that kept their names', () => {
    const nodes = [
      node('Conv', 'conv', ['x', 'w0'], 'a'),
      node('BatchNormalization', 'bn', ['a', 'w1'], 'b'),
      node('Relu', 'relu', ['b'], 'c'),
      node('Sigmoid', 'sigmoid', ['c'], 'y'),
    ];
    const kernels = [
      kernel('FusedConv', 'conv', ['x', 'ConvBnFusion_W_w0'], ['c']),
      kernel('Sigmoid', 'sigmoid', ['c'], ['y']),
    ];
    expect(named(mapKernels(kernels, nodes), nodes)).toEqual([['conv', 'bn', 'relu'], ['sigmoid']]);
  });

  it('follows blocked convolutions, whose tensors are all renamed, and the residual addition in one of them', () => {
    const nodes = [
      node('Conv', 'conv1', ['x', 'w0'], 'a'),
      node('Relu', 'relu1', ['a'], 'b'),
      node('Conv', 'conv2', ['b', 'w1'], 'c'),
      node('Add', 'add', ['b', 'c'], 'd'),
      node('Conv', 'conv3', ['d', 'w2'], 'e'),
      node('Relu', 'relu3', ['e'], 'y'),
    ];
    const kernels = [
      kernel('ReorderInput', 'ReorderInput', ['x'], ['reorder']),
      kernel('Conv', 'b_nchwc', ['reorder', 'reorder_token_0'], ['reorder_token_1']),
      kernel('Conv', 'c_nchwc', ['reorder_token_1', 'reorder_token_2', '', 'reorder_token_1'], ['reorder_token_3']),
      kernel('Conv', 'y_nchwc', ['reorder_token_3', 'reorder_token_4'], ['reorder_token_5']),
      kernel('ReorderOutput', 'ReorderOutput', ['reorder_token_5'], ['y']),
    ];
    const map = mapKernels(kernels, nodes);
    expect(named(map, nodes)).toEqual([['conv1'], ['conv1', 'relu1'], ['conv2', 'add'], ['conv3', 'relu3'], ['conv3']]);
    // The layout changes serve a node, but the convolutions do its work.
    expect([map.kernelOf.get(0), map.kernelOf.get(4)]).toEqual([1, 3]);
  });

  it('finds a kernel without a name by its operator and what it reads', () => {
    const nodes = [
      node('Conv', '', ['x', 'w0'], 'a'),
      node('Conv', '', ['x', 'w1'], 'b'),
      node('Concat', '', ['a', 'b'], 'c'),
      node('Conv', '', ['c', 'w2'], 'y'),
    ];
    const kernels = [
      kernel('Conv', 'a_nchwc', ['x', 'r0'], ['r1']),
      kernel('Conv', 'b_nchwc', ['x', 'r2'], ['r3']),
      kernel('Concat', 'Concat_9', ['r1', 'r3'], ['r4']),
      kernel('Conv', 'y_nchwc', ['r4', 'r5'], ['r6']),
      kernel('ReorderOutput', 'ReorderOutput', ['r6'], ['y']),
    ];
    expect(mapKernels(kernels, nodes).source).toEqual([[0], [1], [2], [3], [3]]);
  });

  it('does not take an operator away from a nameless kernel that follows', () => {
    const nodes = [node('Conv', '', ['x', 'w0'], 'a'), node('Relu', '', ['a'], 'b'), node('Softmax', '', ['b'], 'y')];
    const kernels = [
      kernel('Conv', 'a_nchwc', ['x', 'r0'], ['r1']),
      kernel('Relu', 'Relu_7', ['r1'], ['r2']),
      kernel('Softmax', 'Softmax_8', ['r2'], ['y']),
    ];
    expect(mapKernels(kernels, nodes).source).toEqual([[0], [1], [2]]);
  });

  it('leaves what became a constant without a kernel, and what only constants needed', () => {
    const nodes = [
      node('Constant', 'constant', [], 'k'),
      node('Shape', 'shape', ['x'], 's'),
      node('Mul', 'mul', ['s', 'k'], 't'),
      node('Reshape', 'reshape', ['x', 't'], 'y'),
    ];
    const map = mapKernels([kernel('Reshape', 'reshape', ['x', 't'], ['y'])], nodes);
    expect(map.source).toEqual([[3]]);
    expect([...map.kernelOf]).toEqual([[3, 0]]);
  });

  it('gives inserted casts to the node that reads them, and the last one to the node that it reads', () => {
    const nodes = [node('Relu', 'relu', ['x'], 'a'), node('Softmax', 'softmax', ['a'], 'y')];
    const kernels = [
      kernel('Cast', 'InsertedPrecisionFreeCast_x', ['x'], ['InsertedPrecisionFreeCast_x']),
      kernel('Relu', 'relu', ['InsertedPrecisionFreeCast_x'], ['InsertedPrecisionFreeCast_a']),
      kernel('Softmax', 'softmax', ['InsertedPrecisionFreeCast_a'], ['InsertedPrecisionFreeCast_y']),
      kernel('Cast', 'InsertedPrecisionFreeCast_y', ['InsertedPrecisionFreeCast_y'], ['y']),
    ];
    expect(named(mapKernels(kernels, nodes), nodes)).toEqual([['relu'], ['relu'], ['softmax'], ['softmax']]);
  });

  it("keeps a layout change of the model's own", () => {
    const nodes = [node('Conv', 'conv', ['x', 'w0'], 'a'), node('Transpose', 'transpose', ['a'], 'y')];
    const kernels = [
      kernel('Conv', 'a_nchwc', ['x', 'r0'], ['r1']),
      kernel('ReorderOutput', 'ReorderOutput', ['r1'], ['y']),
    ];
    expect(named(mapKernels(kernels, nodes), nodes)).toEqual([['conv'], ['transpose']]);
  });

  it('gives equal nodes that the runtime computes once to one kernel', () => {
    const nodes = [
      node('Div', 'div1', ['x', 'w0'], 'a'),
      node('Div', 'div2', ['x', 'w0'], 'b'),
      node('Add', 'add', ['x', 'a'], 'c'),
      node('Sub', 'sub', ['c', 'b'], 'y'),
    ];
    const kernels = [
      kernel('Div', 'div1', ['x', 'w0'], ['a']),
      kernel('Add', 'add', ['x', 'a'], ['c']),
      kernel('Sub', 'sub', ['c', 'a'], ['y']),
    ];
    expect(named(mapKernels(kernels, nodes), nodes)).toEqual([['div1', 'div2'], ['add'], ['sub']]);
  });

  it('puts what runs inside a control-flow node down to that node', () => {
    const nodes = [node('Equal', 'equal', ['x', 'w0'], 'is'), { ...node('If', 'if', ['is'], 'y'), subgraphs: 2 }];
    const kernels = [
      kernel('Equal', 'equal', ['x', 'w0'], ['is']),
      kernel('If', 'if', ['is'], ['y']),
      kernel('If', 'inner', [], [], { parent: 1 }),
      kernel('Conv', 'inner/conv', [], [], { parent: 2 }),
    ];
    const map = mapKernels(kernels, nodes);
    expect(map.source).toEqual([[0], [1], [1], [1]]);
    expect(map.kernelOf.get(1)).toBe(1);
  });

  it('makes do with names where the optimized graph could not be had', () => {
    const nodes = [
      node('Conv', 'conv1', ['x', 'w0'], 'a'),
      node('Relu', 'relu1', ['a'], 'b'),
      node('Conv', 'conv2', ['b', 'w1'], 'c'),
      node('Relu', 'relu2', ['c'], 'y'),
    ];
    const kernels = [kernel('Conv', 'b_nchwc', [], []), kernel('FusedConv', 'conv2', [], [])];
    expect(named(mapKernels(kernels, nodes), nodes)).toEqual([
      ['conv1', 'relu1'],
      ['conv2', 'relu2'],
    ]);
  });

  it('leaves a kernel alone that has nothing to do with the model', () => {
    const nodes = [node('Relu', 'relu', ['x'], 'y')];
    const kernels = [kernel('Relu', 'relu', ['x'], ['y']), kernel('Mystery', 'mystery', ['p'], ['q'])];
    expect(mapKernels(kernels, nodes).source).toEqual([[0], []]);
  });
});
