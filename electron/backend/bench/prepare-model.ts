// Brings a model to a machine as it is to be measured there: dynamic dimensions fixed in a copy of the file, unless that is not wanted.
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isBatch } from '../../../devices/runtime/make-inputs.ts';
import type { ModelSpec } from '../../../devices/runtime/runner/runner-protocol.ts';
import type { RuntimeSetup } from '../../../shared/contract/bench-options.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { fileError } from '../blob-store.ts';
import { linkOrCopy } from '../models/model-folder.ts';
import { OWNED, removeLeftovers } from './leftovers.ts';
import type { BenchMachine, PlacedFile, RequestOptions } from './machine.ts';

export interface PrepareInput {
  readonly machine: BenchMachine;
  readonly detail: ModelDetail;
  /** Its ONNX file here, the external data beside it. */
  readonly onnxPath: string;
  readonly setup: RuntimeSetup;
  /** Sizes that the user gives to dynamic dimensions. */
  readonly dimensions: Readonly<Record<string, number>>;
  /** Measure the file as it is. */
  readonly isDynamic: boolean;
  readonly request: Pick<RequestOptions, 'subject' | 'silenceMs'> & { readonly signal: AbortSignal };
  readonly onSent?: ((sentBytes: number) => void) | undefined;
}

export interface PreparedModel {
  readonly spec: ModelSpec;
  /** What was fixed, or with `isDynamic` what is fed to the dimensions that are not the batch. */
  readonly dimensions: Record<string, number>;
  readonly isDynamic: boolean;
}

export interface ModelPreparer {
  /**
   * @throws MODEL_SHAPE_INVALID for sizes that the model does not take or does not have, MODEL_LOAD_FAILED, MODEL_RUN_FAILED, LOCAL_DISK_FULL,
   *   CANCELLED, and whatever the machine throws
   */
  prepare(input: PrepareInput): Promise<PreparedModel>;
  /** Removes the copies. */
  close(): Promise<void>;
}

/** Seeds of inputs are fixed, so that two runs see the same data. */
export const INPUT_SEED = 1;

interface FixedCopy {
  readonly files: PlacedFile[];
  readonly fixed: Readonly<Record<string, number>>;
}

/** For one job: what was found out once about a model holds for all its rows. */
export function createModelPreparer(dataDir: string): ModelPreparer {
  const benchFolder = join(dataDir, 'bench');
  const folder = join(benchFolder, `fixed-${randomUUID()}${OWNED}`);
  const copies = new Map<string, Promise<FixedCopy>>();
  const sizesFound = new Map<string, Promise<Readonly<Record<string, number>>>>();
  const accepted = new Map<string, Promise<boolean>>();

  /** Sizes for every dynamic dimension that is not the batch: the user's, the others found by trying on the machine. */
  async function findSizes(input: PrepareInput, spec: ModelSpec): Promise<Readonly<Record<string, number>>> {
    const { machine, detail, setup } = input;
    const { others, batches } = dynamicDimensions(detail);
    const isComplete = others.every((name) => Object.hasOwn(spec.dimensions, name));
    // With a batch that the model has not, trying makes the runtime's side say so.
    if (isComplete && (batches.length > 0 || setup.batch === 1)) return spec.dimensions;
    const key = JSON.stringify([machine.ref, spec.onnxPath, setup, spec.dimensions]);
    return once(sizesFound, key, async () => {
      const sidecar = machine.launch();
      try {
        const { dimensions } = await sidecar.request({ kind: 'probe', spec }, input.request);
        return { ...dimensions, ...spec.dimensions };
      } finally {
        await sidecar.close();
      }
    });
  }

  async function makeCopy(input: PrepareInput, sizes: Readonly<Record<string, number>>): Promise<FixedCopy> {
    // The reader of ONNX files is needed for few models.
    const { writeFixedDimensions } = await import('../models/write-fixed-dimensions.ts');
    const [model, ...external] = placedFiles(input);
    if (!model) throw new AppError('FILE_NOT_FOUND', `The model ${formatRef(input.detail)} has no files.`);
    const own = join(folder, String(copies.size));
    const target = join(own, model.path);
    try {
      await removeLeftovers(benchFolder);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      for (const { path, localPath } of external) {
        await mkdir(dirname(join(own, path)), { recursive: true, mode: 0o700 });
        await linkOrCopy(localPath, join(own, path));
      }
    } catch (error) {
      throw fileError(error, own);
    }
    const options = { sizes, batch: input.setup.batch };
    const { fixed, digest, sizeBytes } = await writeFixedDimensions(
      model.localPath,
      target,
      options,
      input.request.signal,
    );
    const rest = external.map((file) => ({ ...file, localPath: join(own, file.path) }));
    return { fixed, files: [{ ...model, localPath: target, digest, sizeBytes }, ...rest] };
  }

  /** Whether the runtime there loads the copy: a shape that it can infer may contradict one that the file states. */
  function isAccepted({ machine, request }: PrepareInput, onnxPath: string): Promise<boolean> {
    return once(accepted, JSON.stringify([machine.ref, onnxPath]), async () => {
      const sidecar = machine.launch();
      try {
        await sidecar.request({ kind: 'check', onnxPath }, request);
        return true;
      } catch (error) {
        if (error instanceof AppError && error.code === 'MODEL_LOAD_FAILED') return false;
        throw error;
      } finally {
        await sidecar.close();
      }
    });
  }

  return {
    prepare: async (input) => {
      const { machine, detail, setup, request } = input;
      checkDimensions(input);
      const onnxPath = await machine.place(placedFiles(input), request.signal, input.onSent);
      const spec: ModelSpec = { ...setup, onnxPath, seed: INPUT_SEED, dimensions: ofOthers(input) };
      const asItIs = { spec, dimensions: {}, isDynamic: false };
      const { others, batches } = dynamicDimensions(detail);
      if (others.length === 0 && batches.length === 0) return asItIs;
      const sizes = await findSizes(input, spec);
      const dynamic = { spec: { ...spec, dimensions: sizes }, dimensions: { ...sizes }, isDynamic: true };
      if (input.isDynamic) return dynamic;
      const key = JSON.stringify([detail.files, sizes, setup.batch]);
      const copy = await once(copies, key, () => makeCopy(input, sizes));
      const fixedPath = await machine.place(copy.files, request.signal, input.onSent);
      if (!(await isAccepted(input, fixedPath))) return dynamic;
      return {
        spec: { ...spec, onnxPath: fixedPath, dimensions: {} },
        dimensions: { ...copy.fixed },
        isDynamic: false,
      };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

function placedFiles({ detail, onnxPath }: PrepareInput): PlacedFile[] {
  return detail.files.map(({ path, digest, sizeBytes }, index) => ({
    ...{ path, digest, sizeBytes },
    localPath: index === 0 ? onnxPath : join(dirname(onnxPath), path),
  }));
}

/** Names by the rules with which the inputs are made. */
function dynamicDimensions({ inputs }: ModelDetail): { others: string[]; batches: string[] } {
  const others = new Set<string>();
  const batches = new Set<string>();
  for (const { shape } of inputs)
    for (const [axis, size] of (shape ?? []).entries())
      if (typeof size === 'string') (isBatch(size, axis) ? batches : others).add(size);
  return { others: [...others], batches: [...batches] };
}

/** The sizes that were given, without the batch. */
function ofOthers({ detail, dimensions }: PrepareInput): Record<string, number> {
  const { others } = dynamicDimensions(detail);
  return Object.fromEntries(Object.entries(dimensions).filter(([name]) => others.includes(name)));
}

/** The batch may be named again, as results do; it cannot be set that way. @throws MODEL_SHAPE_INVALID */
function checkDimensions({ detail, dimensions, setup }: PrepareInput): void {
  const { others, batches } = dynamicDimensions(detail);
  for (const [name, size] of Object.entries(dimensions)) {
    if (others.includes(name) || (batches.includes(name) && size === setup.batch)) continue;
    const has = others.length > 0 ? `those that can be set are ${others.join(', ')}` : 'it has none that can be set';
    const reason = batches.includes(name) ? `"${name}" is its batch, which has an option of its own` : has;
    throw new AppError(
      'MODEL_SHAPE_INVALID',
      `The dimension "${name}" of ${formatRef(detail)} cannot be set: ${reason}.`,
      { details: { dimension: name, others } },
    );
  }
}

/** True when the model can be measured with any batch. */
export function hasBatchDimension(detail: ModelDetail): boolean {
  return dynamicDimensions(detail).batches.length > 0;
}

/** What fails is tried again by the next that asks. */
function once<T>(known: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const found = known.get(key);
  if (found) return found;
  const result = work();
  known.set(key, result);
  result.catch(() => known.delete(key));
  return result;
}
