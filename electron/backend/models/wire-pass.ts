// A walk over the protobuf wire format of an ONNX file that leaves the large tensor data where it is: the rest is small enough to decode.
import { randomBytes } from 'node:crypto';
import type { FileWindow } from './file-window.ts';
import {
  BYTES,
  encodeHeader,
  type Field,
  HEADER_BYTES,
  MAX_FIELD,
  readField,
  VARINT,
  WireFault,
} from './wire-format.ts';

/** Where the data of one tensor lies in the file. */
export interface PayloadRange {
  /** Number of the TensorProto field: 9 raw_data, 4 float_data, 5 int32_data, 7 int64_data, 10 double_data, 11 uint64_data. */
  readonly field: number;
  readonly offset: number;
  readonly length: number;
}

export interface ReducedModel {
  /** A ModelProto in which each large payload is replaced by a marker field of its tensor. */
  readonly bytes: Uint8Array;
  readonly payloads: readonly PayloadRange[];
  /** Content of the marker: this, then the index in `payloads` as uint32. Random, so that no file can forge it. */
  readonly nonce: Uint8Array;
}

/** Payloads up to this size stay in the message. */
const SMALL_BYTES = 4096;
const MAX_DEPTH = 64;
const MAX_REDUCED_BYTES = 512 * 1024 * 1024;
/** Field of the marker: the highest there is, far from ONNX's own. */
export const MARKER_FIELD = MAX_FIELD;

type Kind = 'model' | 'training' | 'graph' | 'function' | 'node' | 'attribute' | 'sparse' | 'tensor';

/** The message fields, by number, through which tensors can be reached (onnx.proto). */
const CHILDREN: Readonly<Record<Kind, Readonly<Record<number, Kind>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
};
const PAYLOAD_FIELDS: ReadonlySet<number> = new Set([4, 5, 7, 9, 10, 11]);
/** Wire types that ModelProto's fields must have; a file that has others is no ONNX model. */
const MODEL_WIRE_TYPES: Readonly<Record<number, number>> = {
  1: VARINT,
  2: BYTES,
  3: BYTES,
  4: BYTES,
  5: VARINT,
  6: BYTES,
  7: BYTES,
  8: BYTES,
  14: BYTES,
  20: BYTES,
  25: BYTES,
  26: BYTES,
};

/** A range of the file that is copied as it is, or bytes of our own. */
type Part = { readonly offset: number; length: number } | Uint8Array;

/** @throws WireFault */
export async function reduceModel(window: FileWindow): Promise<ReducedModel> {
  const payloads: PayloadRange[] = [];
  const nonce = randomBytes(8);
  const seen = new Set<number>();

  async function reduce(kind: Kind, start: number, end: number, depth: number): Promise<Part[]> {
    if (depth > MAX_DEPTH) throw new WireFault('it is nested too deeply', false);
    const parts: Part[] = [];
    let at = start;
    while (at < end) {
      if (!window.covers(at, HEADER_BYTES)) await window.load(at, HEADER_BYTES);
      const field = readField(window, at, end, kind === 'model' && seen.has(1));
      if (kind === 'model') checkModelField(field, seen);
      const child = field.wireType === BYTES ? CHILDREN[kind][field.number] : undefined;
      const length = field.end - field.start;
      if (length > SMALL_BYTES && kind === 'tensor' && field.wireType === BYTES && PAYLOAD_FIELDS.has(field.number)) {
        parts.push(marker(nonce, payloads.length));
        payloads.push({ field: field.number, offset: field.start, length });
      } else if (child && length > SMALL_BYTES) {
        const inner = await reduce(child, field.start, field.end, depth + 1);
        parts.push(encodeHeader(field.number, totalLength(inner)), ...inner);
      } else {
        copyThrough(parts, at, field.end);
      }
      at = field.end;
    }
    return parts;
  }

  const parts = await reduce('model', 0, window.sizeBytes, 0);
  if (!seen.has(1)) throw new WireFault('it states no IR version', false);
  if (!seen.has(7)) throw new WireFault('it ends before its graph', true);
  return { bytes: await collect(window, parts), payloads, nonce };
}

function checkModelField(field: Field, seen: Set<number>): void {
  const expected = MODEL_WIRE_TYPES[field.number];
  if (expected !== undefined && expected !== field.wireType)
    throw new WireFault('its fields are not those of a model', false);
  seen.add(field.number);
}

function copyThrough(parts: Part[], start: number, end: number): void {
  const last = parts.at(-1);
  if (last && !(last instanceof Uint8Array) && last.offset + last.length === start) last.length += end - start;
  else parts.push({ offset: start, length: end - start });
}

function marker(nonce: Uint8Array, index: number): Uint8Array {
  const content = Buffer.alloc(nonce.length + 4);
  content.set(nonce);
  content.writeUInt32LE(index, nonce.length);
  return Buffer.concat([encodeHeader(MARKER_FIELD, content.length), content]);
}

function totalLength(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

async function collect(window: FileWindow, parts: readonly Part[]): Promise<Uint8Array> {
  const length = totalLength(parts);
  if (length > MAX_REDUCED_BYTES) throw new WireFault('it holds too much besides its weights', false);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (!(part instanceof Uint8Array)) await window.read(part.offset, part.length, bytes, at);
    else bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
