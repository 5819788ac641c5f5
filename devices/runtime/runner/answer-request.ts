// One request of a sidecar and its answer.
import type { TensorInfo } from '../../../shared/contract/common.ts';
import { openModel } from '../bench/open-model.ts';
import { type BenchRunOptions, runBench } from '../bench/run-bench.ts';
import { machineFingerprint } from '../machine/fingerprint.ts';
import { lookWhileIdle } from '../machine/idle.ts';
import { withSession } from '../model-session.ts';
import { runProfile } from '../profile/run-profile.ts';
import { checkFits, type Tensors } from '../tensor.ts';
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

  const plainly = (threads: number) => ({ threads, provider: 'cpu', level: 'all', ortDir }) as const;

  function check({ onnxPath }: Request<'check'>): Promise<RunnerAnswer> {
    return withSession(onnxPath, plainly(1), async (session) => {
      await session.dispose();
      return { type: 'checked' };
    });
  }

  function run({ onnxPath, threads, cases }: Request<'run'>): Promise<RunnerAnswer> {
    return withSession(onnxPath, plainly(threads), async (session) => {
      const outputs: WireTensors[] = [];
      for (const wire of cases) {
        const feeds = fromWireTensors(wire);
        checkAllFit(session.inputs, feeds);
        outputs.push(toWireTensors(await session.run(feeds)));
      }
      return { type: 'outputs', outputs };
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
        return check(request);
      case 'run':
        return run(request);
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

function checkAllFit(inputs: readonly TensorInfo[], feeds: Tensors): void {
  for (const info of inputs) {
    const tensor = feeds[info.name];
    if (tensor) checkFits(info, tensor);
  }
}
