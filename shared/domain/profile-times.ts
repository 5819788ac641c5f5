// Puts the time of kernels down to the nodes of the model's own graph, scaled to what a call takes without the profiler.
import type { Kernel, NodeTime, Profile } from '../contract/profiles.ts';
import type { KernelNode } from './profile-kernels.ts';
import { mapKernels } from './profile-map.ts';
import type { SourceNode } from './profile-source.ts';
import { shareWork } from './profile-work.ts';

/** What a trace says of one kernel. */
export interface MeasuredKernel extends KernelNode {
  readonly provider: string;
  /** For a whole call; without what runs inside it. */
  readonly meanMs: number;
  readonly inputShapes: readonly string[];
  readonly outputShapes: readonly string[];
  readonly activationBytes: number;
  readonly parameterBytes: number;
}

/**
 * Kernels with the nodes that they stand for, and every node of the source with its time: a kernel's time is divided among its nodes by
 * their likely work. The nodes' times add up to `mappedShare` of `latencyMs`.
 */
export function profileTimes(
  measured: readonly MeasuredKernel[],
  nodes: readonly SourceNode[],
  latencyMs: number,
): Pick<Profile, 'kernels' | 'nodes' | 'mappedShare'> {
  const { source, kernelOf } = mapKernels(measured, nodes);
  const totalMs = measured.reduce((sum, { meanMs }) => sum + meanMs, 0);
  const shareOf = (ms: number): number => (totalMs > 0 ? ms / totalMs : 0);
  const kernels = measured.map((kernel, at): Kernel => {
    const { name, opType, provider, meanMs, activationBytes, parameterBytes } = kernel;
    return {
      ...{ name, opType, provider, meanMs, activationBytes, parameterBytes },
      share: shareOf(meanMs),
      source: [...(source[at] ?? [])],
      inputShapes: [...kernel.inputShapes],
      outputShapes: [...kernel.outputShapes],
    };
  });
  const shares = new Float64Array(nodes.length);
  for (const { source: own, share, inputShapes } of kernels) {
    const parts = shareWork(
      own.flatMap((index) => nodes[index] ?? []),
      inputShapes,
    );
    for (const [place, index] of own.entries()) shares[index] = (shares[index] ?? 0) + share * (parts[place] ?? 0);
  }
  return {
    kernels,
    nodes: nodes.map(({ name, opType }, index): NodeTime => {
      const share = shares[index] ?? 0;
      return { index, name, opType, ms: share * latencyMs, share, kernel: kernelOf.get(index) ?? null };
    }),
    // Sums of shares may go a hair beyond 1.
    mappedShare: Math.min(
      1,
      kernels.reduce((sum, { source: own, share }) => sum + (own.length > 0 ? share : 0), 0),
    ),
  };
}
