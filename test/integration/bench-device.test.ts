// Benchmarks on a device over a real sshd, with the real agent, kit and runtime: beside a serving model, and against rollouts.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { identifyProcess } from '../../devices/agent/process-identity.ts';
import { connectSsh } from '../../devices/link/connect-ssh.ts';
import type { Connection } from '../../devices/link/connection.ts';
import type { ModelSpec } from '../../devices/runtime/runner/runner-protocol.ts';
import type { SshdBox } from '../../devices/simulator/sshd-box.ts';
import { acquireDeviceMachine } from '../../electron/backend/bench/device-machine.ts';
import type { BenchMachine, PlacedFile, Sidecar } from '../../electron/backend/bench/machine.ts';
import { type AgentClient, openAgentClient } from '../../electron/backend/fleet/agent-client.ts';
import type { BenchPriority } from '../../shared/contract/bench-options.ts';
import type { Rollout } from '../../shared/contract/rollouts.ts';
import { digestOf, REQUEST } from '../helpers/bench-desk-lab.ts';
import { eventually } from '../helpers/eventually.ts';
import { blankDigit, inferencePort, startRequestStream } from '../helpers/request-stream.ts';
import { fixtureModel, openRoad, type Road, SAMPLE_GOLDEN, SAMPLE_MODEL } from '../helpers/road.ts';
import { failureOf, sshdObstacle } from '../helpers/sshd.ts';

const INFER = '/v2/models/digits/infer';

describe.skipIf(sshdObstacle)('a benchmark on a device', () => {
  let road: Road;
  let box: SshdBox;
  const machines: BenchMachine[] = [];
  const connections: Connection[] = [];

  beforeAll(async () => {
    road = await openRoad();
    box = await road.startBox('box-1');
    const { client } = road;
    await client.keys.init({});
    await client.models.import({ path: SAMPLE_MODEL, name: 'digits', version: '1' });
    await client.models.import({ path: fixtureModel('digits-mobilenet-v2.onnx'), name: 'digits', version: '2' });
    const common = { name: 'digits' };
    await client.bundles.create({
      ...{ ...common, modelRef: 'digits:1', version: '1.0.0', goldenPath: SAMPLE_GOLDEN, probationS: 1 },
    });
    await client.bundles.create({
      ...{ ...common, modelRef: 'digits:2', version: '2.0.0', probationS: 4 },
      goldenPath: fixtureModel('digits-mobilenet-v2.golden.npz'),
    });
    await road.setUp(box);
    expect((await road.deploy('digits:1.0.0', 'all')).state).toBe('done');
  });
  afterEach(async () => {
    for (const machine of machines.splice(0)) await machine.close();
    for (const connection of connections.splice(0)) await connection.close();
  });
  afterAll(() => road.close());

  async function openAgent(): Promise<{ client: AgentClient; connection: Connection }> {
    const connection = await connectSsh({
      ...{ host: box.host, port: box.port, user: box.user },
      auth: { kind: 'key', identityFile: box.identityFile ?? '' },
      hostKeys: { file: join(road.dir, 'known_hosts'), accept: 'new' },
    });
    connections.push(connection);
    return { connection, client: await openAgentClient(connection, join(box.home, 'lineside')) };
  }

  async function acquire(priority: BenchPriority = 'normal'): Promise<BenchMachine> {
    const machine = await acquireDeviceMachine({
      ref: { kind: 'device', name: 'box-1' },
      openAgent: async () => {
        const { client } = await openAgent();
        return { client, release: () => client.close() };
      },
      priority,
      signal: new AbortController().signal,
    });
    machines.push(machine);
    return machine;
  }

  async function place(machine: BenchMachine, path: string): Promise<{ spec: ModelSpec; sentBytes: number }> {
    const bytes = await readFile(path);
    const file: PlacedFile = { path: 'net.onnx', localPath: path, digest: digestOf(bytes), sizeBytes: bytes.length };
    let sentBytes = 0;
    const onnxPath = await machine.place([file], new AbortController().signal, (sent) => {
      sentBytes = sent;
    });
    const setup = { threads: 1, batch: 1, provider: 'cpu', level: 'all', seed: 1, dimensions: {} } as const;
    return { spec: { onnxPath, ...setup }, sentBytes };
  }

  /** One measured run. `durationS` of an hour: until somebody ends it. */
  async function measure(
    sidecar: Sidecar,
    spec: ModelSpec,
    durationS: number,
    onSamples?: (bytes: Uint8Array) => void,
  ) {
    const durationMs = durationS * 1000;
    const { report } = await sidecar.request(
      {
        kind: 'bench',
        spec,
        scenario: { kind: 'single-stream' },
        ...{ minDurationMs: durationMs, maxDurationMs: durationMs, minSamples: 10, isSustained: false },
      },
      { ...REQUEST, onSamples: async (bytes) => onSamples?.(bytes) },
    );
    return report;
  }

  /** Processes of benchmarks that run on the box, as its agent has noted them down. */
  async function sidecarPids(): Promise<number[]> {
    const leases = join(box.home, 'lineside', 'bench', 'leases');
    const names = await Promise.all(
      (await readdir(leases)).map((lease) => readdir(join(leases, lease, '.pids')).catch(() => [] as string[])),
    );
    return names.flat().flatMap((name) => {
      const pid = Number(name.split('-')[0]);
      return identifyProcess(pid) === null ? [] : [pid];
    });
  }

  async function agentPid(): Promise<number> {
    return (JSON.parse(await readFile(join(box.home, 'lineside', 'run', 'agent.json'), 'utf8')) as { pid: number }).pid;
  }

  async function firstPid(): Promise<number> {
    await eventually('the process runs', async () => (await sidecarPids()).length === 1);
    return (await sidecarPids())[0] ?? -1;
  }

  it('measures with the device kit while the model goes on serving, and counts what it served', async () => {
    const stream = startRequestStream(await inferencePort(box.home), INFER, blankDigit(), 5);
    const machine = await acquire('low');
    const { spec, sentBytes } = await place(machine, fixtureModel('digits-mobilenet-v2.onnx'));
    expect(sentBytes).toBeGreaterThan(0);
    let samples = 0;
    const sidecar = machine.launch();
    const { fingerprint } = await sidecar.request({ kind: 'machine' }, REQUEST);
    expect(fingerprint.nodeVersion).toMatch(/^v?24\./);
    const report = await measure(sidecar, spec, 0.4, (bytes) => {
      samples += bytes.length / 8;
    });
    const served = await machine.servedRequests();
    await machine.close();
    await stream.stop();
    expect(report.totalCalls).toBeGreaterThan(0);
    expect(samples).toBeGreaterThanOrEqual(report.totalCalls / report.keptEvery);
    expect(report.inputs).toMatchObject([{ shape: [1, 1, 28, 28] }]);
    expect(served).toBeGreaterThan(0);
    expect(stream.answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(stream.answers.filter(({ body }) => !body.includes('"model_version":"1"'))).toEqual([]);
    expect(await sidecarPids()).toEqual([]);
  });

  it('is a row of the same table as this computer', async () => {
    const { client } = road;
    const { jobId, runId } = await client.bench.start({
      ...{ modelRefs: ['digits:2'], machines: ['local', 'box-1'], durationS: 0.2, noiseFloor: false },
    });
    expect((await road.waitForJob(jobId)).state).toBe('succeeded');
    const { rows } = await client.bench.run({ id: runId });
    expect(rows).toMatchObject([
      { machine: { kind: 'local' }, state: 'done', error: null, options: { priority: 'normal' } },
      { machine: { kind: 'device', name: 'box-1' }, state: 'done', error: null, options: { priority: 'low' } },
    ]);
    expect(await sidecarPids()).toEqual([]);
  });

  it('sends nothing of a model that the device serves already', async () => {
    const machine = await acquire();
    const { spec, sentBytes } = await place(machine, SAMPLE_MODEL);
    expect(sentBytes).toBe(0);
    const opened = await machine.launch().request({ kind: 'open', spec }, REQUEST);
    expect(opened.callMs).toBeGreaterThan(0);
  });

  it('survives a model that crashes natively, and so does the agent', async () => {
    const before = await agentPid();
    const machine = await acquire();
    const { spec } = await place(machine, SAMPLE_MODEL);
    const failure = failureOf(measure(machine.launch(), spec, 60));
    process.kill(await firstPid(), 'SIGSEGV');
    expect((await failure).code).toBe('BENCH_CRASHED');
    expect((await machine.launch().request({ kind: 'open', spec }, REQUEST)).callMs).toBeGreaterThan(0);
    expect(await agentPid()).toBe(before);
  });

  it('tells what the runtime says about a model that it does not take', async () => {
    const machine = await acquire();
    const { spec } = await place(machine, fixtureModel('README.md'));
    const failure = await failureOf(machine.launch().request({ kind: 'check', onnxPath: spec.onnxPath }, REQUEST));
    expect(failure.code).toBe('MODEL_LOAD_FAILED');
  });

  it('leaves nothing when the laptop vanishes, and the next one gets the device at once', async () => {
    const machine = await acquire();
    const { spec } = await place(machine, SAMPLE_MODEL);
    const failure = failureOf(measure(machine.launch(), spec, 60));
    const pid = await firstPid();
    await connections.at(-1)?.close();
    await failure;
    await eventually('the process is gone', () => identifyProcess(pid) === null);
    await eventually('the device is free', async () => (await acquire().catch(() => null)) !== null);
  });

  it('leaves nothing when the device loses its network in the middle', async () => {
    const machine = await acquire();
    const { spec } = await place(machine, SAMPLE_MODEL);
    const failure = failureOf(measure(machine.launch(), spec, 60));
    const pid = await firstPid();
    await box.restart();
    expect((await failure).code).toMatch(/^SSH_CONNECTION_LOST$|^AGENT_NOT_RUNNING$/);
    await eventually('the process is gone', () => identifyProcess(pid) === null);
    // The same machine goes on: it logs in anew, and the model is still there.
    expect((await machine.launch().request({ kind: 'open', spec }, REQUEST)).callMs).toBeGreaterThan(0);
  });

  it('ends with its agent, however that ends', async () => {
    const machine = await acquire();
    const { spec } = await place(machine, SAMPLE_MODEL);
    const failure = failureOf(measure(machine.launch(), spec, 60));
    const pid = await firstPid();
    process.kill(await agentPid(), 'SIGKILL');
    await failure;
    await eventually('the process is gone', () => identifyProcess(pid) === null);
    await eventually('the next agent has tidied up', async () => (await sidecarPids()).length === 0);
    await eventually('the agent is back', async () => (await acquire().catch(() => null)) !== null, 20_000);
  });

  it('that is exclusive makes a rollout wait', async () => {
    const machine = await acquire('exclusive');
    const rollout = await road.deploy('digits:2.0.0', 'box-1');
    expect(rollout.devices[0]).toMatchObject({ state: 'failed', error: { code: 'DEVICE_BUSY' } });
    expect(rollout.devices[0]?.error?.message).toMatch(/runs an exclusive benchmark on this device/);
    await machine.close();
  });

  it('is ended by a rollout that begins, which goes through, and is refused until that has ended', async () => {
    const machine = await acquire('low');
    const { spec } = await place(machine, SAMPLE_MODEL);
    const failure = failureOf(measure(machine.launch(), spec, 60));
    const pid = await firstPid();
    const stream = startRequestStream(await inferencePort(box.home), INFER, blankDigit(), 5);
    const { rolloutId } = await road.client.rollouts.start({ bundleRef: 'digits:2.0.0', selector: 'box-1', soakS: 0 });
    expect(await failure).toMatchObject({
      code: 'DEVICE_BENCH_STOPPED',
      message: expect.stringContaining('was stopped because a rollout began on box-1'),
    });
    expect(identifyProcess(pid)).toBeNull();

    const { client } = await openAgent();
    await eventually('the release is on probation', async () => (await client.status()).phase === 'probation', 30_000);
    const refused = await failureOf(acquire());
    expect(refused).toMatchObject({ code: 'DEVICE_BUSY', details: { phase: 'probation' } });
    expect(refused.message).toContain('digits 2.0.0');

    let ended: Rollout | undefined;
    for await (const rollout of await road.client.rollouts.watch({ rolloutId })) ended = rollout;
    expect(ended).toMatchObject({ state: 'done', devices: [{ state: 'committed' }] });
    await stream.stop();
    expect(stream.answers.filter(({ status }) => status !== 200)).toEqual([]);
    await (await acquire()).close();
  });

  it('is ended by a return to the previous release, too', async () => {
    const machine = await acquire();
    const { spec } = await place(machine, SAMPLE_MODEL);
    const failure = failureOf(measure(machine.launch(), spec, 60));
    await firstPid();
    await road.client.rollouts.rollback({ name: 'box-1' });
    expect((await failure).code).toBe('DEVICE_BENCH_STOPPED');
    const { client } = await openAgent();
    expect(await client.status()).toMatchObject({ phase: 'idle', serving: { version: '1.0.0' } });
  });
});
