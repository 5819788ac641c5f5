// The boxes of a flame chart: nodes under the scopes of their names, or, where names have none, kernels in the order of time.
import type { NodeTime, Profile } from '../../../shared/contract/profiles.ts';

export interface FlameBox {
  /** 0: the whole call. */
  readonly depth: number;
  /** Shares of the whole width, 0 to 1. */
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly ms: number;
  /** Source nodes that it holds. */
  readonly nodes: readonly number[];
  /** No boxes stand under it. */
  readonly isLeaf: boolean;
}

interface Scope {
  label: string;
  ms: number;
  /** In the order of their first node. */
  readonly children: Map<string, Scope>;
  /** A node of the graph; scopes have none of their own. */
  readonly node: number | null;
}

function partsOf(name: string): string[] {
  return name.split('/').filter((part) => part !== '');
}

/** True when most nodes say in their names which part of the model they belong to. */
export function hasScopes(nodes: readonly NodeTime[]): boolean {
  return nodes.filter((node) => partsOf(node.name).length > 1).length * 2 > nodes.length;
}

export function flameOf(profile: Pick<Profile, 'nodes' | 'kernels' | 'timeline' | 'latencyMs'>): FlameBox[] {
  return hasScopes(profile.nodes) ? byScopes(profile) : byTime(profile);
}

function byScopes({ nodes, latencyMs }: Pick<Profile, 'nodes' | 'latencyMs'>): FlameBox[] {
  const root: Scope = { label: '', ms: 0, children: new Map(), node: null };
  for (const node of nodes) {
    if (node.ms <= 0) continue;
    const parts = partsOf(node.name);
    let scope = root;
    scope.ms += node.ms;
    for (const part of parts.slice(0, -1)) {
      const next = scope.children.get(part) ?? { label: part, ms: 0, children: new Map(), node: null };
      scope.children.set(part, next);
      next.ms += node.ms;
      scope = next;
    }
    const label = parts.at(-1) ?? node.opType;
    // Two nodes of one name stand side by side.
    scope.children.set(`${label}\u0000${node.index}`, { label, ms: node.ms, children: new Map(), node: node.index });
  }
  const boxes: FlameBox[] = [];
  const total = root.ms || latencyMs || 1;
  const place = (scope: Scope, depth: number, from: number): number[] => {
    const flat = collapsed(scope);
    const at = boxes.length;
    boxes.push({
      depth,
      from,
      to: from + flat.ms / total,
      label: flat.label,
      ms: flat.ms,
      nodes: [],
      isLeaf: flat.node !== null,
    });
    const held: number[] = flat.node === null ? [] : [flat.node];
    let left = from;
    for (const child of flat.children.values()) {
      held.push(...place(child, depth + 1, left));
      left += child.ms / total;
    }
    boxes[at] = { ...(boxes[at] as FlameBox), nodes: held };
    return held;
  };
  place(root, 0, 0);
  return boxes;
}

/** A scope with a single child tells nothing that the child does not: the two are one box. */
function collapsed(scope: Scope): Scope {
  let now = scope;
  while (now.children.size === 1 && now.label !== '') {
    const [child] = now.children.values();
    if (!child) break;
    now = { ...child, label: `${now.label}/${child.label}` };
  }
  return now;
}

function byTime({ kernels, timeline, latencyMs }: Pick<Profile, 'kernels' | 'timeline' | 'latencyMs'>): FlameBox[] {
  const endMs = timeline.reduce((most, one) => Math.max(most, one.startMs + one.durationMs), 0) || latencyMs || 1;
  const steps = timeline.flatMap((one): FlameBox[] => {
    const kernel = kernels[one.kernel];
    if (!kernel) return [];
    return [
      {
        depth: 1,
        from: one.startMs / endMs,
        to: (one.startMs + one.durationMs) / endMs,
        label: kernel.name,
        ms: kernel.meanMs,
        nodes: kernel.source,
        isLeaf: true,
      },
    ];
  });
  const whole: FlameBox = {
    depth: 0,
    from: 0,
    to: 1,
    label: '',
    ms: latencyMs,
    nodes: steps.flatMap((one) => one.nodes),
    isLeaf: false,
  };
  return [whole, ...steps];
}

export interface Zoom {
  readonly from: number;
  readonly to: number;
}

/** The box under a point, `x` as a share of the zoomed width; null: none. */
export function boxAt(boxes: readonly FlameBox[], zoom: Zoom, x: number, depth: number): FlameBox | null {
  const place = zoom.from + x * (zoom.to - zoom.from);
  return boxes.find((box) => box.depth === depth && place >= box.from && place < box.to) ?? null;
}

/** The next leaf to the right or left of the one that holds `node`; the first where there is none. */
export function neighbour(boxes: readonly FlameBox[], node: number | null, step: 1 | -1): FlameBox | null {
  const leaves = boxes.filter((box) => box.isLeaf && box.nodes.length > 0).sort((a, b) => a.from - b.from);
  const at = node === null ? -1 : leaves.findIndex((box) => box.nodes.includes(node));
  if (at < 0) return leaves[0] ?? null;
  return leaves[Math.min(leaves.length - 1, Math.max(0, at + step))] ?? null;
}
