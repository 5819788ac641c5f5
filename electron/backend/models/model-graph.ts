// A model's main graph as a picture and the profile need it: nodes with short attributes and weights, and the tensors between them.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ModelGraph } from '../../../shared/contract/models.ts';
import type { SourceNode } from '../../../shared/domain/profile-source.ts';
import { attributeText } from './attribute-text.ts';
import { domainName } from './inspect-model.ts';
import { openOnnx } from './onnx-file.ts';
import type { GraphProto, NodeProto } from './vendor/onnx_pb.ts';

/** Nodes between two turns of the event loop. */
const CHUNK = 500;
const MAX_DEPTH = 64;

type GraphNode = ModelGraph['nodes'][number];
type GraphEdge = ModelGraph['edges'][number];

/** The main graph of a model file. @throws FILE_NOT_FOUND, FILE_UNREADABLE, MODEL_NOT_ONNX, MODEL_TRUNCATED */
export async function modelGraph(onnxPath: string): Promise<ModelGraph> {
  return (await readModelGraph(onnxPath)).graph;
}

/** The same, and its nodes with their tensors as the profile maps them. @throws as `modelGraph` */
export async function readModelGraph(onnxPath: string): Promise<{ graph: ModelGraph; source: SourceNode[] }> {
  const graph = await readGraph(onnxPath);
  const weights = weightShapes(graph);
  const source: SourceNode[] = [];
  const nodes: GraphNode[] = [];
  for (const [index, proto] of graph.node.entries()) {
    if (index % CHUNK === CHUNK - 1) await nextTurn();
    const node = sourceNode(proto, weights);
    source.push(node);
    nodes.push({
      name: proto.name,
      opType: proto.opType,
      domain: domainName(proto.domain),
      attributes: Object.fromEntries(proto.attribute.map((attribute) => [attribute.name, attributeText(attribute)])),
      weights: node.weights.map(({ name, shape }) => ({ name, shape: [...shape] })),
      subgraphs: node.subgraphs,
    });
  }
  const edges = await edgesOf(source, new Set(graph.output.map(({ name }) => name)), weights);
  return { graph: { nodes, edges }, source };
}

async function readGraph(onnxPath: string): Promise<GraphProto> {
  const { model } = await openOnnx(onnxPath);
  // The reader refuses a file without a graph.
  if (!model.graph) throw new Error('the model was opened without a graph');
  return model.graph;
}

function weightShapes(graph: GraphProto): Map<string, number[]> {
  const shapes = new Map(graph.initializer.map(({ name, dims }) => [name, dims.map(Number)]));
  for (const { values, dims } of graph.sparseInitializer) if (values) shapes.set(values.name, dims.map(Number));
  return shapes;
}

function sourceNode(proto: NodeProto, weights: ReadonlyMap<string, number[]>): SourceNode {
  const inner = subgraphsOf(proto);
  const inputs = inner.length === 0 ? proto.input : [...proto.input, ...outerTensors(inner)];
  const own = [...new Set(inputs)].flatMap((name) => {
    const shape = weights.get(name);
    return shape ? [{ name, shape }] : [];
  });
  const { name, opType, output } = proto;
  return { name, opType, inputs, outputs: output, weights: own, subgraphs: inner.length };
}

function subgraphsOf(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));
}

/** Tensors that graphs inside a node read from around it. */
function outerTensors(graphs: readonly GraphProto[], depth = 0): string[] {
  if (depth > MAX_DEPTH) return [];
  const names = new Set<string>();
  for (const graph of graphs) {
    const own = new Set([...graph.input, ...graph.initializer].map(({ name }) => name));
    for (const node of graph.node) for (const name of node.output) own.add(name);
    const read = graph.node.flatMap((node) => [...node.input, ...outerTensors(subgraphsOf(node), depth + 1)]);
    for (const name of [...read, ...graph.output.map((output) => output.name)])
      if (name !== '' && !own.has(name)) names.add(name);
  }
  return [...names];
}

async function edgesOf(
  nodes: readonly SourceNode[],
  outputs: ReadonlySet<string>,
  weights: ReadonlyMap<string, unknown>,
): Promise<GraphEdge[]> {
  const producers = new Map<string, number>();
  for (const [index, node] of nodes.entries()) for (const tensor of node.outputs) producers.set(tensor, index);
  const edges: GraphEdge[] = [];
  for (const [to, { inputs }] of nodes.entries()) {
    if (to % CHUNK === CHUNK - 1) await nextTurn();
    for (const tensor of new Set(inputs))
      if (tensor !== '' && !weights.has(tensor)) edges.push({ from: producers.get(tensor) ?? -1, to, tensor });
  }
  for (const tensor of outputs) edges.push({ from: producers.get(tensor) ?? -1, to: -1, tensor });
  return edges;
}
