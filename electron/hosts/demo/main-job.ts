// The main job from model to live health, on real parts, through the same calls that page and command line use.

import type { DeviceView } from '../../../shared/contract/devices.ts';
import type { RpcClient } from '../../../shared/contract/index.ts';
import { formatBytes, formatCount, formatMs } from '../../../shared/domain/quantities.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { followJob } from '../cli/follow-job.ts';
import { shortDigest } from '../cli/format.ts';
import { followRollout } from '../cli/rollout-commands.ts';
import type { Terminal } from '../cli/terminal.ts';
import type { DemoBox } from './boxes.ts';
import type { Steps } from './steps.ts';

export interface MainJob {
  readonly client: RpcClient;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly steps: Steps;
}

const BENCH_S = 3;
const PROBATION_S = 3;
const REQUESTS = 200;

/** Runs every step; the devices end up serving the bundle. */
export async function runMainJob(
  { client, terminal, signal, steps }: MainJob,
  modelPath: string,
  boxes: readonly DemoBox[],
): Promise<DeviceView[]> {
  const session = { client, terminal, signal };

  await steps.run('Import the sample model', async () => {
    const model = await client.models.import({ path: modelPath, name: 'digits' }, { signal });
    return {
      value: model,
      result: `digits:${model.version}, ${formatBytes(model.sizeBytes)}, ${formatCount(model.parameterCount)} parameters`,
    };
  });

  await steps.run('Benchmark it on this computer', async () => {
    const { jobId, runId } = await client.bench.start({ modelRefs: ['digits'], durationS: BENCH_S, noiseFloor: false });
    await followJob(session, jobId, 'Benchmark it on this computer');
    const [row] = (await client.bench.run({ id: runId })).rows;
    const result = await client.bench.get({ id: row?.resultId ?? '' });
    const median = result.latencyMs.percentiles.find(({ percentile }) => percentile === 50)?.valueMs ?? null;
    // A percentile that the samples do not carry is not stated; the reason is.
    const latency = median === null ? result.warmup.reason.replace(/\.$/, '') : `p50 ${formatMs(median)}`;
    return {
      value: result,
      result: `${latency}, ${formatCount(result.throughputPerS)} inferences/s, ${result.samples.count} samples: ${result.verdict.verdict}`,
    };
  });

  await steps.run('Build and sign a bundle', async () => {
    const key = await client.keys.init({});
    const bundle = await client.bundles.create(
      { modelRef: 'digits', name: 'digits', version: '1.0.0', latencyBudgetMs: 250, probationS: PROBATION_S },
      { signal },
    );
    return {
      value: bundle,
      result: `digits:1.0.0, ${formatBytes(bundle.sizeBytes)}, signed by ${shortDigest(key.keyId)}`,
    };
  });

  for (const box of boxes) {
    await steps.run(`Set up ${box.name}`, async (say) => {
      say('first contact');
      await client.devices.add({
        name: box.name,
        address: box.address,
        identityFile: box.identityFile,
        acceptHostKey: box.hostKeyFingerprint,
      });
      // Detached: a demo leaves no service and no crontab line behind.
      const { jobId } = await client.devices.setup({ name: box.name, startMode: 'detached' });
      await followJob(session, jobId, `Set up ${box.name}`);
      const { facts } = await client.devices.get({ name: box.name });
      return {
        value: null,
        result: `${box.address}, ${facts?.architecture ?? ''}, agent ${facts?.agent ?? 'unknown'}`,
      };
    });
  }

  await steps.run('Roll out, canary first', async () => {
    const { rolloutId } = await client.rollouts.start({
      bundleRef: 'digits:1.0.0',
      selector: boxes.map(({ name }) => name).join(','),
      soakS: 1,
    });
    const rollout = await followRollout(session, rolloutId);
    const bad = rollout.devices.find(({ state }) => state !== 'committed');
    if (bad)
      throw new AppError('ROLLOUT_FAILED', `${bad.device} is ${bad.state}: ${bad.error?.message ?? 'no reason given'}`);
    const sent = rollout.devices.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    return {
      value: rollout,
      result: `${rollout.devices.length} of ${rollout.devices.length} on digits:1.0.0, ${formatBytes(sent)} sent, golden outputs checked on each`,
    };
  });

  for (const { name } of boxes) {
    await steps.run(`Send inference requests through ${name}`, async () => {
      const report = await client.devices.sendTestRequests({ name, count: REQUESTS }, { signal });
      if (report.failed > 0)
        throw new AppError(
          'INFERENCE_UNAVAILABLE',
          `${report.failed} of ${report.sent} requests failed: ${report.firstError ?? ''}`,
        );
      return {
        value: report,
        result: `${report.succeeded} of ${report.sent} answered, median round trip ${formatMs(report.p50Ms)}`,
      };
    });
  }

  return steps.run('Read live health', async () => {
    const views = await liveViews(client, boxes, signal);
    return { value: views, result: `${views.length} of ${boxes.length} online, one sample a second` };
  });
}

/** Waits for a sample from every box that counts the requests just sent. */
async function liveViews(client: RpcClient, boxes: readonly DemoBox[], signal: AbortSignal): Promise<DeviceView[]> {
  const views = new Map<string, DeviceView>();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
  for await (const event of await client.devices.watchFleet({ perSecond: 5 }, { signal: limit })) {
    for (const view of event.devices) views.set(view.device.name, view);
    const isComplete = boxes.every(({ name }) => (views.get(name)?.sample?.inference.requestsTotal ?? 0) >= REQUESTS);
    if (isComplete) return boxes.flatMap(({ name }) => views.get(name) ?? []);
  }
  throw new AppError('DEVICE_UNREACHABLE', 'The live health of the boxes did not arrive within 30 s.');
}
