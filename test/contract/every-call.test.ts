// Drives every call of the contract on a real backend over memory, MessagePort and WebSocket: values, streams and errors come through alike.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../electron/backend/create-backend.ts';
import { createNodePorts } from '../../electron/hosts/node-ports.ts';
import { contract, type RpcClient } from '../../shared/contract/index.ts';
import { fromRpcError } from '../../shared/contract/rpc-error.ts';
import type { ErrorCode } from '../../shared/errors/codes.ts';
import { TRANSPORTS, type Transport } from './transports.ts';

const MODEL = new URL('../fixtures/models/mnist.onnx', import.meta.url).pathname;

/** All values of a stream, up to its end or to the first that is enough. */
async function collect<T>(stream: AsyncIterable<T>, isEnough: (value: T) => boolean): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) {
    values.push(value);
    if (isEnough(value)) break;
  }
  return values;
}

async function codeOf(call: Promise<unknown>): Promise<ErrorCode> {
  return call.then(
    () => expect.unreachable('the call must fail'),
    (error: unknown) => fromRpcError(error).code,
  );
}

/** The last state of a job. */
async function ended(client: RpcClient, jobId: string) {
  const jobs = await collect(await client.jobs.watch({ jobId }), ({ state }) => state !== 'running');
  return jobs.at(-1);
}

interface Scene {
  readonly client: RpcClient;
  readonly dir: string;
}

/** One entry for each call, in an order in which each finds what it needs. */
const CALLS: ReadonlyArray<readonly [string, (scene: Scene) => Promise<void>]> = [
  [
    'system.info',
    async ({ client }) => expect(await client.system.info()).toMatchObject({ host: 'cli', architecture: process.arch }),
  ],
  [
    'system.journey',
    async ({ client }) => expect(await client.system.journey()).toMatchObject({ models: 0, devices: 0 }),
  ],
  [
    'models.import',
    async ({ client }) =>
      expect(await client.models.import({ path: MODEL, name: 'mnist' })).toMatchObject({ name: 'mnist', version: '1' }),
  ],
  [
    'models.list',
    async ({ client }) => expect((await client.models.list()).map(({ name }) => name)).toEqual(['mnist']),
  ],
  ['models.get', async ({ client }) => expect(await codeOf(client.models.get({ ref: 'nothing' }))).toBe('NOT_FOUND')],
  [
    'models.graph',
    async ({ client }) => {
      const graph = await client.models.graph({ ref: 'mnist' });
      expect(graph.nodes.map(({ opType }) => opType)).toContain('Conv');
      expect(graph.edges).toContainEqual(expect.objectContaining({ from: -1 }));
    },
  ],
  [
    'bench.start',
    async ({ client }) => {
      const { jobId, runId } = await client.bench.start({ modelRefs: ['mnist'], durationS: 0.2, noiseFloor: false });
      expect(await ended(client, jobId)).toMatchObject({
        ...{ state: 'succeeded', kind: 'bench', result: runId },
        subject: expect.stringContaining('mnist'),
      });
    },
  ],
  ['bench.runs', async ({ client }) => expect(await client.bench.runs()).toMatchObject([{ state: 'done' }])],
  ['bench.run', async ({ client }) => expect(await codeOf(client.bench.run({ id: 'nothing' }))).toBe('NOT_FOUND')],
  [
    'bench.resume',
    async ({ client }) => {
      const [run] = await client.bench.runs();
      expect(await codeOf(client.bench.resume({ runId: run?.id ?? '' }))).toBe('INPUT_INVALID');
    },
  ],
  ['bench.list', async ({ client }) => expect(await client.bench.list({})).toHaveLength(1)],
  ['bench.get', async ({ client }) => expect(await codeOf(client.bench.get({ id: 'nothing' }))).toBe('NOT_FOUND')],
  [
    'bench.export',
    async ({ client, dir }) => {
      const [first] = await client.bench.list({});
      const path = join(dir, 'result.json');
      const { sizeBytes } = await client.bench.export({ id: first?.id ?? '', format: 'json', path });
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ results: [{ id: first?.id }] });
      expect(sizeBytes).toBeGreaterThan(1000);
    },
  ],
  [
    'bench.capacity',
    async ({ client }) => {
      const [first] = await client.bench.list({});
      const asked = { id: first?.id ?? '', ratePerS: 1, limitMs: 1000 };
      expect(await client.bench.capacity(asked)).toMatchObject({ basis: 'predicted', boxes: 2, working: 1, spare: 1 });
    },
  ],
  [
    'compare.gate',
    async ({ client, dir }) => {
      const asked = { modelRef: 'mnist', durationS: 0.1 };
      // A run so short need not be steady, and then states no median to hold anything against.
      const file = JSON.parse(await readFile(join(dir, 'result.json'), 'utf8'));
      const stated = { percentile: 50, valueMs: 1, lowMs: 0.9, highMs: 1.1, signOffMs: 1.1, samplesMissing: 0 };
      file.results[0].latencyMs.percentiles = [stated];
      await writeFile(join(dir, 'baseline.json'), JSON.stringify(file));
      const { jobId } = await client.compare.gate({ ...asked, baselinePath: join(dir, 'baseline.json') });
      expect(await ended(client, jobId)).toMatchObject({ state: 'succeeded', kind: 'compare' });
      expect(await codeOf(client.compare.gate({ ...asked, baselinePath: MODEL }))).toBe('BASELINE_INVALID');
    },
  ],
  [
    'compare.start',
    async ({ client }) =>
      expect(await codeOf(client.compare.start({ a: 'mnist', candidates: ['nothing'] }))).toBe('NOT_FOUND'),
  ],
  ['compare.list', async ({ client }) => expect(await client.compare.list()).toMatchObject([{ gate: {}, aa: null }])],
  [
    'compare.get',
    async ({ client }) => {
      const [first] = await client.compare.list();
      expect(await client.compare.get({ id: first?.id ?? '' })).toEqual(first);
    },
  ],
  [
    'compare.remove',
    async ({ client }) => {
      const [first] = await client.compare.list();
      expect(await client.compare.remove({ id: first?.id ?? '' })).toEqual({ removed: first?.id });
    },
  ],
  [
    'profiles.start',
    async ({ client }) => {
      const { jobId } = await client.profiles.start({ modelRef: 'mnist', durationS: 0.1 });
      expect(await ended(client, jobId)).toMatchObject({ state: 'succeeded', kind: 'profile' });
    },
  ],
  [
    'profiles.list',
    async ({ client }) => expect(await client.profiles.list()).toMatchObject([{ model: { name: 'mnist' } }]),
  ],
  [
    'profiles.get',
    async ({ client }) => {
      const [first] = await client.profiles.list();
      expect((await client.profiles.get({ id: first?.id ?? '' })).nodes.length).toBeGreaterThan(5);
    },
  ],
  [
    'profiles.regions',
    async ({ client }) => {
      const id = (await client.profiles.list())[0]?.id ?? '';
      const regions = await client.profiles.regions({ a: id, b: id });
      expect(regions.every(({ kind }) => kind === 'same')).toBe(true);
    },
  ],
  [
    'profiles.remove',
    async ({ client }) => expect(await codeOf(client.profiles.remove({ id: 'nothing' }))).toBe('NOT_FOUND'),
  ],
  [
    'bench.remove',
    async ({ client }) => expect(await codeOf(client.bench.remove({ id: 'nothing' }))).toBe('NOT_FOUND'),
  ],
  [
    'bench.removeRun',
    async ({ client }) => {
      const [run] = await client.bench.runs();
      expect(await client.bench.removeRun({ id: run?.id ?? '' })).toEqual({ removed: run?.id });
      expect(await client.bench.list({})).toEqual([]);
    },
  ],
  [
    'jobs.list',
    async ({ client }) =>
      expect((await client.jobs.list()).map(({ kind }) => kind)).toEqual(['profile', 'compare', 'bench']),
  ],
  [
    'jobs.watch',
    async ({ client }) =>
      expect(await codeOf(client.jobs.watch({ jobId: 'nothing' }).then((stream) => collect(stream, () => true)))).toBe(
        'NOT_FOUND',
      ),
  ],
  [
    'jobs.cancel',
    async ({ client }) => expect(await codeOf(client.jobs.cancel({ jobId: 'nothing' }))).toBe('NOT_FOUND'),
  ],
  [
    'keys.init',
    async ({ client }) =>
      expect(await client.keys.init({})).toMatchObject({ name: 'default', algorithm: 'ecdsa-p256-sha256' }),
  ],
  ['keys.list', async ({ client }) => expect(await client.keys.list()).toHaveLength(1)],
  [
    'bundles.create',
    async ({ client }) =>
      expect(
        await client.bundles.create({ modelRef: 'mnist', name: 'reader', version: '1.0.0', probationS: 1 }),
      ).toMatchObject({ name: 'reader', goldenCases: 4 }),
  ],
  ['bundles.list', async ({ client }) => expect(await client.bundles.list()).toHaveLength(1)],
  [
    'bundles.get',
    async ({ client }) =>
      expect(await client.bundles.get({ ref: 'reader' })).toMatchObject({ version: '1.0.0', model: { name: 'mnist' } }),
  ],
  [
    'bundles.verify',
    async ({ client }) =>
      expect((await client.bundles.verify({ ref: 'reader' })).signedBy).toMatchObject([
        { name: 'default', isTrusted: true },
      ]),
  ],
  [
    'bundles.export',
    async ({ client, dir }) =>
      expect((await client.bundles.export({ ref: 'reader', path: join(dir, 'reader.tar') })).sizeBytes).toBeGreaterThan(
        26_000,
      ),
  ],
  [
    'bundles.import',
    async ({ client, dir }) => {
      await writeFile(join(dir, 'not-a.tar'), 'hello');
      expect(await codeOf(client.bundles.import({ path: join(dir, 'not-a.tar') }))).toBe('BUNDLE_MALFORMED');
      expect(await client.bundles.import({ path: join(dir, 'reader.tar') })).toMatchObject({ name: 'reader' });
    },
  ],
  [
    'bundles.exportFiles',
    async ({ client, dir }) =>
      expect(await client.bundles.exportFiles({ ref: 'reader', path: join(dir, 'files') })).toMatchObject({
        files: 3,
        signaturePath: join(dir, 'files/model.sig'),
      }),
  ],
  [
    'bundles.verifyFiles',
    async ({ client, dir }) => {
      const input = { path: join(dir, 'files'), signaturePath: join(dir, 'files/model.sig') };
      expect(await client.bundles.verifyFiles(input)).toMatchObject({ files: 3, signedBy: { name: 'default' } });
    },
  ],
  [
    'bundles.push',
    async ({ client }) => {
      const call = client.bundles.push({ ref: 'reader', reference: 'oci://127.0.0.1:1/reader' });
      expect(await codeOf(call.then((stream) => collect(stream, () => false)))).toBe('REGISTRY_UNREACHABLE');
    },
  ],
  [
    'bundles.pull',
    async ({ client }) => {
      const call = client.bundles.pull({ reference: 'oci://127.0.0.1:1/reader:1' });
      expect(await codeOf(call.then((stream) => collect(stream, () => false)))).toBe('REGISTRY_UNREACHABLE');
    },
  ],
  [
    'bundles.pullModel',
    async ({ client }) => {
      const call = client.bundles.pullModel({ reference: 'reader:1', name: 'reader' });
      expect(await codeOf(call.then((stream) => collect(stream, () => false)))).toBe('INPUT_INVALID');
    },
  ],
  ['models.remove', async ({ client }) => expect(await codeOf(client.models.remove({ ref: 'mnist' }))).toBe('IN_USE')],
  [
    'devices.add',
    async ({ client }) =>
      expect(await client.devices.add({ name: 'here', address: 'local' })).toMatchObject({
        connection: 'agent-missing',
      }),
  ],
  [
    'devices.list',
    async ({ client }) => expect((await client.devices.list()).map(({ device }) => device.name)).toEqual(['here']),
  ],
  [
    'devices.get',
    async ({ client }) =>
      expect(await client.devices.get({ name: 'here' })).toMatchObject({ facts: { agent: 'absent' } }),
  ],
  [
    'devices.unlock',
    async ({ client }) =>
      expect(await codeOf(client.devices.unlock({ name: 'nobody', password: 'x' }))).toBe('NOT_FOUND'),
  ],
  [
    'devices.probe',
    async ({ client }) =>
      expect(await client.devices.probe({ name: 'here' })).toMatchObject({
        architecture: process.arch,
        agent: 'absent',
      }),
  ],
  [
    'devices.forgetHostKey',
    async ({ client }) => {
      expect(await client.devices.forgetHostKey({ name: 'here' })).toEqual({ forgottenLines: 0 });
      expect(await codeOf(client.devices.forgetHostKey({ name: 'nobody' }))).toBe('NOT_FOUND');
    },
  ],
  [
    'devices.planImport',
    async ({ client, dir }) => {
      const path = join(dir, 'boxes.csv');
      await writeFile(path, 'name,address\npress-01,eng@10.0.0.1\nNo name,10.0.0.2\n');
      const { entries } = await client.devices.planImport({ path, labels: { site: 'a' } });
      expect(entries.map(({ name, state, line }) => [name, state, line])).toEqual([
        ['press-01', 'new', 2],
        ['No name', 'refused', 3],
      ]);
      expect(await codeOf(client.devices.planImport({ path: join(dir, 'no.csv') }))).toBe('FILE_NOT_FOUND');
    },
  ],
  [
    'devices.import',
    async ({ client, dir }) => {
      const path = join(dir, 'boxes.csv');
      expect(await codeOf(client.devices.import({ path, planId: 'another' }))).toBe('INPUT_INVALID');
      expect(await client.devices.import({ path, match: 'press-*' })).toMatchObject({
        added: ['press-01'],
        updated: [],
      });
      expect(await client.devices.get({ name: 'press-01' })).toMatchObject({
        ...{ connection: 'unknown', facts: null },
        problem: { code: 'HOST_KEY_UNKNOWN' },
      });
    },
  ],
  [
    'devices.export',
    async ({ client, dir }) => {
      const path = join(dir, 'config');
      expect(await client.devices.export({ path })).toMatchObject({ path, devices: 1 });
      expect(await readFile(path, 'utf8')).toContain('Host press-01\n  HostName 10.0.0.1\n  User eng\n');
      await client.devices.remove({ name: 'press-01' });
    },
  ],
  [
    'devices.inventory',
    async ({ client }) => expect(await codeOf(client.devices.inventory({ name: 'here' }))).toBe('AGENT_NOT_INSTALLED'),
  ],
  [
    'devices.setup',
    async ({ client }) => expect(await codeOf(client.devices.setup({ name: 'nobody' }))).toBe('NOT_FOUND'),
  ],
  [
    'devices.sendTestRequests',
    async ({ client }) =>
      expect(await codeOf(client.devices.sendTestRequests({ name: 'here', count: 1 }))).toBe('AGENT_NOT_INSTALLED'),
  ],
  [
    'devices.watchFleet',
    async ({ client }) => {
      const [first] = await collect(await client.devices.watchFleet({}), () => true);
      expect(first).toMatchObject({ type: 'snapshot', devices: [{ device: { name: 'here' } }] });
    },
  ],
  [
    'devices.watch',
    async ({ client }) => {
      const [first] = await collect(await client.devices.watch({ name: 'here' }), () => true);
      expect(first).toMatchObject({ type: 'snapshot', samples: [], view: { device: { name: 'here' } } });
    },
  ],
  [
    'rollouts.plan',
    async ({ client }) => {
      const plan = await client.rollouts.plan({ bundleRef: 'reader', selector: 'all' });
      expect(plan.devices).toMatchObject([
        { device: 'here', isIncluded: false, note: expect.stringContaining('not installed') },
      ]);
    },
  ],
  [
    'rollouts.start',
    async ({ client }) => {
      const { rolloutId } = await client.rollouts.start({ bundleRef: 'reader', selector: 'here' });
      const states = await collect(await client.rollouts.watch({ rolloutId }), () => false);
      expect(states.at(-1)).toMatchObject({
        state: 'done',
        devices: [{ device: 'here', state: 'excluded', error: { code: 'AGENT_NOT_INSTALLED' } }],
      });
    },
  ],
  ['rollouts.list', async ({ client }) => expect(await client.rollouts.list()).toHaveLength(1)],
  [
    'rollouts.get',
    async ({ client }) => expect(await codeOf(client.rollouts.get({ rolloutId: 'nothing' }))).toBe('NOT_FOUND'),
  ],
  [
    'rollouts.watch',
    async ({ client }) =>
      expect(
        await codeOf(client.rollouts.watch({ rolloutId: 'nothing' }).then((stream) => collect(stream, () => true))),
      ).toBe('NOT_FOUND'),
  ],
  [
    'rollouts.abort',
    async ({ client }) => {
      const [rollout] = await client.rollouts.list();
      expect(await codeOf(client.rollouts.abort({ rolloutId: rollout?.id ?? '' }))).toBe('INPUT_INVALID');
    },
  ],
  [
    'rollouts.rollback',
    async ({ client }) => expect(await codeOf(client.rollouts.rollback({ name: 'nobody' }))).toBe('NOT_FOUND'),
  ],
  [
    'devices.remove',
    async ({ client }) =>
      expect(await client.devices.remove({ name: 'here' })).toEqual({ removed: 'here', uninstalled: false }),
  ],
  [
    'bundles.remove',
    async ({ client }) =>
      expect(await client.bundles.remove({ ref: 'reader' })).toMatchObject({ removed: 'reader:1.0.0' }),
  ],
];

describe.each(Object.keys(TRANSPORTS))('the contract over %s', (name) => {
  let dir: string;
  let backend: Backend;
  let transport: Transport;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lineside-contract-'));
    backend = await createBackend(createNodePorts({ host: 'cli', dataDir: join(dir, 'data') }));
    const open = TRANSPORTS[name];
    if (!open) throw new Error(`no transport ${name}`);
    transport = await open(backend.router);
  });
  afterAll(async () => {
    await transport.disconnect();
    await backend.dispose();
    await rm(dir, { recursive: true, force: true });
  });

  it('has a case for every call', () => {
    const all = Object.entries(contract).flatMap(([domain, calls]) =>
      Object.keys(calls).map((call) => `${domain}.${call}`),
    );
    expect(CALLS.map(([call]) => call).toSorted()).toEqual(all.toSorted());
  });

  // Some of them measure, in several processes one after the other.
  it.each(CALLS)('%s', async (_call, drive) => drive({ client: transport.client, dir }), 60_000);

  it('refuses input that the contract does not allow', async () => {
    const wrong = { ref: 5 } as unknown as { ref: string };
    expect(await codeOf(transport.client.models.get(wrong))).toBe('INPUT_INVALID');
  });

  it('ends the stream in the backend when the client breaks it off', async () => {
    await transport.client.devices.add({ name: 'here', address: 'local' });
    const abort = new AbortController();
    const stream = await transport.client.devices.watchFleet({}, { signal: abort.signal });
    expect(await stream.next()).toMatchObject({ value: { type: 'snapshot' } });
    const pending = stream.next().then(
      (result) => result.done === true,
      () => true,
    );
    abort.abort();
    expect(await Promise.race([pending, new Promise((resolve) => setTimeout(resolve, 10_000, 'still open'))])).toBe(
      true,
    );
    await transport.client.devices.remove({ name: 'here' });
  });
});
