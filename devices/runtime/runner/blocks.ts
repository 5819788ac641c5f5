// A model that is held between requests, for calls in blocks that take turns with those of other processes.
import { median } from '../../../shared/domain/statistics-order.ts';
import { type OpenModel, type OpenModelOptions, openModel } from '../bench/open-model.ts';
import { createPace, SLICE_MS } from '../bench/pace.ts';
import { createSampleStore, type SampleStore } from '../bench/sample-store.ts';
import { timeCalls } from '../bench/time-calls.ts';
import type { ModelSpec, RunnerAnswer, RunnerProgress } from './runner-protocol.ts';
import { base64OfSamples, PIECE_SAMPLES } from './wire-samples.ts';

type Answer<T extends RunnerAnswer['type']> = Extract<RunnerAnswer, { type: T }>;

/** Calls that are timed to tell how long one takes, after the first ones have warmed up. */
const TRIAL = { durationMs: 100, minCalls: 5 };

export interface HeldModel {
  opened(): Promise<Answer<'opened'>>;
  /** Calls back to back for about `durationMs`, at least `minCalls`. */
  block(durationMs: number, minCalls: number): Promise<Answer<'block'>>;
  dispose(): Promise<void>;
}

/** @throws what `openModel` throws */
export async function holdModel(
  spec: ModelSpec,
  options: OpenModelOptions,
  onProgress: (progress: RunnerProgress) => void,
): Promise<HeldModel> {
  const model: OpenModel = await openModel(spec, options);
  const pace = createPace(onProgress);
  const slice = new Float64Array(PIECE_SAMPLES);

  async function time(durationMs: number, minCalls: number): Promise<SampleStore> {
    const store = createSampleStore(PIECE_SAMPLES);
    const startMs = performance.now();
    const endMs = startMs + durationMs;
    for (;;) {
      const nowMs = performance.now();
      const sliceEndMs = nowMs < endMs ? Math.min(nowMs + SLICE_MS, endMs) : nowMs;
      store.add(slice.subarray(0, await timeCalls(model.call, slice, sliceEndMs)));
      const elapsedMs = performance.now() - startMs;
      if (elapsedMs >= durationMs && store.total >= minCalls) return store;
      await pace.turn({ step: 'measuring', elapsedMs, count: store.total });
    }
  }

  return {
    opened: async () => {
      const samples = (await time(TRIAL.durationMs, TRIAL.minCalls)).kept();
      const callMs = median(samples.subarray(samples.length >> 1));
      return { type: 'opened', coldLoadMs: model.coldLoadMs, firstRunMs: model.firstRunMs, callMs };
    },
    block: async (durationMs, minCalls) => {
      const { kept, total } = await time(durationMs, minCalls);
      return { type: 'block', medianMs: median(kept()), calls: total, samples: base64OfSamples(kept()) };
    },
    dispose: () => model.dispose(),
  };
}
