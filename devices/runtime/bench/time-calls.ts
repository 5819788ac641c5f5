// The timed loop. Nothing stands between the two readings of the clock but the call.
import type { ModelCall } from '../model-session.ts';

/**
 * Times calls until the clock has passed `endMs` or `samples` is full; at least one. Returns how many. performance.now() costs about
 * 64 ns a reading against 79 ns for hrtime.bigint() on the machine where both were tried, and makes no garbage.
 */
export function timeCalls(model: ModelCall, samples: Float64Array, endMs: number): number | Promise<number> {
  return model.binding === 'native' ? timeNative(model.call, samples, endMs) : timeRun(model.call, samples, endMs);
}

function timeNative(call: () => void, samples: Float64Array, endMs: number): number {
  let at = 0;
  let nowMs = 0;
  do {
    const startMs = performance.now();
    call();
    nowMs = performance.now();
    samples[at++] = nowMs - startMs;
  } while (nowMs < endMs && at < samples.length);
  return at;
}

async function timeRun(call: () => Promise<void>, samples: Float64Array, endMs: number): Promise<number> {
  let at = 0;
  let nowMs = 0;
  do {
    const startMs = performance.now();
    await call();
    nowMs = performance.now();
    samples[at++] = nowMs - startMs;
  } while (nowMs < endMs && at < samples.length);
  return at;
}

/** `count` calls in one. */
export function repeated(model: ModelCall, count: number): ModelCall {
  if (count === 1) return model;
  if (model.binding === 'native') {
    const { call } = model;
    return {
      binding: 'native',
      call: () => {
        for (let i = 0; i < count; i++) call();
      },
    };
  }
  const { call } = model;
  return {
    binding: 'run',
    call: async () => {
      for (let i = 0; i < count; i++) await call();
    },
  };
}
