// Records of an event file as TensorBoard reads them: TFRecord framing around `Event` messages (tensorflow: core/util/event.proto,
// core/framework/summary.proto), of which only scalars and histograms are needed.
import { maskedCrc32c } from './crc32c.ts';

export interface EventHistogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  /** Upper edges, ascending, each with how many values lie in its bucket. */
  readonly buckets: readonly { readonly limit: number; readonly count: number }[];
}

export interface ScalarEvent {
  readonly wallTimeMs: number;
  readonly step: number;
  readonly tag: string;
  readonly value: number | EventHistogram;
}

/** The record that an event file begins with. */
export function versionRecord(wallTimeMs: number): Uint8Array {
  return record(Buffer.concat([double(1, wallTimeMs / 1000), text(3, 'brain.Event:2')]));
}

/** A single value under a tag. Scalars are carried as float32, as TensorBoard has it. */
export function valueRecord({ wallTimeMs, step, tag, value }: ScalarEvent): Uint8Array {
  const content = typeof value === 'number' ? float(2, value) : message(5, histogram(value));
  const summary = message(1, Buffer.concat([text(1, tag), content]));
  return record(Buffer.concat([double(1, wallTimeMs / 1000), varint(2, step), message(5, summary)]));
}

function histogram({ min, max, count, sum, sumOfSquares, buckets }: EventHistogram): Uint8Array {
  return Buffer.concat([
    double(1, min),
    double(2, max),
    double(3, count),
    double(4, sum),
    double(5, sumOfSquares),
    doubles(
      6,
      buckets.map(({ limit }) => limit),
    ),
    doubles(
      7,
      buckets.map(({ count: inBucket }) => inBucket),
    ),
  ]);
}

/** Length, its checksum, the bytes, their checksum (tensorflow: core/lib/io/record_writer.h). */
function record(bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(bytes.length));
  head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(maskedCrc32c(bytes));
  return Buffer.concat([head, bytes, tail]);
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

function key(field: number, wire: number): Buffer {
  return Buffer.from([(field << 3) | wire]);
}

function rawVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

function varint(field: number, value: number): Buffer {
  return Buffer.concat([key(field, VARINT), rawVarint(value)]);
}

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, FIXED64), bytes]);
}

function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, FIXED32), bytes]);
}

/** Packed. */
function doubles(field: number, values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeDoubleLE(value, index * 8);
  return message(field, bytes);
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}

function message(field: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([key(field, BYTES), rawVarint(bytes.length), bytes]);
}
