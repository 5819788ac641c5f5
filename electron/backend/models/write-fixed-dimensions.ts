// Fixes dynamic dimensions by rewriting the shapes of a model's inputs, because the runtime ignores `freeDimensionOverrides`.
// Everything else is copied byte for byte by ranges, so that a model of any size costs its copy and no memory.
import { open, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { isBatch } from '../../../devices/runtime/make-inputs.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { fileError } from '../blob-store.ts';
import { createFileWindow, type FileWindow } from './file-window.ts';
import {
  BYTES,
  encodeVarint,
  type Field,
  HEADER_BYTES,
  readField,
  readVarint,
  VARINT,
  WireFault,
} from './wire-format.ts';
import { joined, message, type Part, range, writeParts } from './wire-parts.ts';

export interface FixedSizes {
  /** By the name of the dimension (`?1`, `?2` … over all inputs where the model gives none); one that is missing stays dynamic. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Size of the dimensions that are the batch. */
  readonly batch: number;
}

export interface FixedModel {
  /** What was fixed, by name, the batch under its own. */
  readonly fixed: Readonly<Record<string, number>>;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Numbers of the fields that are followed (onnx.proto). */
const MODEL_GRAPH = 7;
const GRAPH = { initializer: 5, input: 11, sparseInitializer: 15 } as const;
const SPARSE_VALUES = 1;
const TENSOR_NAME = 8;
const VALUE_NAME = 1;
/** ValueInfoProto.type, TypeProto.tensor_type, its shape, and the shape's dimensions. */
const TO_DIMENSIONS = [2, 1, 2, 1] as const;
const DIMENSION = { value: 1, parameter: 2 } as const;

/**
 * Writes the model at `sourcePath` to the new file `targetPath` with its inputs fixed. External data is not touched: both files name it alike.
 * @throws MODEL_NOT_ONNX, FILE_NOT_FOUND, FILE_UNREADABLE, LOCAL_DISK_FULL, CANCELLED; the target is gone then.
 */
export async function writeFixedDimensions(
  sourcePath: string,
  targetPath: string,
  options: FixedSizes,
  signal?: AbortSignal,
): Promise<FixedModel> {
  const source = await open(sourcePath, 'r').catch((error: unknown) => {
    throw fileError(error, sourcePath);
  });
  try {
    const { size } = await source.stat();
    const window = createFileWindow(source, size);
    const rewritten = await rewriteInputs(window, options);
    return { fixed: rewritten.fixed, ...(await writeParts(source, targetPath, rewritten.parts, signal)) };
  } catch (error) {
    await rm(targetPath, { force: true });
    if (error instanceof WireFault)
      throw new AppError('MODEL_NOT_ONNX', `${basename(sourcePath)} is not an ONNX model: ${error.message}.`);
    throw fileError(error, targetPath);
  } finally {
    await source.close();
  }
}

async function rewriteInputs(
  window: FileWindow,
  { sizes, batch }: FixedSizes,
): Promise<{ parts: Part[]; fixed: Record<string, number> }> {
  const fixed: Record<string, number> = {};
  const defaults = await namesOfDefaults(window);
  let nameless = 0;

  async function dimension({ start, end }: Field, axis: number): Promise<Part[] | null> {
    let isDynamic = true;
    let name = '';
    const rest: Part[] = [];
    for await (const field of fieldsOf(window, start, end)) {
      if (field.number === DIMENSION.value && field.wireType === VARINT) {
        // A negative size reads as one above 2^53.
        isDynamic = readVarint(window, field.start, field.end, false).value > Number.MAX_SAFE_INTEGER;
        name = '';
      } else if (field.number === DIMENSION.parameter && field.wireType === BYTES) {
        isDynamic = true;
        name = await readText(window, field);
      } else rest.push(range(field.at, field.end));
    }
    if (!isDynamic) return null;
    if (name === '') name = `?${++nameless}`;
    const size = isBatch(name, axis) ? batch : sizes[name];
    if (size === undefined) return null;
    fixed[name] = size;
    return [Uint8Array.from([DIMENSION.value * 8 + VARINT, ...encodeVarint(size)]), ...rest];
  }

  /** Rewrites the dimensions below a message; `path`: the fields that lead to them. */
  async function below({ start, end }: Span, path: readonly number[]): Promise<Part[]> {
    const parts: Part[] = [];
    let axis = 0;
    for await (const field of fieldsOf(window, start, end)) {
      if (field.number !== path[0] || field.wireType !== BYTES) parts.push(range(field.at, field.end));
      else if (path.length > 1) parts.push(...message(field.number, await below(field, path.slice(1))));
      else {
        const changed = await dimension(field, axis++);
        parts.push(...(changed ? message(field.number, changed) : [range(field.at, field.end)]));
      }
    }
    return parts;
  }

  async function graph({ start, end }: Span): Promise<Part[]> {
    const parts: Part[] = [];
    for await (const field of fieldsOf(window, start, end)) {
      const isFed =
        field.number === GRAPH.input &&
        field.wireType === BYTES &&
        !defaults.has(await nameIn(window, field, VALUE_NAME));
      parts.push(...(isFed ? message(field.number, await below(field, TO_DIMENSIONS)) : [range(field.at, field.end)]));
    }
    return joined(parts);
  }

  const parts: Part[] = [];
  for await (const field of fieldsOf(window, 0, window.sizeBytes)) {
    const isGraph = field.number === MODEL_GRAPH && field.wireType === BYTES;
    parts.push(...(isGraph ? message(field.number, await graph(field)) : [range(field.at, field.end)]));
  }
  return { parts: joined(parts), fixed };
}

/** Names of initializers: old models list them among the inputs, and nobody feeds them. */
async function namesOfDefaults(window: FileWindow): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const top of fieldsOf(window, 0, window.sizeBytes)) {
    if (top.number !== MODEL_GRAPH || top.wireType !== BYTES) continue;
    for await (const field of fieldsOf(window, top.start, top.end)) {
      if (field.wireType !== BYTES) continue;
      if (field.number === GRAPH.initializer) names.add(await nameIn(window, field, TENSOR_NAME));
      if (field.number !== GRAPH.sparseInitializer) continue;
      for await (const part of fieldsOf(window, field.start, field.end))
        if (part.number === SPARSE_VALUES && part.wireType === BYTES)
          names.add(await nameIn(window, part, TENSOR_NAME));
    }
  }
  return names;
}

type Span = Pick<Field, 'start' | 'end'>;

/** The fields of a message in order, with the offset at which each begins. */
async function* fieldsOf(window: FileWindow, start: number, end: number): AsyncGenerator<Field & { at: number }> {
  for (let at = start; at < end; ) {
    if (!window.covers(at, HEADER_BYTES)) await window.load(at, HEADER_BYTES);
    const field = readField(window, at, end, false);
    yield { ...field, at };
    at = field.end;
  }
}

async function nameIn(window: FileWindow, { start, end }: Span, number: number): Promise<string> {
  let name = '';
  for await (const field of fieldsOf(window, start, end))
    if (field.number === number && field.wireType === BYTES) name = await readText(window, field);
  return name;
}

async function readText(window: FileWindow, { start, end }: Span): Promise<string> {
  const bytes = new Uint8Array(end - start);
  await window.read(start, bytes.length, bytes, 0);
  return Buffer.from(bytes).toString('utf8');
}
