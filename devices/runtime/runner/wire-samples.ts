// Raw samples as JSON carries them: float64, little-endian, milliseconds, base64, in pieces that nobody chokes on.

/** 256 KiB. */
export const PIECE_SAMPLES = 32_768;

export function base64OfSamples(samples: Float64Array): string {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64');
}

/** Pieces in order; none for no samples. */
export function* piecesOf(samples: Float64Array): Generator<string, void, undefined> {
  for (let at = 0; at < samples.length; at += PIECE_SAMPLES) {
    yield base64OfSamples(samples.subarray(at, at + PIECE_SAMPLES));
  }
}
