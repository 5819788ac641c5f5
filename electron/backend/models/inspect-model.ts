// What a model looks like from outside: its inputs, outputs, operators, operator sets and weights, read from its structure alone.
import type { TensorInfo } from '../../../shared/contract/common.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { TENSOR_TYPES } from '../../../shared/domain/tensor-type.ts';
import type { OnnxFile } from './onnx-file.ts';
import type { GraphProto, ModelProto, TensorProto, TensorShapeProto, ValueInfoProto } from './vendor/onnx_pb.ts';
import { allNodes, allTensors } from './walk-model.ts';

/** What the file itself says; name, version, digests and sizes belong to the registry. */
export type ModelFacts = Omit<ModelDetail, 'name' | 'version' | 'digest' | 'sizeBytes' | 'importedAtMs' | 'files'>;

/** Counts, types and shapes of an open model. Nodes, operators and weights include subgraphs and the model's own functions. */
export function inspectModel(file: OnnxFile): ModelFacts {
  const { model } = file;
  const nodes = allNodes(model);
  const weights = weightsByType(file);
  const nextName = dimensionNamer();
  return {
    irVersion: Number(model.irVersion),
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    graphName: model.graph?.name ?? '',
    inputs: graphInputs(model.graph).map((value) => tensorInfo(value, nextName)),
    outputs: (model.graph?.output ?? []).map((value) => tensorInfo(value, nextName)),
    opsets: opsets(model),
    nodeCount: nodes.length,
    operators: countOperators(nodes.map((node) => ({ domain: domainName(node.domain), opType: node.opType }))),
    parameterCount: weights.filter(({ type }) => !isBookkeeping(type)).reduce((sum, { elements }) => sum + elements, 0),
    weights,
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
  };
}

/** The default domain by its full name; ONNX writes it as the empty string too. */
export function domainName(domain: string): string {
  return domain === '' ? 'ai.onnx' : domain;
}

/** Operator sets of the model, the default one first. */
function opsets(model: ModelProto): { domain: string; version: number }[] {
  return model.opsetImport
    .map(({ domain, version }) => ({ domain: domainName(domain), version: Number(version) }))
    .sort(
      (a, b) => Number(b.domain === 'ai.onnx') - Number(a.domain === 'ai.onnx') || a.domain.localeCompare(b.domain),
    );
}

/** Old models (IR before 4) list their initializers among the inputs; in newer ones such an input is a default that nobody feeds. */
function graphInputs(graph: GraphProto | undefined): ValueInfoProto[] {
  const fixed = new Set(graph?.initializer.map(({ name }) => name));
  for (const sparse of graph?.sparseInitializer ?? []) if (sparse.values) fixed.add(sparse.values.name);
  return (graph?.input ?? []).filter(({ name }) => !fixed.has(name));
}

function tensorInfo(value: ValueInfoProto, nextName: () => string): TensorInfo {
  const kind = value.type?.value;
  if (kind?.case === 'tensorType' || kind?.case === 'sparseTensorType') {
    return { name: value.name, type: typeName(kind.value.elemType), shape: shapeOf(kind.value.shape, nextName) };
  }
  const type = kind?.case === undefined ? 'unknown' : kind.case.replace(/Type$/, '');
  return { name: value.name, type, shape: null };
}

function shapeOf(shape: TensorShapeProto | undefined, nextName: () => string): (number | string)[] | null {
  if (!shape) return null;
  return shape.dim.map(({ value }) => {
    if (value.case === 'dimValue' && value.value >= 0n) return Number(value.value);
    return (value.case === 'dimParam' && value.value) || nextName();
  });
}

/** Names dynamic dimensions that have none: `?1`, `?2` … over the whole model, because each may differ from the others. */
function dimensionNamer(): () => string {
  let count = 0;
  return () => `?${++count}`;
}

function typeName(type: number): string {
  return (TENSOR_TYPES as Readonly<Record<number, string>>)[type] ?? `type ${type}`;
}

function countOperators(operators: readonly { domain: string; opType: string }[]): ModelDetail['operators'] {
  const counts = new Map<string, { domain: string; opType: string; count: number }>();
  for (const operator of operators) {
    const key = `${operator.domain}\n${operator.opType}`;
    const entry = counts.get(key) ?? { ...operator, count: 0 };
    entry.count += 1;
    counts.set(key, entry);
  }
  return [...counts.values()].sort(
    (a, b) => b.count - a.count || a.domain.localeCompare(b.domain) || a.opType.localeCompare(b.opType),
  );
}

/** Initializers, and tensors of attributes that are too large to be mere settings: some exporters keep weights in Constant nodes. */
function weightsByType(file: OnnxFile): ModelDetail['weights'] {
  const weights = new Map<string, { elements: number; sizeBytes: number }>();
  for (const { tensor, role } of allTensors(file.model)) {
    if (role === 'attribute' && file.payloadOf(tensor) === null && tensor.externalData.length === 0) continue;
    const elements = elementCount(tensor);
    const entry = weights.get(typeName(tensor.dataType)) ?? { elements: 0, sizeBytes: 0 };
    entry.elements += elements;
    entry.sizeBytes += tensorBytes(tensor);
    weights.set(typeName(tensor.dataType), entry);
  }
  return [...weights]
    .map(([type, { elements, sizeBytes }]) => ({ type, elements, sizeBytes }))
    .sort((a, b) => b.sizeBytes - a.sizeBytes || a.type.localeCompare(b.type));
}

/** Number of elements that a tensor declares; 0 for impossible sizes. */
function elementCount(tensor: TensorProto): number {
  const count = tensor.dims.reduce((product, size) => product * (size < 0n ? 0 : Number(size)), 1);
  return Number.isSafeInteger(count) ? count : 0;
}

/** Bytes that a tensor's elements take as raw data; strings by their length. */
export function tensorBytes(tensor: TensorProto): number {
  if (tensor.dataType === STRING) return tensor.stringData.reduce((sum, text) => sum + text.length, 0);
  return Math.ceil((elementCount(tensor) * (ELEMENT_BITS[tensor.dataType] ?? 0)) / 8);
}

const STRING = 8;
/** Bits per element by TensorProto.DataType (onnx.proto). */
const ELEMENT_BITS: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
  24: 8,
  25: 2,
  26: 2,
  27: 6,
  28: 6,
};

/** Shapes, indices, flags and labels are no parameters. */
function isBookkeeping(type: string): boolean {
  return type === 'int64' || type === 'bool' || type === 'string';
}
