// The raw samples of a run: all of them up to a limit, beyond it every second, fourth, eighth … one.

/** 16 MiB of float64: enough for p99.9, and evaluated within seconds. */
export const MAX_SAMPLES = 2_097_152;

export interface SampleStore {
  add(samples: Float64Array): void;
  /** A view of what is kept, in order. */
  kept(): Float64Array;
  readonly keptEvery: number;
  /** Of all that were added. */
  readonly total: number;
  /** Memory that the samples take up. */
  readonly sizeBytes: number;
  clear(): void;
}

/** Memory is reserved at once and taken up page by page, so that nothing is ever copied during a run. */
export function createSampleStore(capacity = MAX_SAMPLES): SampleStore {
  const values = new Float64Array(capacity);
  let count = 0;
  let most = 0;
  let total = 0;
  let keptEvery = 1;

  function thin(): void {
    const left = Math.ceil(count / 2);
    for (let i = 0; i < left; i++) values[i] = values[2 * i] ?? 0;
    count = left;
    keptEvery *= 2;
  }

  return {
    add: (samples) => {
      if (keptEvery === 1 && count + samples.length <= capacity) {
        values.set(samples, count);
        count += samples.length;
        total += samples.length;
      } else {
        for (const sample of samples) {
          if (count === capacity) thin();
          if (total % keptEvery === 0) values[count++] = sample;
          total += 1;
        }
      }
      most = Math.max(most, count);
    },
    kept: () => values.subarray(0, count),
    get keptEvery() {
      return keptEvery;
    },
    get total() {
      return total;
    },
    get sizeBytes() {
      return most * Float64Array.BYTES_PER_ELEMENT;
    },
    clear: () => {
      count = 0;
      total = 0;
      keptEvery = 1;
    },
  };
}
