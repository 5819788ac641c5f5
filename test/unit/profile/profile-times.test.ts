import { describe, expect, it } from 'vitest';
import { profileTimes } from '../../../shared/domain/profile-times.ts';
import { kernel, node } from '../../helpers/profile-graphs.ts';

const nodes = [
  node('Conv', 'conv', ['x', 'w0'], 'a'),
  node('BatchNormalization', 'bn', ['a', 'w1'], 'b'),
  node('Relu', 'relu', ['b'], 'c'),
  node('Constant', 'constant', [], 'k'),
  node('Mul', 'mul', ['c', 'k'], 'y'),
];
const kernels = [
  kernel('FusedConv', 'conv', ['x', 'w'], ['c'], { meanMs: 6 }),
  kernel('Mul', 'mul', ['c', 'k'], ['y'], { meanMs: 2 }),
];

describe('times of the nodes', () => {
  it('are scaled to a call without the profiler and divided by likely work', () => {
    const { nodes: times, mappedShare, kernels: shown } = profileTimes(kernels, nodes, 4);
    expect(mappedShare).toBe(1);
    expect(shown.map(({ share }) => share)).toEqual([0.75, 0.25]);
    expect(times.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(4, 12);
    const [conv, bn, relu, constant, mul] = times;
    // Each output of the convolution takes 4 x 3 x 3 products, the activation one step, the normalization is in the weights.
    expect(conv?.ms).toBeCloseTo((3 * 36) / 37.01, 12);
    expect(relu?.ms).toBeCloseTo(3 / 37.01, 12);
    expect(bn?.ms).toBeCloseTo(0.03 / 37.01, 12);
    expect(constant).toMatchObject({ ms: 0, kernel: null });
    expect(mul).toMatchObject({ ms: 1, share: 0.25, kernel: 1 });
  });

  it('leave out what belongs to no node', () => {
    const foreign = kernel('Mystery', 'mystery', ['p'], ['q'], { meanMs: 2 });
    const { nodes: times, mappedShare } = profileTimes([...kernels, foreign], nodes, 10);
    expect(mappedShare).toBeCloseTo(0.8, 12);
    expect(times.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(8, 12);
  });

  it('are zero, not nothing, for a trace that has no time', () => {
    const { nodes: times } = profileTimes(
      kernels.map((each) => ({ ...each, meanMs: 0 })),
      nodes,
      4,
    );
    expect(times.map(({ ms }) => ms)).toEqual([0, 0, 0, 0, 0]);
  });
});
