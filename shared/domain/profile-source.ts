// A model's own graph as the mapping of kernels looks at it: who makes a tensor, who reads it, and the names behind runtime names.

export interface SourceNode {
  readonly name: string;
  readonly opType: string;
  /** Empty where an optional input is left away; initializers are among them. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Initializers that it reads. */
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Graphs that it holds in its attributes. */
  readonly subgraphs: number;
}

export interface SourceIndex {
  readonly nodes: readonly SourceNode[];
  /** Tensors that are read but neither made by a node nor weights. */
  readonly graphInputs: ReadonlySet<string>;
  producerOf(tensor: string): number | undefined;
  consumersOf(tensor: string): readonly number[];
  /** The node depends on no input of the graph. */
  isConstant(node: number): boolean;
  /** Other nodes of the same operator on the same data; they may differ in constants and attributes. */
  twinsOf(node: number): readonly number[];
  /** The source tensor of this name, or of the one that the runtime made this name of. */
  tensorNamed(name: string): string | undefined;
  /** The source tensor whose name the runtime used for a node. */
  tensorBehind(kernelName: string): string | undefined;
  /** The only source node whose name the runtime kept for a kernel, or made the kernel's name of. */
  nodeNamed(kernelName: string, opType: string): number | undefined;
}

/** What the runtime puts before the name of a tensor that it casts … */
const TENSOR_PREFIX = /^Inserted(?:PrecisionFree)?Cast_/;
/** … after a tensor's name to name the node that it blocked for the vector units … */
const LAYOUT_SUFFIX = /_(?:nchwc|nhwc)(?:_token_\d+)?$/;
/** … and around the name of a node that it fused with others. */
const FUSED_NAME = /^fused |\/\w*Fusion\/?$|_new_reshape$|_token_\d+$/g;

export function createSourceIndex(nodes: readonly SourceNode[]): SourceIndex {
  const producers = new Map<string, number>();
  const consumers = new Map<string, number[]>();
  const byName = new Map<string, number | null>();
  for (const [index, node] of nodes.entries()) {
    for (const tensor of node.outputs) if (tensor !== '') producers.set(tensor, index);
    for (const tensor of new Set(node.inputs)) {
      const list = consumers.get(tensor);
      if (list) list.push(index);
      else if (tensor !== '') consumers.set(tensor, [index]);
    }
    if (node.name !== '') byName.set(node.name, byName.has(node.name) ? null : index);
  }
  const weights = new Set(nodes.flatMap((node) => node.weights.map(({ name }) => name)));
  const graphInputs = new Set([...consumers.keys()].filter((tensor) => !producers.has(tensor) && !weights.has(tensor)));
  const constants = findConstants(nodes, graphInputs, producers);
  const isFixed = (tensor: string): boolean => constants.has(producers.get(tensor) ?? -1) || weights.has(tensor);
  const twinKey = (node: number): string =>
    [nodes[node]?.opType, ...(nodes[node]?.inputs ?? []).map((name) => (isFixed(name) ? '' : name))].join('\n');
  const twins = Map.groupBy(nodes.keys(), twinKey);
  const exists = (tensor: string): boolean => producers.has(tensor) || consumers.has(tensor);
  const existing = (...names: string[]): string | undefined => names.find((name) => name !== '' && exists(name));

  return {
    nodes,
    graphInputs,
    producerOf: (tensor) => producers.get(tensor),
    consumersOf: (tensor) => consumers.get(tensor) ?? [],
    isConstant: (node) => constants.has(node),
    twinsOf: (node) => (twins.get(twinKey(node)) ?? []).filter((other) => other !== node),
    tensorNamed: (name) => existing(name, name.replace(TENSOR_PREFIX, '')),
    tensorBehind: (kernelName) => {
      if (!LAYOUT_SUFFIX.test(kernelName)) return undefined;
      const tensor = kernelName.replace(LAYOUT_SUFFIX, '');
      return existing(tensor, tensor.replace(TENSOR_PREFIX, ''));
    },
    nodeNamed: (kernelName, opType) => {
      const exact = byName.get(kernelName) ?? undefined;
      if (exact !== undefined) return isLayoutOperator(opType) && nodes[exact]?.opType !== opType ? undefined : exact;
      return byName.get(kernelName.replace(FUSED_NAME, '')) ?? undefined;
    },
  };
}

function findConstants(
  nodes: readonly SourceNode[],
  graphInputs: ReadonlySet<string>,
  producers: ReadonlyMap<string, number>,
): ReadonlySet<number> {
  const constants = new Set<number>();
  // Nodes stand in topological order, as ONNX demands.
  for (const [index, { opType, inputs, subgraphs }] of nodes.entries()) {
    const isFixed = inputs.every((tensor) => {
      const producer = producers.get(tensor);
      return producer === undefined ? !graphInputs.has(tensor) : constants.has(producer);
    });
    // A graph inside may read tensors that its node does not name.
    if (isFixed && subgraphs === 0 && !/^(?:Random|Multinomial|Bernoulli)/.test(opType)) constants.add(index);
  }
  return constants;
}

/** Operators that the runtime puts in to change layout, type or place, and for nothing else. */
export function isLayoutOperator(opType: string): boolean {
  return /^(?:ReorderInput|ReorderOutput|Cast|Transpose|MemcpyToHost|MemcpyFromHost)$/.test(opType);
}

/** The operator of the model that a fused or quantized one does the work of. */
export function baseOperator(opType: string): string {
  return opType
    .replace(/^(?:Fused|NhwcFused|Nhwc|QLinear|DynamicQuantize)/, '')
    .replace(/(?:Integer|IntegerToFloat)$/, '');
}
