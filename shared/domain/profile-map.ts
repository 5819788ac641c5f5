// Which nodes of a model's own graph each kernel of the runtime stands for. The runtime fuses, renames, inserts and folds; what
// survives are the names of most tensors, names of nodes in the names of those that replaced them, and how the data flows.
import { createKernelIndex, type KernelIndex, type KernelNode } from './profile-kernels.ts';
import {
  baseOperator,
  createSourceIndex,
  isLayoutOperator,
  type SourceIndex,
  type SourceNode,
} from './profile-source.ts';
import { isHeavy, primaryNode } from './profile-work.ts';

export interface KernelMap {
  /**
   * Indices of the source nodes that each kernel stands for, ascending. Layout changes that the runtime put in stand for the node that
   * they serve, kernels inside a control-flow node for that node.
   */
  readonly source: readonly (readonly number[])[];
  /** The kernel that does the work of a source node. Nodes without one were folded into constants, or never ran. */
  readonly kernelOf: ReadonlyMap<number, number>;
}

/** Kernels in the order in which they run, nodes in the file's. */
export function mapKernels(kernels: readonly KernelNode[], nodes: readonly SourceNode[]): KernelMap {
  const mapper = createMapper(createKernelIndex(kernels), createSourceIndex(nodes));
  mapper.seed();
  mapper.grow();
  mapper.adoptRest();
  return mapper.result();
}

function createMapper(index: KernelIndex, source: SourceIndex) {
  const { nodes } = source;
  const { kernels, outer } = index;
  const owner = new Map<number, number>();
  const members = kernels.map(() => new Set<number>());
  /** The source tensor that a tensor of the optimized graph stands for. */
  const meaning = new Map<string, string>();
  const inserted = new Set(outer.filter((at) => isInserted(kernels[at], source)));

  const meant = (name: string): string | undefined => meaning.get(name) ?? source.tensorNamed(name);
  const isData = (name: string): boolean =>
    index.producerOf(name) !== undefined || source.graphInputs.has(source.tensorNamed(name) ?? '');
  const readsOf = (kernel: KernelNode): (string | undefined)[] => kernel.inputs.filter(isData).map(meant);

  function claim(kernel: number, node: number | undefined): boolean {
    if (node === undefined || owner.has(node)) return false;
    owner.set(node, kernel);
    members[kernel]?.add(node);
    return true;
  }

  /** Takes in what lies between the tensors that a kernel reads and the nodes that it has. */
  function walkBack(at: number, kernel: KernelNode): void {
    if (isLayoutOperator(kernel.opType)) return;
    const reads = readsOf(kernel);
    const known = new Set(reads);
    const isBounded = reads.length > 0 && !known.has(undefined);
    const stack = [...(members[at] ?? [])];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const node = nodes[next];
      // What lies before the operator itself belongs to it only where we know which tensors it reads.
      if (!node || (!isBounded && baseOperator(node.opType) === baseOperator(kernel.opType))) continue;
      for (const tensor of node.inputs) {
        const producer = source.producerOf(tensor);
        if (producer === undefined || known.has(tensor) || source.isConstant(producer) || index.has(tensor)) continue;
        // The runtime computes equal nodes once.
        if (source.twinsOf(producer).some((twin) => nodes[twin]?.outputs.some((output) => known.has(output)))) continue;
        if (claim(at, producer)) stack.push(producer);
      }
    }
  }

  /** For a kernel without any name that we know: a free node of the same operator that reads what it reads. */
  function findByFlow(at: number, kernel: KernelNode): void {
    const operator = baseOperator(kernel.opType);
    for (const tensor of readsOf(kernel)) {
      const found = source
        .consumersOf(tensor ?? '')
        .find((node) => !owner.has(node) && baseOperator(nodes[node]?.opType ?? '') === operator);
      if (claim(at, found)) return;
    }
  }

  /**
   * What follows in the source and has no kernel of its own was fused into this one: a residual Add, an activation. Returns the tensor
   * that the kernel writes in the end.
   */
  function walkForward(at: number, kernel: KernelNode, from: string): string {
    const reads = new Set(readsOf(kernel));
    const nameless = index.followersOf(kernel).filter((each) => members[each]?.size === 0 && !inserted.has(each));
    const awaited = new Set(nameless.map((each) => baseOperator(kernels[each]?.opType ?? '')));
    const isFed = (name: string): boolean => {
      const producer = source.producerOf(name);
      if (reads.has(name)) return true;
      if (producer === undefined) return !source.graphInputs.has(name);
      return source.isConstant(producer) || owner.get(producer) === at;
    };
    let tensor = from;
    for (;;) {
      const [follower, ...others] = source.consumersOf(tensor);
      const node = follower === undefined ? undefined : nodes[follower];
      if (!node || others.length > 0 || isHeavy(node.opType) || awaited.has(baseOperator(node.opType))) return tensor;
      const [output] = node.outputs;
      if (output === undefined || !node.inputs.every(isFed) || !claim(at, follower)) return tensor;
      tensor = output;
    }
  }

  function nameOutputs(at: number, kernel: KernelNode): void {
    const last = nodes[Math.max(-1, ...(members[at] ?? []))];
    const [first] = last?.outputs ?? [];
    const { outputs } = kernel;
    for (const [place, name] of outputs.entries()) {
      const exact = source.tensorNamed(name);
      const same = outputs.length > 1 && last?.outputs.length === outputs.length ? last.outputs[place] : undefined;
      const told = exact ?? same ?? (outputs.length === 1 && first !== undefined ? walkForward(at, kernel, first) : '');
      if (told !== '') meaning.set(name, told);
    }
    // Without the optimized graph only the names of nodes are left, and what lies between them.
    if (outputs.length === 0 && first !== undefined) walkForward(at, kernel, first);
  }

  function grow(at: number, kernel: KernelNode): void {
    if (inserted.has(at)) {
      const [input = '', output = ''] = [kernel.inputs[0], kernel.outputs[0]];
      const told = meaning.get(input) ?? source.tensorNamed(output) ?? source.tensorNamed(input);
      if (told !== undefined) meaning.set(output, told);
      return;
    }
    if (members[at]?.size === 0) findByFlow(at, kernel);
    walkBack(at, kernel);
    nameOutputs(at, kernel);
  }

  /** Nodes without a kernel: what became a constant is left so, the rest goes with what computes its input, or else reads its output. */
  function adoptNodes(): void {
    const folded = new Set<number>();
    for (let node = nodes.length - 1; node >= 0; node--) {
      const outputs = nodes[node]?.outputs ?? [];
      const readers = outputs.flatMap((tensor) => source.consumersOf(tensor));
      const isStored = outputs.some((tensor) => index.has(tensor) && index.producerOf(tensor) === undefined);
      const isUnread = readers.length > 0 && readers.every((reader) => folded.has(reader));
      if (!owner.has(node) && (isStored || isUnread || source.isConstant(node))) folded.add(node);
    }
    const adopt = (node: number, relatives: readonly number[], choose: (...kernels: number[]) => number): void => {
      const near = relatives.flatMap((relative) => owner.get(relative) ?? []);
      if (near.length > 0 && !folded.has(node)) claim(choose(...near), node);
    };
    for (const [node, { inputs }] of nodes.entries()) {
      adopt(node, source.twinsOf(node), Math.min);
      adopt(
        node,
        inputs.flatMap((tensor) => source.producerOf(tensor) ?? []),
        Math.max,
      );
    }
    for (let node = nodes.length - 1; node >= 0; node--)
      adopt(
        node,
        (nodes[node]?.outputs ?? []).flatMap((tensor) => source.consumersOf(tensor)),
        Math.min,
      );
  }

  /** What the runtime put in is there for the kernel that reads it; at the end of the graph, for the one that it reads. */
  function serve(at: number): void {
    const kernel = kernels[at];
    if (!kernel || (members[at]?.size ?? 0) > 0) return;
    for (const other of [...index.followersOf(kernel), ...index.leadersOf(kernel)]) {
      const served = primaryNode([...(members[other] ?? [])], nodes);
      if (served !== undefined) {
        members[at]?.add(served);
        return;
      }
    }
  }

  const eachKernel = (work: (at: number, kernel: KernelNode) => void): void => {
    for (const at of outer) if (kernels[at]) work(at, kernels[at]);
  };

  return {
    /** Gives each kernel the nodes that its own names betray, the surest names first. */
    seed: () => {
      const eachMade = (work: (at: number, kernel: KernelNode) => void): void =>
        eachKernel((at, kernel) => {
          if (!inserted.has(at)) work(at, kernel);
        });
      eachMade((at, { outputs }) => {
        for (const name of outputs) claim(at, source.producerOf(name));
      });
      eachMade((at, { name, opType, outputs }) => {
        for (const output of outputs) claim(at, source.producerOf(source.tensorNamed(output) ?? ''));
        claim(at, source.producerOf(source.tensorBehind(name) ?? ''));
        claim(at, source.nodeNamed(name, opType));
      });
      eachMade(walkBack);
    },
    /** Extends each kernel from there: back to the tensors that it reads, forward to what it writes. */
    grow: () => eachKernel(grow),
    /** Gives away the nodes that are left, and finds nodes for the kernels that have none. */
    adoptRest: () => {
      adoptNodes();
      for (const at of outer.toReversed()) serve(at);
      for (const at of outer) serve(at);
    },
    result: (): KernelMap => ({
      source: kernels.map((_, at) => [...(members[index.rootOf(at)] ?? [])].sort((a, b) => a - b)),
      kernelOf: owner,
    }),
  };
}

/** A layout kernel that changes no tensor of the model's own: there is no such node in the source. */
function isInserted(kernel: KernelNode | undefined, source: SourceIndex): boolean {
  if (!kernel || !isLayoutOperator(kernel.opType)) return false;
  if (source.nodeNamed(kernel.name, kernel.opType) !== undefined) return false;
  const producer = source.producerOf(source.tensorNamed(kernel.outputs[0] ?? '') ?? '');
  return producer === undefined || !isLayoutOperator(source.nodes[producer]?.opType ?? '');
}
