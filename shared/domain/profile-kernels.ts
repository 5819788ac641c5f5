// The graph that the runtime ran, as the mapping of its kernels looks at it: who makes a tensor, who reads it, what runs inside what.

/** A node of that graph, as the profiler and the optimized model name it. */
export interface KernelNode {
  readonly name: string;
  readonly opType: string;
  /** Tensors of the optimized graph; empty where that could not be had. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Index of the control-flow kernel that it runs inside. */
  readonly parent: number | null;
}

export interface KernelIndex {
  readonly kernels: readonly KernelNode[];
  /** Those that run inside no other, in order. */
  readonly outer: readonly number[];
  has(tensor: string): boolean;
  producerOf(tensor: string): number | undefined;
  /** Kernels that read what this one writes. */
  followersOf(kernel: KernelNode): readonly number[];
  /** Kernels that write what this one reads. */
  leadersOf(kernel: KernelNode): readonly number[];
  /** The kernel itself, or the outermost one that it runs inside. */
  rootOf(at: number): number;
}

export function createKernelIndex(kernels: readonly KernelNode[]): KernelIndex {
  const outer = kernels.flatMap(({ parent }, at) => (parent === null ? [at] : []));
  const producers = new Map<string, number>();
  const consumers = new Map<string, number[]>();
  for (const at of outer) {
    for (const name of kernels[at]?.outputs ?? []) if (name !== '') producers.set(name, at);
    for (const name of new Set(kernels[at]?.inputs)) {
      const list = consumers.get(name);
      if (list) list.push(at);
      else if (name !== '') consumers.set(name, [at]);
    }
  }
  return {
    kernels,
    outer,
    has: (tensor) => producers.has(tensor) || consumers.has(tensor),
    producerOf: (tensor) => producers.get(tensor),
    followersOf: ({ outputs }) => outputs.flatMap((name) => consumers.get(name) ?? []),
    leadersOf: ({ inputs }) => inputs.flatMap((name) => producers.get(name) ?? []),
    rootOf: (at) => {
      let root = at;
      for (let up = kernels[root]?.parent ?? null; up !== null; up = kernels[root]?.parent ?? null) root = up;
      return root;
    },
  };
}
