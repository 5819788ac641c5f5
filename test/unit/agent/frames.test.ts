// Frames between agent and worker survive every way in which a stream can be cut.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createFrameReader,
  decodeAnswerPayload,
  decodeInferPayload,
  encodeAnswerHead,
  encodeFrameHead,
  encodeInferHead,
  FRAME,
  FRAME_HEAD_BYTES,
  type Frame,
} from '../../../devices/agent/inference/frames.ts';

describe('createFrameReader', () => {
  it('gives the same frames for every cutting of the stream', () => {
    const frameArbitrary = fc.record({
      kind: fc.integer({ min: 0, max: 255 }),
      id: fc.nat(),
      payload: fc.uint8Array({ maxLength: 60 }),
    });
    fc.assert(
      fc.property(
        fc.array(frameArbitrary, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(
            frames.flatMap(({ kind, id, payload }) => [
              encodeFrameHead(kind, id, payload.length),
              Buffer.from(payload),
            ]),
          );
          const got: Frame[] = [];
          const push = createFrameReader((frame) => got.push({ ...frame, payload: Buffer.from(frame.payload) }));
          for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
            const size = cuts[cut % cuts.length] as number;
            push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(got.map(({ kind, id, payload }) => ({ kind, id, payload: [...payload] }))).toEqual(
            frames.map(({ kind, id, payload }) => ({ kind, id, payload: [...payload] })),
          );
        },
      ),
    );
  });

  it('refuses a length that cannot be right', () => {
    const push = createFrameReader(() => {});
    expect(() => push(Buffer.alloc(FRAME_HEAD_BYTES, 0xff))).toThrow('out of step');
  });
});

describe('infer payloads', () => {
  it.each([null, 0, 17])('carry the header length %s there and back', (headerLength) => {
    const body = Buffer.from('{"inputs":[]}xyz');
    const request = Buffer.concat([encodeInferHead(9, { headerLength, body }), body]);
    const answer = Buffer.concat([encodeAnswerHead(9, 503, { headerLength, body }), body]);
    const frames: Frame[] = [];
    createFrameReader((frame) => frames.push(frame))(Buffer.concat([request, answer]));
    expect(frames.map((frame) => frame.kind)).toEqual([FRAME.infer, FRAME.answered]);
    expect(decodeInferPayload(frames[0]?.payload as Buffer)).toEqual({ headerLength, body });
    expect(decodeAnswerPayload(frames[1]?.payload as Buffer)).toEqual({ status: 503, headerLength, body });
  });
});
