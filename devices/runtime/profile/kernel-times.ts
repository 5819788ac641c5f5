// Adds up a trace: the mean time of each node over the calls, without what ran inside it, and one typical call in full.
import type { RawKernel, RawProfile } from '../runner/runner-protocol.ts';
import type { OptimizedNode } from './optimized-graph.ts';
import type { TraceCall, TraceEvent } from './trace-file.ts';

interface KernelEntry {
  readonly event: TraceEvent;
  readonly parent: number | null;
  totalMs: number;
}

/** A call in few numbers: which kernel, begin and duration, one after the other. */
interface CompactCall {
  readonly durationMs: number;
  readonly entries: Float64Array;
}

/** Nodes that run other graphs; the time of those graphs' nodes is in theirs. */
const CONTROL_FLOW: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan']);

export interface KernelTimes {
  add(call: TraceCall): void;
  /** `nodes`: of the optimized graph; empty when it could not be had. */
  finish(nodes: readonly OptimizedNode[]): RawProfile;
}

export function createKernelTimes(): KernelTimes {
  const kernels: KernelEntry[] = [];
  const indexByKey = new Map<string, number>();
  const calls: CompactCall[] = [];

  function indexOf(event: TraceEvent, parent: number | null): number {
    const key = `${parent ?? ''}\n${event.opType}\n${event.name}`;
    const known = indexByKey.get(key);
    if (known !== undefined) return known;
    indexByKey.set(key, kernels.length);
    kernels.push({ event, parent, totalMs: 0 });
    return kernels.length - 1;
  }

  return {
    add: (call) => {
      const entries = new Float64Array(call.events.length * 3);
      let at = 0;
      const visit = (node: NestedEvent, parent: number | null): void => {
        const index = indexOf(node.event, parent);
        const kernel = kernels[index];
        const insideMs = node.inside.reduce((sum, each) => sum + each.event.durationMs, 0);
        if (kernel) kernel.totalMs += Math.max(0, node.event.durationMs - insideMs);
        entries.set([index, node.event.startMs - call.startMs, node.event.durationMs], at);
        at += 3;
        for (const each of node.inside) visit(each, index);
      };
      for (const node of nest(call.events)) visit(node, null);
      calls.push({ durationMs: call.durationMs, entries });
    },
    finish: (nodes) => {
      const graphNodes = matchNodes(kernels, nodes);
      const typical = medianCall(calls);
      return {
        calls: calls.length,
        profiledMs: typical?.durationMs ?? 0,
        kernels: kernels.map(({ event, parent, totalMs }, index): RawKernel => {
          const { name, opType, provider, inputShapes, outputShapes, activationBytes, parameterBytes } = event;
          const node = graphNodes.get(index);
          const sizes = { inputShapes, outputShapes, activationBytes, parameterBytes };
          const tensors = { inputs: node?.inputs ?? [], outputs: node?.outputs ?? [] };
          return { name, opType, provider, meanMs: totalMs / calls.length, parent, ...sizes, ...tensors };
        }),
        timeline: timelineOf(typical),
      };
    },
  };
}

interface NestedEvent {
  readonly event: TraceEvent;
  readonly inside: readonly NestedEvent[];
}

/** Puts what ran inside a control-flow node under it; such a node ends after all of that. */
function nest(events: readonly TraceEvent[]): NestedEvent[] {
  const open: NestedEvent[] = [];
  for (const event of events) {
    let first = open.length;
    if (CONTROL_FLOW.has(event.opType)) while ((open[first - 1]?.event.startMs ?? -1) >= event.startMs) first -= 1;
    open.push({ event, inside: open.splice(first) });
  }
  return open;
}

/**
 * The saved graph lists its nodes as they run; where it was not optimized, as they were added. Whichever order agrees in every type
 * and name is taken, since nodes without a name have nothing but their place; names alone where neither does.
 */
function matchNodes(kernels: readonly KernelEntry[], nodes: readonly OptimizedNode[]): Map<number, OptimizedNode> {
  const asRun = kernels.flatMap(({ event, parent }, index) => (parent === null ? [{ event, index }] : []));
  const asAdded = [...asRun].sort((a, b) => a.event.nodeIndex - b.event.nodeIndex);
  for (const order of [asRun, asAdded]) {
    const isSame = order.every(({ event }, at) => {
      const node = nodes[at];
      return node?.opType === event.opType && (node.name === '' || node.name === event.name);
    });
    if (isSame && order.length === nodes.length)
      return new Map(order.flatMap(({ index }, at) => (nodes[at] ? [[index, nodes[at]]] : [])));
  }
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return new Map(
    asRun.flatMap(({ event, index }) => {
      const node = byName.get(event.name);
      return node ? [[index, node]] : [];
    }),
  );
}

function medianCall(calls: readonly CompactCall[]): CompactCall | undefined {
  const sorted = [...calls].sort((a, b) => a.durationMs - b.durationMs);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function timelineOf(call: CompactCall | undefined): RawProfile['timeline'] {
  const entries = call?.entries ?? new Float64Array(0);
  return Array.from({ length: entries.length / 3 }, (_, at) => {
    const [kernel = 0, startMs = 0, durationMs = 0] = entries.subarray(at * 3, at * 3 + 3);
    return { kernel, startMs, durationMs };
  }).sort((a, b) => a.startMs - b.startMs || b.durationMs - a.durationMs);
}
