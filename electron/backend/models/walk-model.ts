// Ways through a model's structure: its graphs with those inside attributes, its nodes with those of functions, its tensors.
import { AppError } from '../../../shared/errors/app-error.ts';
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  SparseTensorProto,
  TensorProto,
} from './vendor/onnx_pb.ts';

const MAX_DEPTH = 64;

export interface FoundTensor {
  readonly tensor: TensorProto;
  /** An initializer (sparse ones by their values), or held by an attribute, as a Constant's. */
  readonly role: 'initializer' | 'attribute';
}

/** Every node: of the main graph, of subgraphs and of the model's own functions. @throws MODEL_NOT_ONNX for absurd nesting */
export function allNodes(model: ModelProto): NodeProto[] {
  const nodes: NodeProto[] = [];
  visit(model, { node: (node) => nodes.push(node) });
  return nodes;
}

/** Every tensor that may hold data. @throws MODEL_NOT_ONNX for absurd nesting */
export function allTensors(model: ModelProto): FoundTensor[] {
  const tensors: FoundTensor[] = [];
  visit(model, { tensor: (tensor, role) => tensors.push({ tensor, role }) });
  return tensors;
}

interface Visitor {
  node?(node: NodeProto): void;
  tensor?(tensor: TensorProto, role: FoundTensor['role']): void;
}

function visit(model: ModelProto, visitor: Visitor): void {
  if (model.graph) visitGraph(model.graph, visitor, 0);
  for (const training of model.trainingInfo) {
    if (training.initialization) visitGraph(training.initialization, visitor, 0);
    if (training.algorithm) visitGraph(training.algorithm, visitor, 0);
  }
  for (const one of model.functions) {
    for (const node of one.node) visitNode(node, visitor, 0);
    for (const attribute of one.attributeProto) visitAttribute(attribute, visitor, 0);
  }
}

function visitGraph(graph: GraphProto, visitor: Visitor, depth: number): void {
  if (depth > MAX_DEPTH) {
    throw new AppError('MODEL_NOT_ONNX', 'The model cannot be read: its graphs are nested more than 64 deep.');
  }
  for (const tensor of graph.initializer) visitor.tensor?.(tensor, 'initializer');
  for (const sparse of graph.sparseInitializer) visitSparse(sparse, visitor, 'initializer');
  for (const node of graph.node) visitNode(node, visitor, depth);
}

function visitNode(node: NodeProto, visitor: Visitor, depth: number): void {
  visitor.node?.(node);
  for (const attribute of node.attribute) visitAttribute(attribute, visitor, depth);
}

function visitAttribute(attribute: AttributeProto, visitor: Visitor, depth: number): void {
  if (attribute.t) visitor.tensor?.(attribute.t, 'attribute');
  for (const tensor of attribute.tensors) visitor.tensor?.(tensor, 'attribute');
  if (attribute.sparseTensor) visitSparse(attribute.sparseTensor, visitor, 'attribute');
  for (const sparse of attribute.sparseTensors) visitSparse(sparse, visitor, 'attribute');
  if (attribute.g) visitGraph(attribute.g, visitor, depth + 1);
  for (const graph of attribute.graphs) visitGraph(graph, visitor, depth + 1);
}

function visitSparse(sparse: SparseTensorProto, visitor: Visitor, role: FoundTensor['role']): void {
  if (sparse.values) visitor.tensor?.(sparse.values, role);
  if (sparse.indices) visitor.tensor?.(sparse.indices, 'attribute');
}
