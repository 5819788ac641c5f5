// How much of a fused kernel's time each of its nodes likely takes: estimated from weights and shapes, since nobody measured it.
import type { SourceNode } from './profile-source.ts';

const HEAVY = /^(?:\w*Conv\w*|\w*MatMul\w*|\w*Gemm\w*|\w*Attention\w*|Einsum|\w*LSTM|\w*GRU|RNN)$/;
/** Exponentials, roots and the like take many times an addition. */
const COSTLY =
  /^(?:Exp|Log|Erf|Tanh|Sigmoid|\w*Gelu|Softmax|LogSoftmax|Pow|Sqrt|Sin|Cos|Softplus|Mish|Silu|HardSwish|\w*Normalization)$/;
/** Change how data is looked at, not the data. */
const FREE = /^(?:Identity|Dropout|Reshape|Flatten|Squeeze|Unsqueeze|Shape|Size|Constant|ConstantOfShape|Cast)$/;
const COSTLY_WORK = 8;
const FREE_WORK = 0.01;
const DEFAULT_DEPTH = 64;

/**
 * Shares of a kernel's nodes in its time, together 1. Work is counted for each element of the output, taken to be alike for all of
 * them: the products of a convolution or matrix product, 1 for an addition, 8 for an exponential.
 */
export function shareWork(nodes: readonly SourceNode[], inputShapes: readonly string[]): number[] {
  const isHeavyThere = nodes.some(({ opType }) => isHeavy(opType));
  const work = nodes.map((node) => workOf(node, inputShapes, isHeavyThere));
  const total = work.reduce((sum, each) => sum + each, 0);
  return work.map((each) => (total > 0 ? each / total : 1 / nodes.length));
}

/** Of some nodes the one with the most work; undefined without nodes. */
export function primaryNode(indices: readonly number[], nodes: readonly SourceNode[]): number | undefined {
  const known = indices.flatMap((index) => (nodes[index] ? [{ index, node: nodes[index] }] : []));
  const shares = shareWork(
    known.map(({ node }) => node),
    [],
  );
  return known[shares.indexOf(Math.max(...shares))]?.index;
}

/** Convolutions, matrix products, recurrent layers: what nothing is fused with but in front of it. */
export function isHeavy(opType: string): boolean {
  return HEAVY.test(opType);
}

function workOf(node: SourceNode, inputShapes: readonly string[], isHeavyThere: boolean): number {
  const { opType } = node;
  if (isHeavy(opType)) return depthOf(node, inputShapes);
  // Folded into the weights of the convolution that it was fused with.
  if (isHeavyThere && opType === 'BatchNormalization') return FREE_WORK;
  if (COSTLY.test(opType)) return COSTLY_WORK;
  return FREE.test(opType) ? FREE_WORK : 1;
}

/** Products for one element of the output: all weights over the number of outputs, or the inner dimension of two activations. */
function depthOf({ opType, weights }: SourceNode, inputShapes: readonly string[]): number {
  const largest = weights
    .map(({ shape }) => shape)
    .sort((a, b) => sizeOf(b) - sizeOf(a))
    .find((shape) => shape.length >= 2);
  if (largest) {
    const outputs = (opType.includes('Conv') ? largest[0] : largest.at(-1)) ?? 1;
    return Math.max(1, sizeOf(largest) / Math.max(1, outputs));
  }
  return Number(/(\d+)\]$/.exec(inputShapes[0] ?? '')?.[1] ?? DEFAULT_DEPTH);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
