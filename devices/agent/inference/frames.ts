// Frames between the agent and an inference worker: a nine-byte head (payload length, kind, request id) and raw bytes.
import { AppError } from '../../../shared/errors/app-error.ts';

/** First byte after the length. Agent to worker: below 16. */
export const FRAME = {
  /** JSON LoadRequest. */
  load: 1,
  /** `encodeInferPayload`. */
  infer: 2,
  /** JSON GoldenRequest. */
  golden: 3,
  /** JSON WorkerReady. */
  ready: 16,
  /** JSON WireError. */
  failed: 17,
  /** `encodeInferPayload`, with the HTTP status in front. */
  answered: 18,
  /** JSON GoldenReport. */
  goldenDone: 19,
} as const;

export const FRAME_HEAD_BYTES = 9;
/** Nothing legitimate is longer; a longer one means that the stream is out of step. */
const MAX_PAYLOAD_BYTES = 512 * 1024 * 1024;
const NO_HEADER_LENGTH = 0xffff_ffff;

export interface Frame {
  readonly kind: number;
  readonly id: number;
  readonly payload: Buffer;
}

/** Body of an infer request or answer; `headerLength` is the JSON part's length when binary tensors follow it, else null. */
export interface InferBody {
  readonly headerLength: number | null;
  readonly body: Buffer;
}

export function encodeFrameHead(kind: number, id: number, payloadBytes: number): Buffer {
  const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES);
  head.writeUInt32LE(payloadBytes, 0);
  head.writeUInt8(kind, 4);
  head.writeUInt32LE(id, 5);
  return head;
}

/** Head plus the four bytes in front of an infer body, so that the body itself is never copied. */
export function encodeInferHead(id: number, body: InferBody): Buffer {
  const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES + 4);
  head.writeUInt32LE(body.body.length + 4, 0);
  head.writeUInt8(FRAME.infer, 4);
  head.writeUInt32LE(id, 5);
  head.writeUInt32LE(body.headerLength ?? NO_HEADER_LENGTH, FRAME_HEAD_BYTES);
  return head;
}

export function decodeInferPayload(payload: Buffer): InferBody {
  const headerLength = payload.readUInt32LE(0);
  return { headerLength: headerLength === NO_HEADER_LENGTH ? null : headerLength, body: payload.subarray(4) };
}

/** Two bytes of HTTP status in front of an infer payload. */
export function encodeAnswerHead(id: number, status: number, body: InferBody): Buffer {
  const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES + 6);
  head.writeUInt32LE(body.body.length + 6, 0);
  head.writeUInt8(FRAME.answered, 4);
  head.writeUInt32LE(id, 5);
  head.writeUInt16LE(status, FRAME_HEAD_BYTES);
  head.writeUInt32LE(body.headerLength ?? NO_HEADER_LENGTH, FRAME_HEAD_BYTES + 2);
  return head;
}

export interface InferAnswer extends InferBody {
  readonly status: number;
}

export function decodeAnswerPayload(payload: Buffer): InferAnswer {
  return { status: payload.readUInt16LE(0), ...decodeInferPayload(payload.subarray(2)) };
}

/** @throws INTERNAL when the length cannot be right. */
export function checkedPayloadBytes(head: Buffer, at = 0): number {
  const length = head.readUInt32LE(at);
  if (length <= MAX_PAYLOAD_BYTES) return length;
  throw new AppError('INTERNAL', `The inference worker's stream is out of step: a frame of ${String(length)} bytes.`);
}

/** Takes a stream of chunks apart into frames. A payload that arrives in one chunk is a view on it, not a copy. */
export function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let buffered = 0;
  // Kept between chunks, so that a long payload is joined once and not on every chunk.
  let needed = FRAME_HEAD_BYTES;
  return (chunk) => {
    parts.push(chunk);
    buffered += chunk.length;
    while (buffered >= needed) {
      const joined: Buffer = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, buffered);
      parts = [joined];
      needed = FRAME_HEAD_BYTES + checkedPayloadBytes(joined);
      if (buffered < needed) return;
      const rest = joined.subarray(needed);
      parts = rest.length > 0 ? [rest] : [];
      buffered = rest.length;
      onFrame({
        kind: joined.readUInt8(4),
        id: joined.readUInt32LE(5),
        payload: joined.subarray(FRAME_HEAD_BYTES, needed),
      });
      needed = FRAME_HEAD_BYTES;
    }
  };
}
