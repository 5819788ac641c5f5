// The protobuf wire format as far as ONNX files need it: headers of fields read through a window on the file, headers of our own.
import type { FileWindow } from './file-window.ts';

/** What is wrong with a file; `isCut`: it looks like a model that ends too early. */
export class WireFault extends Error {
  readonly isCut: boolean;

  constructor(reason: string, isCut: boolean) {
    super(reason);
    this.name = 'WireFault';
    this.isCut = isCut;
  }
}

export const VARINT = 0;
const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;
/** The highest field number there is. */
export const MAX_FIELD = 536870911;

/** Where a field of a message lies in the file. */
export interface Field {
  readonly number: number;
  readonly wireType: number;
  /** Where its value begins (after the length of a length-delimited one) and ends. */
  readonly start: number;
  readonly end: number;
}

/** Longest header: a tag of 5 bytes and a length or number of 10. */
export const HEADER_BYTES = 15;

/** The field whose header begins at `at`; the window must cover HEADER_BYTES from there. @throws WireFault */
export function readField(window: FileWindow, at: number, end: number, looksLikeModel: boolean): Field {
  const tag = readVarint(window, at, end, looksLikeModel);
  const number = Math.floor(tag.value / 8);
  const wireType = tag.value % 8;
  if (number < 1 || number > MAX_FIELD) throw new WireFault('it is not in protobuf format', false);
  if (wireType === VARINT)
    return { number, wireType, start: tag.next, end: readVarint(window, tag.next, end, looksLikeModel).next };
  if (wireType === BYTES) {
    const length = readVarint(window, tag.next, end, looksLikeModel);
    return { number, wireType, start: length.next, end: within(length.next + length.value, end, looksLikeModel) };
  }
  if (wireType === FIXED64)
    return { number, wireType, start: tag.next, end: within(tag.next + 8, end, looksLikeModel) };
  if (wireType === FIXED32)
    return { number, wireType, start: tag.next, end: within(tag.next + 4, end, looksLikeModel) };
  throw new WireFault('it is not in protobuf format', false);
}

/** At the top level of a file that begins like a model, running past the end means that the file was cut. */
function within(next: number, end: number, looksLikeModel: boolean): number {
  if (next <= end) return next;
  throw new WireFault(looksLikeModel ? 'it ends in the middle' : 'a length in it does not fit', looksLikeModel);
}

/** @throws WireFault */
export function readVarint(
  window: FileWindow,
  at: number,
  end: number,
  looksLikeModel: boolean,
): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    within(at + i + 1, end, looksLikeModel);
    const byte = window.bytes[at + i - window.start] ?? 0;
    value += (byte & 0x7f) * scale;
    scale *= 128;
    // Beyond 2^53 the value is inexact, and as a length too large for any file in any case.
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  throw new WireFault('it is not in protobuf format', false);
}

export function encodeVarint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

/** Tag and length of a length-delimited field. */
export function encodeHeader(field: number, length: number): Uint8Array {
  return Uint8Array.from([...encodeVarint(field * 8 + BYTES), ...encodeVarint(length)]);
}
