// The config blob of a bundle: CNCF ModelPack model configuration v1 (modelpack/model-spec, docs/config.md and its JSON schema).
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { canonicalJson } from './canonical-json.ts';

const PRECISIONS: Readonly<Record<string, string>> = {
  float64: 'fp64',
  float32: 'fp32',
  float16: 'fp16',
  bfloat16: 'bf16',
  int8: 'int8',
  uint8: 'uint8',
};

const SCALES = [
  [1e15, 'Q'],
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'K'],
] as const;

/**
 * Bytes of the configuration. `diffIds`: digests of the uncompressed layers in the order of the manifest; ours are stored as they
 * are, so these are the layers' own digests. No creation time, so that the same model has the same bytes.
 */
export function modelConfig(model: ModelDetail, diffIds: readonly string[]): Buffer {
  return canonicalJson({
    descriptor: { name: model.name, version: model.version },
    config: { format: 'onnx', paramSize: paramSize(model.parameterCount), precision: precision(model) },
    modelfs: { type: 'layers', diffIds },
  });
}

/** `542.1K`; undefined below a thousand, for which the specification has no letter. */
function paramSize(parameters: number): string | undefined {
  const scale = SCALES.find(([factor]) => parameters >= factor);
  return scale && `${Math.floor((parameters / scale[0]) * 10) / 10}${scale[1]}`;
}

/** Precision of the float and 8-bit weights; `mixed` where they differ. Shapes and indices in int64 say nothing about it. */
function precision(model: ModelDetail): string | undefined {
  const found = new Set(model.weights.flatMap(({ type }) => PRECISIONS[type] ?? []));
  return found.size > 1 ? 'mixed' : [...found][0];
}
