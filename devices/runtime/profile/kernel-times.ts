// Adds up a trace: the mean time of each node over calls of middling length, without what ran inside it, and one typical call in full.
import type { RawKernel, RawProfile } from '../runner/runner-protocol.ts';
import type { OptimizedNode } from './optimized-graph.ts';
import type { TraceCall, TraceEvent } from './trace-file.ts';

interface KernelEntry {
  readonly event: TraceEvent;
  readonly parent: number | null;
}

/** A call in few numbers: for each run of a node which kernel, begin, duration, and duration without what ran inside. */
interface CompactCall {
  readonly durationMs: number;
  readonly entries: Float64Array;
}

const ENTRY = 4;

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
    kernels.push({ event, parent });
    return kernels.length - 1;
  }

  return {
    add: (call) => {
      const entries = new Float64Array(call.events.length * ENTRY);
      let at = 0;
      const visit = (node: NestedEvent, parent: number | null): void => {
        const index = indexOf(node.event, parent);
        const { startMs, durationMs } = node.event;
        const insideMs = node.inside.reduce((sum, each) => sum + each.event.durationMs, 0);
        entries.set([index, startMs - call.startMs, durationMs, Math.max(0, durationMs - insideMs)], at);
        at += ENTRY;
        for (const each of node.inside) visit(each, index);
      };
      for (const node of nest(call.events)) visit(node, null);
      calls.push({ durationMs: call.durationMs, entries });
    },
    finish: (nodes) => {
      const graphNodes = matchNodes(kernels, nodes);
      const sorted = [...calls].sort((a, b) => a.durationMs - b.durationMs);
      const typical = sorted[Math.floor((sorted.length - 1) / 2)];
      const meansMs = meanTimes(middleHalf(sorted), kernels.length);
      return {
        calls: calls.length,
        profiledMs: typical?.durationMs ?? 0,
        kernels: kernels.map(({ event, parent }, index): RawKernel => {
          const { name, opType, provider, inputShapes, outputShapes, activationBytes, parameterBytes } = event;
          const node = graphNodes.get(index);
          const sizes = { inputShapes, outputShapes, activationBytes, parameterBytes };
          const tensors = { inputs: node?.inputs ?? [], outputs: node?.outputs ?? [] };
          return { name, opType, provider, meanMs: meansMs[index] ?? 0, parent, ...sizes, ...tensors };
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

/** Calls between the quartiles: those in which something else took the processor would put its time down to some node. */
function middleHalf(sorted: readonly CompactCall[]): readonly CompactCall[] {
  const cut = Math.floor(sorted.length / 4);
  return sorted.slice(cut, sorted.length - cut);
}

/** For each kernel. */
function meanTimes(calls: readonly CompactCall[], count: number): Float64Array {
  const means = new Float64Array(count);
  for (const { entries } of calls)
    for (let at = 0; at < entries.length; at += ENTRY) {
      const kernel = entries[at] ?? 0;
      means[kernel] = (means[kernel] ?? 0) + (entries[at + 3] ?? 0) / calls.length;
    }
  return means;
}

function timelineOf(call: CompactCall | undefined): RawProfile['timeline'] {
  const entries = call?.entries ?? new Float64Array(0);
  return Array.from({ length: entries.length / ENTRY }, (_, at) => {
    const [kernel = 0, startMs = 0, durationMs = 0] = entries.subarray(at * ENTRY, at * ENTRY + 3);
    return { kernel, startMs, durationMs };
  }).sort((a, b) => a.startMs - b.startMs || b.durationMs - a.durationMs);
}
