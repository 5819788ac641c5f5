// One measured run in the calling process: opens the model, runs the scenario, states what was measured.
import type { Scenario } from '../../../shared/contract/bench-options.ts';
import type { TensorInfo } from '../../../shared/contract/common.ts';
import { takesBatch } from '../make-inputs.ts';
import type { BenchReport, ModelSpec, RunnerProgress, RunnerRequest } from '../runner/runner-protocol.ts';
import { runCamera } from '../scenarios/camera.ts';
import { runMultiStream } from '../scenarios/multi-stream.ts';
import { runOffline } from '../scenarios/offline.ts';
import type { ScenarioContext, ScenarioRun } from '../scenarios/scenario.ts';
import { runServer } from '../scenarios/server.ts';
import { runSingleStream } from '../scenarios/single-stream.ts';
import { evaluate } from './evaluate.ts';
import { createMachineWatch } from './machine-watch.ts';
import { noteMemoryBaseline, peakRssBytes } from './memory-watch.ts';
import { createNoiseWatch } from './noise-watch.ts';
import { digestOfInputs, type OpenModel, openModel } from './open-model.ts';
import { createPace } from './pace.ts';
import { createProcessWatch } from './process-watch.ts';
import { createRecorder } from './recorder.ts';
import { createStopRule } from './stop-rule.ts';

export type BenchRequest = Extract<RunnerRequest, { kind: 'bench' }>;

export interface BenchRunOptions {
  readonly ortDir?: string | undefined;
  readonly wrapCall?: ((call: () => void) => () => void) | undefined;
  readonly onProgress: (progress: RunnerProgress) => void;
}

export interface FinishedBench {
  readonly report: BenchReport;
  /** Milliseconds, in order; every `keptEvery`-th call. */
  readonly samples: Float64Array;
}

/**
 * @throws MODEL_LOAD_FAILED, MODEL_RUN_FAILED, MODEL_SHAPE_INVALID, MODEL_UNSUPPORTED_TYPE, MODEL_OUTPUT_NAN, PROVIDER_UNAVAILABLE,
 *   BENCH_OUT_OF_MEMORY
 */
export async function runBench(request: BenchRequest, options: BenchRunOptions): Promise<FinishedBench> {
  const { spec, scenario } = request;
  options.onProgress({ step: 'loading', elapsedMs: 0, count: 0 });
  const baselineBytes = noteMemoryBaseline(options.ortDir);
  const watch = createProcessWatch();
  const machine = createMachineWatch();
  const recorder = createRecorder(machine, watch);
  const noise = createNoiseWatch(watch);
  let peakBytes = 0;
  const notePeak = (): void => {
    peakBytes ||= peakRssBytes();
  };
  try {
    const model = await openModel(spec, { ...options, batchOf: batchFor(scenario, spec) });
    noise.begin();
    const pace = createPace(options.onProgress);
    const context: ScenarioContext = {
      call: model.call,
      batch: model.batch,
      seed: spec.seed,
      plan: request,
      recorder,
      pace,
      newStopRule: (leastSamples = 0) => createStopRule(request, leastSamples, notePeak),
    };
    const run = await runScenario(context, scenario);
    const noiseSeen = noise.end();
    notePeak();
    await model.dispose();
    await pace.turn({ step: 'evaluating', elapsedMs: recorder.elapsedMs, count: recorder.store.total });
    const { samplesPerS, ...stated } = evaluate(recorder, run.loop);
    const throughputPerS = samplesPerS * run.itemsPerSample;
    const report: BenchReport = {
      ...factsOf(model),
      ...stated,
      peakRssBytes: peakBytes,
      modelRssBytes: Math.max(0, peakBytes - baselineBytes - recorder.store.sizeBytes),
      totalCalls: recorder.store.total,
      keptEvery: recorder.store.keptEvery,
      noise: noiseSeen,
      outcome: run.outcome(throughputPerS),
      throughputPerS,
    };
    return { report, samples: recorder.store.kept() };
  } finally {
    machine.close();
    watch.close();
    noise.close();
  }
}

/** A query of N samples is one call where the model takes a batch of N. */
function batchFor(scenario: Scenario, { batch }: ModelSpec): (inputs: readonly TensorInfo[]) => number {
  if (scenario.kind !== 'multi-stream') return () => batch;
  const { samplesPerQuery } = scenario;
  return (inputs) => (takesBatch(inputs, samplesPerQuery) ? samplesPerQuery : batch);
}

function runScenario(context: ScenarioContext, scenario: Scenario): Promise<ScenarioRun> {
  switch (scenario.kind) {
    case 'single-stream':
      return runSingleStream(context);
    case 'multi-stream':
      return runMultiStream(context, scenario.samplesPerQuery);
    case 'server':
      return runServer(context, scenario);
    case 'offline':
      return runOffline(context);
    case 'camera':
      return runCamera(context, scenario);
  }
}

type ModelFacts = Pick<BenchReport, 'coldLoadMs' | 'firstRunMs' | 'binding' | 'inputs' | 'inputDigest' | 'nanOutputs'>;

function factsOf(model: OpenModel): ModelFacts {
  const { inputs, feeds } = model;
  return {
    coldLoadMs: model.coldLoadMs,
    firstRunMs: model.firstRunMs,
    binding: model.call.binding,
    inputs: inputs.map(({ name, type }) => ({ name, type, shape: feeds[name]?.shape ?? [] })),
    inputDigest: digestOfInputs(inputs, feeds),
    nanOutputs: model.nanOutputs,
  };
}
