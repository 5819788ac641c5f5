// Opens an ONNX file: decodes its structure with the generated codec and knows where the large tensors lie, without reading them.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '../../../shared/errors/app-error.ts';
import { fileError } from '../blob-store.ts';
import { decodeModel } from './decode-model.ts';
import { createFileWindow } from './file-window.ts';
import { foreignFormat } from './foreign-format.ts';
import type { ModelProto, TensorProto } from './vendor/onnx_pb.ts';
import { WireFault } from './wire-format.ts';
import { MARKER_FIELD, type PayloadRange, type ReducedModel, reduceModel } from './wire-pass.ts';

export interface OnnxFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Without the payloads that `payloadOf` knows; unknown fields are kept. */
  readonly model: ModelProto;
  /** Where the tensor's data lies in the file; null when it is in the tensor itself, in another file, or empty. */
  payloadOf(tensor: TensorProto): PayloadRange | null;
}

/**
 * Opens a model of any size in time and memory of its structure, not of its weights.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, MODEL_NOT_ONNX, MODEL_TRUNCATED
 */
export async function openOnnx(path: string): Promise<OnnxFile> {
  // Non-blocking, so that a named pipe without a writer is refused instead of waited for.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    throw fileError(error, path);
  });
  try {
    const info = await file.stat();
    if (info.isDirectory()) throw notOnnx(path, 'it is a folder; name the .onnx file in it');
    if (!info.isFile()) throw notOnnx(path, 'it is not a regular file');
    if (info.size === 0) throw notOnnx(path, 'it is empty');
    const window = createFileWindow(file, info.size);
    await window.load(0, 1);
    const foreign = foreignFormat(window.bytes);
    if (foreign !== null) throw notOnnx(path, foreign);
    const reduced = await reduceModel(window);
    const model = await decode(reduced);
    return { path, sizeBytes: info.size, model, payloadOf: (tensor) => payloadOf(tensor, reduced) };
  } catch (error) {
    if (error instanceof WireFault) throw error.isCut ? truncated(path, error.message) : notOnnx(path, error.message);
    throw fileError(error, path);
  } finally {
    await file.close();
  }
}

async function decode(reduced: ReducedModel): Promise<ModelProto> {
  let model: ModelProto;
  try {
    model = await decodeModel(reduced.bytes);
  } catch {
    throw new WireFault('its structure is damaged', false);
  }
  if (model.irVersion < 1n) throw new WireFault('it states no IR version', false);
  // Serializers write the fields in order, and the operator sets come after the graph.
  if (model.opsetImport.length === 0 && model.irVersion >= 3n)
    throw new WireFault('it ends before its operator sets', true);
  return model;
}

function payloadOf(tensor: TensorProto, { payloads, nonce }: ReducedModel): PayloadRange | null {
  for (const unknown of tensor.$unknown ?? []) {
    // The content of an unknown length-delimited field begins with its length, here one byte.
    const content = Buffer.from(unknown.data.subarray(1));
    if (unknown.no !== MARKER_FIELD || content.length !== nonce.length + 4) continue;
    if (content.subarray(0, nonce.length).equals(nonce)) return payloads[content.readUInt32LE(nonce.length)] ?? null;
  }
  return null;
}

function notOnnx(path: string, reason: string): AppError {
  return new AppError('MODEL_NOT_ONNX', `${basename(path)} is not an ONNX model: ${reason}.`, {
    details: { file: path, reason },
  });
}

function truncated(path: string, reason: string): AppError {
  return new AppError('MODEL_TRUNCATED', `${basename(path)} is incomplete: ${reason}. Copy or download it again.`, {
    details: { file: path },
  });
}
