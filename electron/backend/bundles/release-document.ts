// Makes the release document of a bundle: what it serves, what it needs from a device, and what the device checks before serving it.

import type { TensorInfo } from '../../../shared/contract/common.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import type { Release } from '../../../shared/domain/release.ts';
import { ONNXRUNTIME_VERSION } from '../../../shared/domain/versions.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { withSortedKeys } from './canonical-json.ts';
import type { GoldenVector, PackedGolden } from './golden-vectors.ts';

export interface ReleaseOptions {
  readonly toleranceAbsolute?: number | undefined;
  readonly toleranceRelative?: number | undefined;
  readonly latencyBudgetMs?: number | undefined;
  readonly probationS?: number | undefined;
  readonly architectures?: readonly string[] | undefined;
}

const ARCHITECTURES = ['x64', 'arm64'] as const;
const DEFAULT_PROBATION_S = 10;
/** Attempts at starting the new release while it is on probation, as in the state machine's design. */
const TRIES = 3;
/** A release that fails one request in twenty while it is new goes back. */
const MAX_ERROR_RATIO = 0.05;
/** The fewest runs whose p95 is not simply one of the three slowest. */
const LATENCY_RUNS = 60;
/** Newest default opset that every runtime since 1.20 knows; models beyond it ask for the version that we build with. */
const OLD_OPSET = 21;
const OLD_RUNTIME = '1.20.0';
/** A worker process with the runtime loaded and no model. */
const WORKER_BYTES = 128 * 1024 * 1024;

/**
 * Default tolerance. Other processors, thread counts and providers change float32 results in the last bits: some 1e-6 up to 1e-4 of
 * the value after a deep network; a wrong or damaged model is off by far more than one in a thousand. float16 itself
 * resolves no finer than 1e-3 of the value, so there the limit is ten times wider.
 */
const DEFAULT_TOLERANCE = 1e-3;
const DEFAULT_TOLERANCE_HALF = 1e-2;

export interface ReleaseInput {
  readonly name: string;
  readonly version: string;
  readonly model: ModelDetail;
  readonly vectors: readonly GoldenVector[];
  readonly golden: PackedGolden;
  readonly goldenDigest: string;
  readonly options: ReleaseOptions;
}

/** The release document with sorted keys; it depends on nothing but the input. @throws INPUT_INVALID */
export function buildRelease(input: ReleaseInput): Release {
  const { model, options, golden } = input;
  const isHalf = model.outputs.some((output) => output.type === 'float16');
  const tolerance = isHalf ? DEFAULT_TOLERANCE_HALF : DEFAULT_TOLERANCE;
  return withSortedKeys<Release>({
    schemaVersion: 1,
    name: input.name,
    version: input.version,
    model: {
      name: model.name,
      version: model.version,
      files: model.files.map(({ path, digest, sizeBytes }) => ({ path, digest, sizeBytes })),
      inputs: model.inputs.map((info) => tensorShape(info, input.vectors[0]?.inputs)),
      outputs: model.outputs.map((info) => tensorShape(info, input.vectors[0]?.outputs)),
    },
    requirements: {
      architectures: checkArchitectures(options.architectures ?? ARCHITECTURES),
      minAvailableMemoryBytes: memoryNeed(model),
      runtime: { name: 'onnxruntime', minVersion: runtimeNeed(model) },
    },
    golden: {
      blob: { digest: input.goldenDigest, sizeBytes: golden.bytes.byteLength },
      cases: golden.cases,
      tolerance: {
        absolute: atLeast(0, 'The absolute tolerance', options.toleranceAbsolute ?? tolerance),
        relative: atLeast(0, 'The relative tolerance', options.toleranceRelative ?? tolerance),
      },
    },
    budget: {
      latencyP95Ms:
        options.latencyBudgetMs === undefined ? null : atLeast(0.001, 'The latency budget', options.latencyBudgetMs),
      latencyRuns: LATENCY_RUNS,
    },
    probation: {
      durationMs: Math.round(atLeast(0, 'The probation time', options.probationS ?? DEFAULT_PROBATION_S) * 1000),
      maxErrorRatio: MAX_ERROR_RATIO,
      tries: TRIES,
    },
    // The device knows its cores; the golden outputs do not depend on their number beyond the tolerance.
    runtimeOptions: { intraOpNumThreads: 0 },
  });
}

/**
 * Memory that must be available on a device: a bare worker, and the model's files twice: once as they are read, once as the
 * tensors that the runtime makes of them. What a run needs on top is small beside it for all but tiny models.
 */
function memoryNeed(model: ModelDetail): number {
  return WORKER_BYTES + 2 * model.files.reduce((sum, file) => sum + file.sizeBytes, 0);
}

function runtimeNeed(model: ModelDetail): string {
  const opset = model.opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0;
  return opset <= OLD_OPSET ? OLD_RUNTIME : ONNXRUNTIME_VERSION;
}

/** A tensor of unknown rank gets the rank that its golden vectors have, every size open. */
function tensorShape(
  info: TensorInfo,
  tensors: GoldenVector['inputs'] | undefined,
): Release['model']['inputs'][number] {
  const shape = info.shape ?? tensors?.[info.name]?.shape.map((_, axis) => `?${axis}`) ?? [];
  return { name: info.name, type: info.type, shape: [...shape] };
}

function checkArchitectures(architectures: readonly string[]): string[] {
  const unknown = architectures.find((name) => !ARCHITECTURES.some((known) => known === name));
  if (architectures.length === 0 || unknown !== undefined) {
    const reason =
      unknown === undefined
        ? 'A bundle needs an architecture'
        : `"${unknown}" is not an architecture that devices have`;
    throw new AppError('INPUT_INVALID', `${reason}; name ${ARCHITECTURES.join(' or ')}, or both.`);
  }
  return [...new Set(architectures)].sort();
}

function atLeast(limit: number, what: string, value: number): number {
  if (Number.isFinite(value) && value >= limit) return value;
  throw new AppError('INPUT_INVALID', `${what} must be a number of at least ${limit}, not ${value}.`);
}
