// Two profiled models side by side: stretches of nodes that they have in common or not, with the time that each takes in either.
import type { NodeTime, Region } from '../contract/profiles.ts';
import { type AlignedPair, alignNodes, type OutlineNode } from './profile-align.ts';
import { regionLabel, scopeOf } from './region-label.ts';

export type { OutlineNode };

export interface ProfiledGraph {
  readonly nodes: readonly OutlineNode[];
  /** One for each node. */
  readonly times: readonly Pick<NodeTime, 'ms'>[];
}

/**
 * Regions by how much their times differ, the largest difference first. Common stretches are cut where the scope of their nodes'
 * names changes, as from one block of a network to the next.
 */
export function alignProfiles(a: ProfiledGraph, b: ProfiledGraph): Region[] {
  const regions: Region[] = [];
  let stretch: AlignedPair[] = [];
  let last = '';
  const close = (): void => {
    if (stretch.length > 0) regions.push(regionOf(stretch, a, b));
    stretch = [];
  };
  for (const pair of alignNodes(a.nodes, b.nodes)) {
    const name = (pair.a === null ? undefined : a.nodes[pair.a]?.name) ?? b.nodes[pair.b ?? -1]?.name ?? '';
    const key = pair.isSame ? `same ${scopeOf(name)}` : 'different';
    if (key !== last) close();
    last = key;
    stretch.push(pair);
  }
  close();
  return regions.sort((x, y) => Math.abs(y.bMs - y.aMs) - Math.abs(x.bMs - x.aMs) || y.aMs + y.bMs - x.aMs - x.bMs);
}

function regionOf(stretch: readonly AlignedPair[], a: ProfiledGraph, b: ProfiledGraph): Region {
  const aNodes = stretch.flatMap((pair) => pair.a ?? []);
  const bNodes = stretch.flatMap((pair) => pair.b ?? []);
  const isSame = stretch.every((pair) => pair.isSame);
  const oneSided = aNodes.length === 0 ? 'only-b' : bNodes.length === 0 ? 'only-a' : 'changed';
  const shown = (
    bNodes.length > 0 ? bNodes.map((index) => b.nodes[index]) : aNodes.map((index) => a.nodes[index])
  ).filter((node) => node !== undefined);
  return {
    kind: isSame ? 'same' : oneSided,
    label: regionLabel(shown),
    aNodes,
    bNodes,
    aMs: sumMs(aNodes, a),
    bMs: sumMs(bNodes, b),
  };
}

function sumMs(indices: readonly number[], { times }: ProfiledGraph): number {
  return indices.reduce((sum, index) => sum + (times[index]?.ms ?? 0), 0);
}
