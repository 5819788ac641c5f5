import { describe, expect, it } from 'vitest';
import type { OutlineNode } from '../../../shared/domain/profile-align.ts';
import { alignProfiles, type ProfiledGraph } from '../../../shared/domain/profile-regions.ts';
import { regionLabel, scopeOf } from '../../../shared/domain/region-label.ts';
import { outline } from '../../helpers/profile-graphs.ts';

function profiled(nodes: readonly OutlineNode[], ms: (node: OutlineNode) => number): ProfiledGraph {
  return { nodes, times: nodes.map((node) => ({ ms: ms(node) })) };
}

function block(index: number, width = 16): OutlineNode[] {
  return [
    outline('Conv', `/blocks/blocks.${index}/Conv`, [width, 16, 3, 3]),
    outline('Relu', `/blocks/blocks.${index}/Relu`),
  ];
}

describe('regions of two profiles', () => {
  const plain = [outline('Constant', 'c'), ...block(0), ...block(1), ...block(2)];

  it('puts a branch that only one model has first, with its time', () => {
    const slow = [
      outline('Conv', '/slow/0/Conv', [512, 16, 3, 3]),
      outline('Relu', '/slow/0/Relu'),
      outline('Add', '/slow/Add'),
    ];
    const other = [...block(0), ...slow, ...block(1), outline('Constant', 'k'), ...block(2)];
    const regions = alignProfiles(
      profiled(plain, () => 1),
      profiled(other, ({ name }) => (name.startsWith('/slow') ? 10 : 1)),
    );
    expect(regions[0]).toEqual({
      kind: 'only-b',
      label: 'slow: Conv → Relu → Add',
      aNodes: [],
      bNodes: [2, 3, 4],
      aMs: 0,
      bMs: 30,
    });
    expect(regions.slice(1).map(({ kind, label, aNodes }) => [kind, label, aNodes])).toEqual([
      ['same', 'blocks/blocks.0: Conv → Relu', [1, 2]],
      ['same', 'blocks/blocks.1: Conv → Relu', [3, 4]],
      ['same', 'blocks/blocks.2: Conv → Relu', [5, 6]],
    ]);
  });

  it('pairs a layer with its wider self', () => {
    const wider = [...block(0), ...block(1, 64), ...block(2)];
    const regions = alignProfiles(
      profiled(plain, () => 1),
      profiled(wider, ({ weights }) => weights[0]?.shape[0] ?? 1),
    );
    expect(regions[0]).toMatchObject({
      kind: 'changed',
      label: 'blocks/blocks.1: Conv',
      aNodes: [3],
      bNodes: [2],
      aMs: 1,
      bMs: 64,
    });
  });

  it('says what only the first model has', () => {
    const regions = alignProfiles(
      profiled(plain, () => 1),
      profiled([...block(0), ...block(2)], () => 1),
    );
    expect(regions[0]).toMatchObject({ kind: 'only-a', aNodes: [3, 4], bNodes: [], aMs: 2, bMs: 0 });
  });

  it('finds the same model behind other running numbers', () => {
    const numbered = (from: number): OutlineNode[] =>
      [3, 4, 5, 6].flatMap((width, i) => [
        outline('Conv', `Conv_${from + 2 * i}`, [width]),
        outline('Relu', `Relu_${from + 2 * i + 1}`),
      ]);
    const regions = alignProfiles(
      profiled(numbered(0), () => 1),
      profiled(numbered(7), () => 1),
    );
    expect(regions.map(({ kind, aNodes }) => [kind, aNodes.length])).toEqual([['same', 8]]);
  });

  it('aligns graphs that are too long for one table', () => {
    const long = (skip: number): OutlineNode[] =>
      Array.from({ length: 6000 }, (_, i) =>
        outline(['Conv', 'Relu', 'Add'][i % 3] ?? '', `/layer.${i}/x`, [i % 11]),
      ).filter((_, i) => i % 100 !== skip);
    const regions = alignProfiles(
      profiled(long(0), () => 1),
      profiled(long(50), () => 1),
    );
    const count = (kind: string): number => regions.filter((region) => region.kind === kind).length;
    expect([count('only-a'), count('only-b'), count('changed')]).toEqual([60, 60, 0]);
  });
});

describe('labels of regions', () => {
  it('fold repetitions', () => {
    const nodes = ['Conv', 'Relu', 'Conv', 'Relu', 'Conv', 'Add', 'Add'].map((opType) => ({ name: '', opType }));
    expect(regionLabel(nodes)).toBe('(Conv → Relu) × 2 → Conv → Add × 2');
  });

  it('name the block of a path', () => {
    expect(scopeOf('/features/features.3/conv/conv.0/Conv')).toBe('features/features.3');
    expect(scopeOf('/slow/0/Relu')).toBe('slow');
    expect(scopeOf('/Flatten')).toBe('');
    expect(scopeOf('Conv_12')).toBe('');
  });
});
