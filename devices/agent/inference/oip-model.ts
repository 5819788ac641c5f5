// The served model as the Open Inference Protocol (KServe V2) describes it, and the errors that its requests end with.
import { OIP_DATATYPES } from '../../../shared/domain/tensor-type.ts';

/** A request that gets an answer of the form {"error": "..."} with this HTTP status. */
export class OipError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'OipError';
    this.status = status;
  }
}

/** One input or output as the runtime names it; a string in `shape` is a dimension that the request chooses, null any shape. */
export interface TensorSpec {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[] | null;
}

export interface OipModel {
  readonly name: string;
  readonly version: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** Body of `GET v2/models/NAME`. */
export interface OipModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly OipTensorMetadata[];
  readonly outputs: readonly OipTensorMetadata[];
}

export interface OipTensorMetadata {
  readonly name: string;
  readonly datatype: string;
  /** -1 where the request chooses. */
  readonly shape: readonly number[];
}

function tensorMetadata(spec: TensorSpec): OipTensorMetadata {
  return {
    name: spec.name,
    datatype: (OIP_DATATYPES as Readonly<Record<string, string>>)[spec.type] ?? spec.type.toUpperCase(),
    shape: (spec.shape ?? []).map((dimension) => (typeof dimension === 'number' ? dimension : -1)),
  };
}

export function modelMetadata(model: OipModel): OipModelMetadata {
  return {
    name: model.name,
    versions: [model.version],
    platform: 'onnxruntime_onnx',
    inputs: model.inputs.map(tensorMetadata),
    outputs: model.outputs.map(tensorMetadata),
  };
}
