// The main job on real parts: sshd, agents, ONNX Runtime. First install, delta update, golden and latency refusals, worker death, rollback.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SshdBox } from '../../devices/simulator/sshd-box.ts';
import { eventually } from '../helpers/eventually.ts';
import { blankDigit, infer, inferencePort, startRequestStream } from '../helpers/request-stream.ts';
import { fixtureModel, openRoad, type Road, SAMPLE_GOLDEN, SAMPLE_MODEL } from '../helpers/road.ts';

const INFER = '/v2/models/digits/infer';

describe('the road from model to live health', () => {
  let road: Road;
  let first: SshdBox;
  let second: SshdBox;

  beforeAll(async () => {
    road = await openRoad();
    [first, second] = [await road.startBox('box-1'), await road.startBox('box-2')];
    const { client } = road;
    await client.keys.init({});
    await client.models.import({ path: SAMPLE_MODEL, name: 'digits', version: '1' });
    await client.models.import({ path: fixtureModel('digits-mobilenet-v2.onnx'), name: 'digits', version: '2' });
    await client.models.import({ path: fixtureModel('digits-mobilenet-bad.onnx'), name: 'digits', version: '3-bad' });
    await client.models.import({ path: fixtureModel('digits-mobilenet-slow.onnx'), name: 'digits', version: '4-slow' });
    const common = { name: 'digits', probationS: 1 };
    await client.bundles.create({ ...common, modelRef: 'digits:1', version: '1.0.0', goldenPath: SAMPLE_GOLDEN });
    await client.bundles.create({
      ...common,
      modelRef: 'digits:2',
      version: '2.0.0',
      goldenPath: fixtureModel('digits-mobilenet-v2.golden.npz'),
    });
    // What the good model must answer, around a damaged model.
    await client.bundles.create({ ...common, modelRef: 'digits:3-bad', version: '3.0.0', goldenPath: SAMPLE_GOLDEN });
    await client.bundles.create({
      ...common,
      modelRef: 'digits:4-slow',
      version: '4.0.0',
      goldenPath: SAMPLE_GOLDEN,
      latencyBudgetMs: 0.05,
    });
    // The same model as 1.0.0 with a tighter limit: only its small documents are new.
    await client.bundles.create({
      ...common,
      modelRef: 'digits:1',
      version: '1.0.1',
      goldenPath: SAMPLE_GOLDEN,
      latencyBudgetMs: 5000,
    });
  });
  afterAll(() => road.close());

  it('installs the kit on fresh boxes, without root and without Internet', async () => {
    await road.setUp(first);
    await road.setUp(second);
    const facts = await road.client.devices.probe({ name: 'box-1' });
    expect(facts.agent).toBe('running');
  });

  it('says in a dry run what would be sent, and touches nothing', async () => {
    const plan = await road.client.rollouts.plan({ bundleRef: 'digits:1.0.0', selector: 'all' });
    expect(plan.devices).toMatchObject([
      { device: 'box-1', isIncluded: true, isCanary: true, fromRelease: null },
      { device: 'box-2', isIncluded: true, isCanary: false },
    ]);
    expect(plan.devices[0]?.bytesToSend).toBe(plan.bundle.sizeBytes);
  });

  it('rolls the first bundle out, canary first', async () => {
    const rollout = await road.deploy('digits:1.0.0', 'all');
    expect(rollout).toMatchObject({
      state: 'done',
      devices: [
        { device: 'box-1', state: 'committed', isCanary: true },
        { device: 'box-2', state: 'committed' },
      ],
    });
    expect(rollout.devices[0]?.golden).toMatchObject({ mismatches: 0 });
    const answer = await infer(await inferencePort(first.home), INFER, blankDigit());
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({
      model_name: 'digits',
      outputs: [{ name: 'logits', shape: [1, 10] }],
    });
  });

  it('counts the requests that it sends through each box', async () => {
    const report = await road.client.devices.sendTestRequests({ name: 'box-1', count: 20 });
    expect(report).toMatchObject({ sent: 20, succeeded: 20, failed: 0, model: 'digits', version: '1' });
    for await (const event of await road.client.devices.watchFleet({ perSecond: 10 })) {
      const sample = event.devices.find(({ device }) => device.name === 'box-1')?.sample;
      if (sample && sample.inference.requestsTotal >= 20) break;
    }
  });

  it('sends only the objects that a device lacks', async () => {
    const { bundle } = await road.client.rollouts.plan({ bundleRef: 'digits:1.0.1', selector: 'box-1' });
    const rollout = await road.deploy('digits:1.0.1', 'box-1');
    expect(rollout.devices).toMatchObject([{ state: 'committed' }]);
    expect(bundle.sizeBytes).toBeGreaterThan(2_000_000);
    expect(rollout.devices[0]?.bytesSent).toBeLessThan(20_000);
  });

  it('says so when a device has the bundle already', async () => {
    expect((await road.deploy('digits:1.0.1', 'box-1')).devices).toMatchObject([{ state: 'up-to-date', bytesSent: 0 }]);
  });

  it('refuses a damaged model by the golden check while the old version answers every request', async () => {
    const stream = startRequestStream(await inferencePort(first.home), INFER, blankDigit());
    await eventually('the first answers', () => stream.answers.length > 5);
    const rollout = await road.deploy('digits:3.0.0', 'box-1');
    const answeredDuring = stream.answers.length;
    await eventually('answers afterwards', () => stream.answers.length > answeredDuring + 5);
    await stream.stop();
    expect(rollout).toMatchObject({
      state: 'halted',
      devices: [{ state: 'failed', error: { code: 'GOLDEN_MISMATCH' } }],
    });
    expect(new Set(stream.answers.map(({ status }) => status))).toEqual(new Set([200]));
    const versions = new Set(
      stream.answers.map(({ body }) => (JSON.parse(body) as { model_version: string }).model_version),
    );
    expect(versions).toEqual(new Set(['1']));
    expect(await road.client.devices.get({ name: 'box-1' })).toBeDefined();
  });

  it('refuses the same damaged bundle at once the second time', async () => {
    expect((await road.deploy('digits:3.0.0', 'box-1')).devices).toMatchObject([
      { state: 'failed', error: { code: 'RELEASE_REFUSED' } },
    ]);
  });

  it('refuses a model that is too slow on the device', async () => {
    expect((await road.deploy('digits:4.0.0', 'box-1')).devices).toMatchObject([
      { state: 'failed', error: { code: 'LATENCY_BUDGET_EXCEEDED' } },
    ]);
  });

  it('switches versions without losing a request', async () => {
    const stream = startRequestStream(await inferencePort(first.home), INFER, blankDigit(), 2);
    const rollout = await road.deploy('digits:2.0.0', 'box-1');
    await eventually(
      'answers of the new version',
      () => stream.answers.at(-1)?.body.includes('"model_version":"2"') === true,
    );
    await stream.stop();
    expect(rollout.devices).toMatchObject([{ state: 'committed' }]);
    expect(stream.answers.filter(({ status }) => status !== 200)).toEqual([]);
  });

  it('puts a device back on its previous release', async () => {
    const answer = await road.client.rollouts.rollback({ name: 'box-1' });
    expect(answer).toMatchObject({
      device: 'box-1',
      fromRelease: expect.stringMatching(/^digits-2\.0\.0-/),
      toRelease: expect.stringMatching(/^digits-1\.0\.1-/),
    });
    expect((await infer(await inferencePort(first.home), INFER, blankDigit())).body).toContain('"model_version":"1"');
  });

  it('has a killed inference worker back within 2 s and reports it', async () => {
    const { client } = road;
    const events: string[] = [];
    const workerPid = await pidOfWorker(road);
    const port = await inferencePort(first.home);
    process.kill(workerPid, 'SIGKILL');
    const killedAt = performance.now();
    const answer = await infer(port, INFER, blankDigit());
    expect(answer.status).toBe(200);
    expect(performance.now() - killedAt).toBeLessThan(2000);
    for await (const event of await client.devices.watch({ name: 'box-1' })) {
      if (event.type === 'snapshot') events.push(...event.events.map(({ kind }) => kind));
      if (event.type === 'event') events.push(event.event.kind);
      if (events.includes('worker-restarted')) break;
    }
    expect(events).toContain('worker-died');
    expect(await pidOfWorker(road)).not.toBe(workerPid);
  });

  it('goes on serving the committed release after a crash of the agent, which nobody has to start again', async () => {
    const { pid } = JSON.parse(await readFile(join(second.home, 'lineside', 'run', 'agent.json'), 'utf8')) as {
      pid: number;
    };
    process.kill(pid, 'SIGKILL');
    await eventually(
      'the model is served again',
      async () => (await infer(await inferencePort(second.home), INFER, blankDigit())).status === 200,
    );
  });

  it('counts an unreachable device apart from a failed one', async () => {
    await second.kill();
    const rollout = await road.deploy('digits:2.0.0', 'box-2', { canary: 0 });
    expect(rollout).toMatchObject({
      state: 'done',
      devices: [{ device: 'box-2', state: 'unreachable' }],
      summary: '1 unreachable of 1.',
    });
    await second.restart();
  });

  it('takes everything off a device when it is uninstalled', async () => {
    await road.client.devices.remove({ name: 'box-1', uninstall: true });
    await expect(readFile(join(first.home, 'lineside', 'layout'))).rejects.toThrow(/ENOENT/);
  });
});

async function pidOfWorker({ client }: Road): Promise<number> {
  for await (const event of await client.devices.watch({ name: 'box-1' })) {
    const pid = 'view' in event ? event.view.status?.worker.pid : null;
    if (pid && 'view' in event && event.view.status?.worker.state === 'ready') return pid;
  }
  throw new Error('the stream ended without a worker');
}
