// Takes an Open Inference Protocol infer request apart and checks it against the model, tensor by tensor.
import { OIP_DATATYPES } from '../../../shared/domain/tensor-type.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { isTransportable, type TensorValue, tensorFromBytes } from '../../runtime/tensor.ts';
import type { InferBody } from './frames.ts';
import { fromJsonData } from './oip-data.ts';
import { OipError, type OipModel, type TensorSpec } from './oip-model.ts';

export interface WantedOutput {
  readonly name: string;
  readonly isBinary: boolean;
}

export interface InferRequest {
  readonly id: string | null;
  readonly feeds: Readonly<Record<string, TensorValue>>;
  readonly outputs: readonly WantedOutput[];
}

type JsonObject = Readonly<Record<string, unknown>>;

function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new OipError(400, `${what} must be a JSON object.`);
}

function asArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new OipError(400, `${what} must be a JSON array.`);
}

function asString(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new OipError(400, `${what} must be a string.`);
}

function parametersOf(value: JsonObject, what: string): JsonObject {
  return value['parameters'] === undefined ? {} : asObject(value['parameters'], `The parameters of ${what}`);
}

function parseJson(bytes: Buffer): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new OipError(400, `The request is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  return asObject(parsed, 'The request');
}

/**
 * Decodes `request` for `model`. With a `headerLength`, the bytes after the JSON are the binary tensors in the order of
 * the inputs that have a `binary_data_size` parameter (KServe V2 binary tensor data extension).
 * @throws OipError 400 with one sentence about the first fault.
 */
export function decodeInferRequest(model: OipModel, request: InferBody): InferRequest {
  const headerLength = request.headerLength ?? request.body.length;
  if (headerLength > request.body.length) {
    throw new OipError(400, 'Inference-Header-Content-Length is longer than the request body.');
  }
  const json = parseJson(request.body.subarray(0, headerLength));
  const binary = { bytes: request.body.subarray(headerLength), at: 0 };
  const feeds = Object.create(null) as Record<string, TensorValue>;
  for (const entry of asArray(json['inputs'], 'inputs')) {
    const input = asObject(entry, 'Each input');
    const name = asString(input['name'], 'The name of an input');
    const spec = model.inputs.find((candidate) => candidate.name === name);
    if (spec === undefined) {
      const names = model.inputs.map((candidate) => `"${candidate.name}"`).join(', ');
      throw new OipError(400, `The model has no input "${name}"; its inputs are ${names}.`);
    }
    if (name in feeds) throw new OipError(400, `Input "${name}" is given twice.`);
    feeds[name] = decodeInput(spec, input, binary);
  }
  for (const spec of model.inputs) {
    if (!(spec.name in feeds)) throw new OipError(400, `Input "${spec.name}" is missing.`);
  }
  if (binary.at !== binary.bytes.length) {
    throw new OipError(400, `${String(binary.bytes.length - binary.at)} bytes of binary data belong to no input.`);
  }
  return {
    id: json['id'] === undefined ? null : asString(json['id'], 'id'),
    feeds,
    outputs: decodeOutputs(model, json),
  };
}

function decodeInput(spec: TensorSpec, input: JsonObject, binary: { bytes: Buffer; at: number }): TensorValue {
  const { name, type } = spec;
  if (!isTransportable(type))
    throw new OipError(400, `Input "${name}" is of type ${type}, which a request cannot carry.`);
  const datatype = asString(input['datatype'], `The datatype of input "${name}"`);
  if (datatype !== OIP_DATATYPES[type]) {
    throw new OipError(400, `Input "${name}" must be of datatype ${OIP_DATATYPES[type]}, not ${datatype}.`);
  }
  const { shape, count } = checkedShape(spec, input['shape']);
  const size = parametersOf(input, `input "${name}"`)['binary_data_size'];
  if (size === undefined) return fromJsonData(name, type, shape, count, input['data']);
  if (input['data'] !== undefined) throw new OipError(400, `Input "${name}" has both data and binary_data_size.`);
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || binary.at + size > binary.bytes.length) {
    throw new OipError(400, `The binary_data_size of input "${name}" does not fit the request body.`);
  }
  const bytes = binary.bytes.subarray(binary.at, binary.at + size);
  binary.at += size;
  try {
    return tensorFromBytes(type, shape, bytes);
  } catch (error) {
    if (error instanceof AppError)
      throw new OipError(400, `The binary data of input "${name}" is wrong: ${error.message}`);
    throw error;
  }
}

function checkedShape(spec: TensorSpec, value: unknown): { shape: readonly number[]; count: number } {
  const shape = asArray(value, `The shape of input "${spec.name}"`);
  const fits =
    (spec.shape === null || shape.length === spec.shape.length) &&
    shape.every((dimension, index) => {
      if (typeof dimension !== 'number' || !Number.isSafeInteger(dimension) || dimension < 0) return false;
      const wanted = spec.shape?.[index];
      return typeof wanted !== 'number' || wanted === dimension;
    });
  const count = fits ? (shape as readonly number[]).reduce((product, dimension) => product * dimension, 1) : 0;
  if (fits && Number.isSafeInteger(count)) return { shape: shape as readonly number[], count };
  const wanted = (spec.shape ?? []).map((dimension) => (typeof dimension === 'number' ? String(dimension) : '-1'));
  throw new OipError(400, `Input "${spec.name}" must have shape [${wanted.join(',')}], not ${JSON.stringify(value)}.`);
}

function decodeOutputs(model: OipModel, json: JsonObject): readonly WantedOutput[] {
  const isBinaryByDefault = parametersOf(json, 'the request')['binary_data_output'] === true;
  const wanted = json['outputs'] === undefined ? [] : asArray(json['outputs'], 'outputs');
  if (wanted.length === 0) return model.outputs.map(({ name }) => ({ name, isBinary: isBinaryByDefault }));
  const seen = new Set<string>();
  return wanted.map((entry) => {
    const output = asObject(entry, 'Each output');
    const name = asString(output['name'], 'The name of an output');
    if (!model.outputs.some((candidate) => candidate.name === name)) {
      const names = model.outputs.map((candidate) => `"${candidate.name}"`).join(', ');
      throw new OipError(400, `The model has no output "${name}"; its outputs are ${names}.`);
    }
    if (seen.has(name)) throw new OipError(400, `Output "${name}" is asked for twice.`);
    seen.add(name);
    const isBinary = parametersOf(output, `output "${name}"`)['binary_data'];
    return { name, isBinary: typeof isBinary === 'boolean' ? isBinary : isBinaryByDefault };
  });
}
