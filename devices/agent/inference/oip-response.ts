// Writes the answer to an Open Inference Protocol infer request, as JSON or with binary tensors after the JSON.
import { OIP_DATATYPES } from '../../../shared/domain/tensor-type.ts';
import { bytesOfTensor, type TensorValue } from '../../runtime/tensor.ts';
import type { InferBody } from './frames.ts';
import { toJsonData } from './oip-data.ts';
import { OipError, type OipModel } from './oip-model.ts';
import type { InferRequest } from './oip-request.ts';

/** `results`: the model's outputs by name. @throws OipError 500 for an output that has no wire form. */
export function encodeInferResponse(
  model: OipModel,
  request: InferRequest,
  results: Readonly<Record<string, TensorValue>>,
): InferBody {
  const binaries: Uint8Array[] = [];
  const outputs = request.outputs.map(({ name, isBinary }) => {
    const tensor = results[name];
    if (tensor === undefined) throw new OipError(500, `The model did not give its output "${name}".`);
    const head = `{"name":${JSON.stringify(name)},"shape":${JSON.stringify(tensor.shape)},"datatype":"${OIP_DATATYPES[tensor.type]}"`;
    if (!isBinary) return `${head},"data":${toJsonData(tensor)}}`;
    const bytes = bytesOfTensor(tensor);
    binaries.push(bytes);
    return `${head},"parameters":{"binary_data_size":${String(bytes.length)}}}`;
  });
  const id = request.id === null ? '' : `"id":${JSON.stringify(request.id)},`;
  const names = `"model_name":${JSON.stringify(model.name)},"model_version":${JSON.stringify(model.version)}`;
  const json = Buffer.from(`{${id}${names},"outputs":[${outputs.join(',')}]}`);
  if (binaries.length === 0) return { headerLength: null, body: json };
  return { headerLength: json.length, body: Buffer.concat([json, ...binaries]) };
}

/** The protocol's error object. */
export function encodeOipError(message: string): InferBody {
  return { headerLength: null, body: Buffer.from(JSON.stringify({ error: message })) };
}
