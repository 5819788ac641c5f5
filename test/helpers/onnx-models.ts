/** Small ONNX models made by code, for what no real file shows: old and new versions, external data, odd operators. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type ModelProto,
  ModelProtoSchema,
  TensorProto_DataLocation,
} from '../../electron/backend/models/vendor/onnx_pb.ts';

/** Plain objects only: a ready message laid over another would lose its identity. */
type Plain<T> = Exclude<T, { $typeName: string } | undefined>;
type ModelInit = Plain<MessageInitShape<typeof ModelProtoSchema>>;
type GraphInit = Plain<ModelInit['graph']>;
type ValueInit = NonNullable<GraphInit['input']>[number];
type TensorInit = Plain<NonNullable<GraphInit['initializer']>[number]>;

export const FLOAT = 1;
export const INT64 = 7;

/** A tensor-typed input or output; sizes: numbers, names, or null for a nameless dynamic one. */
export function value(name: string, shape: readonly (number | string | null)[], elemType = FLOAT): ValueInit {
  const dim = shape.map((size) => {
    if (typeof size === 'number') return { value: { case: 'dimValue' as const, value: BigInt(size) } };
    return size === null ? {} : { value: { case: 'dimParam' as const, value: size } };
  });
  return { name, type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } } };
}

export function floats(name: string, values: readonly number[]): TensorInit {
  const rawData = new Uint8Array(Float32Array.from(values).buffer);
  return { name, dataType: FLOAT, dims: [BigInt(values.length)], rawData };
}

export function external(name: string, count: number, entries: Readonly<Record<string, string>>): TensorInit {
  return {
    name,
    dataType: FLOAT,
    dims: [BigInt(count)],
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, text]) => ({ key, value: text })),
  };
}

/** y = x + w for x of shape [n]; `changes` are laid over it. */
export function addModel(weights: TensorInit, changes: ModelInit = {}, graph: GraphInit = {}): ModelProto {
  const size = Number(weights.dims?.[0] ?? 1n);
  return create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: 'test',
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name: 'add',
      node: [{ opType: 'Add', input: ['x', weights.name ?? 'w'], output: ['y'], name: 'add' }],
      input: [value('x', [size])],
      output: [value('y', [size])],
      initializer: [weights],
      ...graph,
    },
    ...changes,
  });
}

export function modelBytes(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}
