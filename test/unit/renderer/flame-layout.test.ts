/** The boxes of a flame chart: by scopes of names, else by time. */
import { describe, expect, it } from 'vitest';
import { boxAt, flameOf, hasScopes, neighbour } from '../../../renderer/features/profile/flame-layout.ts';
import { matchRows, nodeRows, operatorRows } from '../../../renderer/features/profile/profile-rows.ts';
import { PROFILES } from '../../../renderer/preview/fixtures/profiles.ts';
import type { Kernel, NodeTime } from '../../../shared/contract/profiles.ts';

function node(index: number, name: string, ms: number): NodeTime {
  return { index, name, opType: 'Conv', ms, share: ms / 10, kernel: index };
}

function kernel(name: string, source: number[], meanMs: number): Kernel {
  return {
    ...{ name, source, meanMs, opType: 'Conv', provider: 'CPUExecutionProvider', share: 0 },
    ...{ inputShapes: [], outputShapes: [], activationBytes: 0, parameterBytes: 0 },
  };
}

const SCOPED = [
  node(0, '/stem/conv/Conv', 1),
  node(1, '/block/a/Conv', 4),
  node(2, '/block/b/Conv', 3),
  node(3, '/block/b/Relu', 2),
  node(4, '/block/b/Folded', 0),
];

describe('by scopes', () => {
  const boxes = flameOf({ nodes: SCOPED, kernels: [], timeline: [], latencyMs: 10 });
  const labelled = (label: string) => boxes.find((box) => box.label === label);

  it('sums each scope over what it holds and fills the width', () => {
    expect(boxes[0]).toMatchObject({ depth: 0, from: 0, to: 1, ms: 10, isLeaf: false });
    expect(labelled('block')).toMatchObject({ depth: 1, ms: 9, nodes: [1, 2, 3] });
    expect(labelled('block')?.from).toBeCloseTo(0.1);
    expect(labelled('b')).toMatchObject({ depth: 2, ms: 5, isLeaf: false });
  });

  it('makes one box of a scope and its single child', () => {
    expect(labelled('stem/conv/Conv')).toMatchObject({ depth: 1, isLeaf: true, nodes: [0] });
  });

  it('leaves out nodes without a time', () => {
    expect(boxes.some((box) => box.nodes.includes(4))).toBe(false);
  });

  it('finds the box under a point, also when zoomed, and the neighbours of a node', () => {
    expect(boxAt(boxes, { from: 0, to: 1 }, 0.05, 1)?.label).toBe('stem/conv/Conv');
    expect(boxAt(boxes, { from: 0.1, to: 1 }, 0.05, 1)?.label).toBe('block');
    expect(boxAt(boxes, { from: 0, to: 1 }, 0.5, 9)).toBeNull();
    expect(neighbour(boxes, null, 1)?.nodes).toEqual([0]);
    expect(neighbour(boxes, 1, 1)?.nodes).toEqual([2]);
    expect(neighbour(boxes, 3, 1)?.nodes).toEqual([3]);
    expect(neighbour(boxes, 1, -1)?.nodes).toEqual([0]);
  });
});

describe('by time', () => {
  it('lays kernels out as they ran where names have no scopes', () => {
    const nodes = [node(0, 'Conv_0', 2), node(1, 'Conv_1', 6)];
    expect(hasScopes(nodes)).toBe(false);
    const boxes = flameOf({
      nodes,
      kernels: [kernel('fused', [0, 1], 8)],
      timeline: [{ kernel: 0, startMs: 1, durationMs: 3 }],
      latencyMs: 8,
    });
    expect(boxes[1]).toMatchObject({ depth: 1, from: 0.25, to: 1, label: 'fused', nodes: [0, 1] });
  });
});

describe('rows of the table', () => {
  const [profile] = PROFILES;
  if (!profile) throw new Error('There is no profile in the fixtures.');

  it('put operators together without losing time', () => {
    const sum = (rows: ReadonlyArray<{ readonly ms: number }>) => rows.reduce((total, row) => total + row.ms, 0);
    const operators = operatorRows(profile);
    expect(sum(operators)).toBeCloseTo(sum(nodeRows(profile)));
    expect(operators.reduce((count, row) => count + row.count, 0)).toBe(profile.nodes.length);
    expect(operators.find((row) => row.opType === 'Conv')?.provider).toBe('CPU');
  });

  it('are found by name, operator or kernel', () => {
    expect(matchRows(nodeRows(profile), 'block.5/EXPAND').length).toBe(2);
    expect(matchRows(nodeRows(profile), 'gemm').length).toBe(1);
    expect(matchRows(nodeRows(profile), ' ').length).toBe(profile.nodes.length);
  });
});
