// One request of a sidecar and its answer.
import { type BenchRunOptions, runBench } from '../bench/run-bench.ts';
import { openModel } from '../bench/open-model.ts';
import { machineFingerprint } from '../machine/fingerprint.ts';
import { lookWhileIdle } from '../machine/idle.ts';
import { createNativeSession } from '../native-session.ts';
import { loadOrt } from '../ort-binding.ts';
import { runProfile } from '../profile/run-profile.ts';
import { checkFits } from '../tensor.ts';
import { type HeldModel, holdModel } from './blocks.ts';
import type { RunnerAnswer, RunnerMessage, RunnerRequest } from './runner-protocol.ts';
import { piecesOf } from './wire-samples.ts';
import { fromWireTensors, toWireTensors, type WireTensors } from './wire-tensors.ts';

export interface AnswererOptions extends Pick<BenchRunOptions, 'ortDir' | 'wrapCall'> {
  /** Resolves when the message is on its way. */
  say(message: RunnerMessage): Promise<void>;
}

type Request<K extends RunnerRequest['kind']> = Extract<RunnerRequest, { kind: K }>;

/** Answers requests one after the other; holds the model that was opened last. The function throws AppErrors. */
export function createAnswerer(options: AnswererOptions): (request: RunnerRequest) => Promise<RunnerAnswer> {
  const { ortDir, say } = options;
  const onProgress: BenchRunOptions['onProgress'] = (progress) => {
    void say({ type: 'progress', progress });
  };
  let held: HeldModel | null = null;

  function runCases(request: Request<'run'>): WireTensors[] {
    loadOrt(ortDir);
    const session = createNativeSession(request.onnxPath, { intraOpNumThreads: request.threads });
    return request.cases.map((wire) => {
      const feeds = fromWireTensors(wire);
      for (const info of session.inputs) {
        const tensor = feeds[info.name];
        if (tensor) checkFits(info, tensor);
      }
      return toWireTensors(session.run(feeds));
    });
  }

  async function probe({ spec }: Request<'probe'>): Promise<RunnerAnswer> {
    onProgress({ step: 'loading', elapsedMs: 0, count: 0 });
    const model = await openModel(spec, { ortDir });
    const shapes = Object.fromEntries(Object.entries(model.feeds).map(([name, { shape }]) => [name, shape]));
    const { dimensions, nanOutputs } = model;
    await model.dispose();
    return { type: 'probed', dimensions, inputs: [...model.inputs], shapes, nanOutputs };
  }

  async function bench(request: Request<'bench'>): Promise<RunnerAnswer> {
    const { report, samples } = await runBench(request, { ...options, onProgress });
    for (const base64 of piecesOf(samples)) await say({ type: 'samples', base64 });
    return { type: 'benched', report };
  }

  async function open({ spec }: Request<'open'>): Promise<RunnerAnswer> {
    await held?.dispose();
    held = null;
    onProgress({ step: 'loading', elapsedMs: 0, count: 0 });
    held = await holdModel(spec, options, onProgress);
    return held.opened();
  }

  return async (request) => {
    switch (request.kind) {
      case 'check':
        loadOrt(ortDir);
        createNativeSession(request.onnxPath, { intraOpNumThreads: 1 }).dispose();
        return { type: 'checked' };
      case 'run':
        return { type: 'outputs', outputs: runCases(request) };
      case 'machine':
        return { type: 'machine', fingerprint: machineFingerprint({ ortDir }) };
      case 'idle':
        return { type: 'idle', ...(await lookWhileIdle(request.durationMs)) };
      case 'probe':
        return probe(request);
      case 'bench':
        return bench(request);
      case 'open':
        return open(request);
      case 'block':
        if (held === null) throw new Error('a block was asked for before a model was opened');
        return held.block(request.durationMs, request.minCalls);
      case 'profile': {
        const profile = await runProfile(request.spec, { durationMs: request.durationMs, onProgress, ortDir });
        return { type: 'profiled', profile };
      }
    }
  };
}
