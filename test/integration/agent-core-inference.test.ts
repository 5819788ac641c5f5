// Inference through a real agent and a real worker: the protocol, the death of the worker, and what rollouts need of the host.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentInferenceHost, createInferenceHost } from '../../devices/agent/inference/create-inference-host.ts';
import type { InferAnswer } from '../../devices/agent/inference/frames.ts';
import type { InstalledRelease } from '../../devices/agent/inference/inference-host.ts';
import type { OipError } from '../../devices/agent/inference/oip-model.ts';
import { createLog } from '../../devices/agent/log.ts';
import { AGENT_ROUTES, type AgentStatus, type WatchEvent } from '../../shared/agent-protocol/messages.ts';
import { type AgentProcess, type Answer, startAgent } from '../helpers/agent-process.ts';
import { deployDirectly, trustKey } from '../helpers/deploy-directly.ts';
import { eventually } from '../helpers/eventually.ts';
import { FIXTURE_MODELS, makeInstalledRelease } from '../helpers/installed-release.ts';
import { createTestKey } from '../helpers/signed-bundle.ts';

const PIXELS = new Array<number>(784).fill(0.5);
const INPUT = { name: 'input', shape: [1, 1, 28, 28], datatype: 'FP32', data: PIXELS };
const INFER = '/v2/models/digits/infer';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-inference-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the Open Inference Protocol of an agent', () => {
  let agent: AgentProcess;
  beforeAll(async () => {
    const root = join(folder, 'root');
    const key = createTestKey();
    agent = await startAgent(root);
    trustKey(root, key);
    const events = await deployDirectly(agent, key, makeInstalledRelease(folder));
    expect(events.at(-1)).toMatchObject({ type: 'done', result: 'committed' });
  });
  afterAll(async () => await agent.stop());

  async function post(request: unknown, path = INFER): Promise<{ status: number; json: Record<string, unknown> }> {
    const answer = await agent.send(path, { body: JSON.stringify(request) });
    return { status: answer.status, json: JSON.parse(answer.body.toString()) as Record<string, unknown> };
  }

  it('describes server and model', async () => {
    expect(await agent.json('/v2')).toMatchObject({ name: 'lineside', extensions: ['binary_tensor_data'] });
    expect(await agent.json('/v2/health/ready')).toEqual({ ready: true });
    const metadata = {
      name: 'digits',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'input', datatype: 'FP32', shape: [-1, 1, 28, 28] }],
      outputs: [{ name: 'logits', datatype: 'FP32', shape: [-1, 10] }],
    };
    expect(await agent.json('/v2/models/digits')).toEqual(metadata);
    expect(await agent.json('/v2/models/digits/versions/1')).toEqual(metadata);
    expect(await agent.json('/v2/models/digits/versions/1/ready')).toEqual({ name: 'digits', ready: true });
  });

  it('infers, by name and by version, with id and chosen outputs', async () => {
    const plain = await post({ id: 'one', inputs: [INPUT] });
    expect(plain.status).toBe(200);
    expect(plain.json).toMatchObject({ id: 'one', model_name: 'digits', model_version: '1' });
    const [output] = plain.json['outputs'] as { name: string; shape: number[]; data: number[] }[];
    expect(output).toMatchObject({ name: 'logits', shape: [1, 10] });
    expect(output?.data.length).toBe(10);
    const versioned = await post(
      { inputs: [INPUT], outputs: [{ name: 'logits' }] },
      '/v2/models/digits/versions/1/infer',
    );
    expect(versioned.json['outputs']).toEqual(plain.json['outputs']);
    const batch = await post({ inputs: [{ ...INPUT, shape: [2, 1, 28, 28], data: [...PIXELS, ...PIXELS] }] });
    expect((batch.json['outputs'] as { shape: number[] }[])[0]?.shape).toEqual([2, 10]);
  });

  it('gives the same numbers through the binary extension, over TCP', async () => {
    const json = Buffer.from(
      JSON.stringify({
        inputs: [{ name: 'input', shape: [1, 1, 28, 28], datatype: 'FP32', parameters: { binary_data_size: 3136 } }],
        outputs: [{ name: 'logits', parameters: { binary_data: true } }],
      }),
    );
    const { inferencePort } = await agent.hello();
    const answer = await fetch(`http://127.0.0.1:${String(inferencePort)}${INFER}`, {
      method: 'POST',
      headers: { 'inference-header-content-length': String(json.length), 'content-type': 'application/octet-stream' },
      body: Buffer.concat([json, Buffer.from(new Float32Array(PIXELS).buffer)]),
    });
    const headerLength = Number(answer.headers.get('inference-header-content-length'));
    const body = Buffer.from(await answer.arrayBuffer());
    expect(answer.status).toBe(200);
    expect(JSON.parse(body.toString('utf8', 0, headerLength))).toMatchObject({
      outputs: [{ name: 'logits', shape: [1, 10], datatype: 'FP32', parameters: { binary_data_size: 40 } }],
    });
    const expected = (await post({ inputs: [INPUT] })).json['outputs'] as { data: number[] }[];
    expect([...new Float32Array(Uint8Array.from(body.subarray(headerLength)).buffer)]).toEqual(expected[0]?.data);
  });

  it.each([
    ['an unknown model', '/v2/models/other/infer', { inputs: [INPUT] }, 404],
    ['an unknown version', '/v2/models/digits/versions/9/infer', { inputs: [INPUT] }, 404],
    ['an unknown path', '/v2/models/digits/explain', {}, 404],
    ['a wrong shape', INFER, { inputs: [{ ...INPUT, shape: [1, 784] }] }, 400],
    ['a wrong datatype', INFER, { inputs: [{ ...INPUT, datatype: 'INT8' }] }, 400],
    ['a wrong number of elements', INFER, { inputs: [{ ...INPUT, data: [1] }] }, 400],
    ['a missing input', INFER, { inputs: [] }, 400],
  ])('refuses %s with an error object', async (_what, path, request, status) => {
    const answer = await post(request, path);
    expect(answer.status).toBe(status);
    expect(Object.keys(answer.json)).toEqual(['error']);
    expect(typeof answer.json['error']).toBe('string');
  });

  it('refuses what is no JSON, a wrong method, a compressed body, a bad header length, and a body beyond its limit', async () => {
    const statuses = [
      await agent.send(INFER, { body: '{' }),
      await agent.send(INFER, { method: 'GET' }),
      await agent.send(INFER, { body: '{}', headers: { 'content-encoding': 'gzip' } }),
      await agent.send(INFER, { body: '{}', headers: { 'inference-header-content-length': 'x' } }),
      await agent.send(INFER, { body: '{}', headers: { 'inference-header-content-length': '9' } }),
      await agent.send(INFER, { body: Buffer.alloc(65 * 1024 * 1024) }),
    ].map((answer: Answer) => answer.status);
    expect(statuses).toEqual([400, 405, 415, 400, 400, 413]);
  });

  it('answers every request of a stream although the worker is killed in the middle, again and again', async () => {
    const events: WatchEvent[] = [];
    const stopWatching = watchEvents(agent, events);
    const statuses: number[] = [];
    let isStopped = false;
    const streams = Array.from({ length: 4 }, async () => {
      while (!isStopped) statuses.push((await post({ inputs: [INPUT] })).status);
    });
    for (const kill of [1, 2, 3]) {
      const answered = statuses.length;
      await eventually('requests flow', () => statuses.length > answered + 20);
      const before = (await agent.json<AgentStatus>(AGENT_ROUTES.status)).worker;
      process.kill(before.pid as number, 'SIGKILL');
      await eventually('a new worker serves', async () => {
        const { worker } = await agent.json<AgentStatus>(AGENT_ROUTES.status);
        return worker.state === 'ready' && worker.pid !== before.pid && worker.restarts === kill;
      });
    }
    isStopped = true;
    await Promise.all(streams);
    await eventually('the events arrive', () => events.length >= 6);
    stopWatching();
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    const kinds = events.map((event) => (event.type === 'event' ? event.event.kind : ''));
    expect(kinds).toEqual([1, 2, 3].flatMap(() => ['worker-died', 'worker-restarted']));
    const outagesMs = events.flatMap((event) =>
      event.type === 'event' && event.event.kind === 'worker-restarted'
        ? [event.event.details['outageMs'] as number]
        : [],
    );
    // The promise is two seconds; the best of three, because other tests share this machine's processors.
    expect(Math.min(...outagesMs)).toBeLessThan(2000);
  });

  it('counts requests and shows them in the samples', async () => {
    const before = await latestInference(agent);
    await post({ inputs: [INPUT] });
    await post({ inputs: [] });
    await eventually(
      'the counts are in a sample',
      async () => (await latestInference(agent)).requestsTotal >= before.requestsTotal + 2,
    );
    const after = await latestInference(agent);
    expect(after).toMatchObject({ model: 'digits', version: '1', isReady: true, errorsTotal: 0 });
    expect(after.p50Ms).toBeGreaterThan(0);
    expect(after.workerRssBytes).toBeGreaterThan(10e6);
  });
});

function watchEvents(agent: AgentProcess, events: WatchEvent[]): () => void {
  const controller = new AbortController();
  void (async () => {
    const { request } = await import('node:http');
    const sent = request(
      { socketPath: agent.socketPath, path: AGENT_ROUTES.watch, signal: controller.signal },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
          const lines = text.split('\n');
          text = lines.pop() ?? '';
          const parsed = lines.map((line) => JSON.parse(line) as WatchEvent);
          events.push(...parsed.filter((event) => event.type === 'event' && event.event.kind.startsWith('worker-')));
        });
        response.on('error', () => {});
      },
    );
    sent.on('error', () => {});
    sent.end();
  })();
  return () => controller.abort();
}

async function latestInference(agent: AgentProcess) {
  const { request } = await import('node:http');
  return await new Promise<Extract<WatchEvent, { type: 'sample' }>['sample']['inference']>((resolve, reject) => {
    const sent = request({ socketPath: agent.socketPath, path: `${AGENT_ROUTES.watch}?history=1` }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        const event = text
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as WatchEvent)
          .find((one) => one.type === 'sample');
        if (event?.type !== 'sample') return;
        sent.destroy();
        resolve(event.sample.inference);
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('createInferenceHost', () => {
  let host: AgentInferenceHost;
  let installed: InstalledRelease;
  const events: string[] = [];
  beforeAll(() => {
    installed = makeInstalledRelease(folder, { name: 'host' });
    host = createInferenceHost({
      ortDir: null,
      log: createLog(() => {}),
      onEvent: (kind) => events.push(kind),
      limits: { maxRequests: 4, maxWaitMs: 30_000 },
    });
  });
  afterAll(async () => await host.close());

  function infer(model = 'host', batch = 1, on = host): Promise<InferAnswer> {
    const data = new Array<number>(784 * batch).fill(0.25);
    const body = Buffer.from(JSON.stringify({ inputs: [{ ...INPUT, shape: [batch, 1, 28, 28], data }] }));
    return new Promise((resolve, reject) => {
      on.submit({ model, version: null, request: { headerLength: null, body }, onAnswer: resolve, onError: reject });
    });
  }

  it('answers 404 while nothing is routed', async () => {
    await expect(infer()).rejects.toMatchObject({ status: 404 });
    expect(host.workerStatus()).toEqual({ state: 'none', pid: null, restarts: 0, lastExit: null });
  });

  it('runs the golden cases in the worker and measures the latency that the release asks for', async () => {
    const worker = await host.startWorker(installed);
    const report = await worker.runGolden();
    expect(report).toMatchObject({ cases: 1, mismatches: 0, maxAbsoluteError: 0 });
    expect(report.latencyP95Ms).toBeGreaterThanOrEqual(report.latencyP50Ms);
    expect(report.latencyP50Ms).toBeGreaterThan(0);
    await worker.stop();
    await worker.stop();
    expect(await worker.exited).toMatchObject({ code: 0, signal: null });
  });

  it('reports the outputs that differ', async () => {
    const worker = await host.startWorker(makeInstalledRelease(folder, { name: 'off', goldenShift: 0.5 }));
    const report = await worker.runGolden();
    await worker.stop();
    expect(report.mismatches).toBe(10);
    expect(report.maxAbsoluteError).toBeCloseTo(0.5, 3);
  });

  it('gives the reason of the runtime for a model that cannot be loaded', async () => {
    const broken: InstalledRelease = {
      ...installed,
      release: {
        ...installed.release,
        model: { ...installed.release.model, files: [{ path: 'golden.bin', digest: '', sizeBytes: 0 }] },
      },
    };
    await expect(host.startWorker(broken)).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED' });
  });

  it('switches the route at once, lets requests in flight finish, and hands the old worker back', async () => {
    const first = await host.startWorker(installed);
    expect(host.route(first)).toBeNull();
    expect((await infer()).status).toBe(200);
    expect(host.stats().requestsTotal).toBe(1);
    const second = await host.startWorker(
      makeInstalledRelease(folder, { name: 'next', modelPath: `${FIXTURE_MODELS}digits-mobilenet-v2.onnx` }),
    );
    const inFlight = infer();
    expect(host.route(second)).toBe(first);
    expect((await inFlight).status).toBe(200);
    await expect(infer('host')).rejects.toMatchObject({ status: 404 });
    expect((await infer('next')).status).toBe(200);
    expect(host.stats().errorsTotal).toBe(0);
    await first.stop();
    expect(host.route(null)).toBe(second);
    await second.stop();
  });

  it('refuses with 429 what does not fit the line', async () => {
    const worker = await host.startWorker(installed);
    host.route(worker);
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => infer('host', 8)));
    const refused = results
      .filter((result) => result.status === 'rejected')
      .map((result) => (result.reason as OipError).status);
    expect(new Set(refused)).toEqual(new Set([429]));
    // Two in the worker and four in the line; more may have fitted while answers came.
    expect(results.length - refused.length).toBeGreaterThanOrEqual(6);
    host.route(null);
    await worker.stop();
  });

  it('answers 500 to a request that takes two workers with it, and serves the ones behind it', async () => {
    const slow = makeInstalledRelease(folder, {
      name: 'slow',
      modelPath: `${FIXTURE_MODELS}digits-mobilenet-slow.onnx`,
    });
    const worker = await host.startWorker(slow);
    host.route(worker);
    // So large that the worker is at work on it whenever it is killed.
    const poison = infer('slow', 256);
    const behind = infer('slow');
    const settled = Promise.allSettled([poison, behind]);
    for (const restarts of [0, 1]) {
      await eventually('a worker is at work', () => host.restarts() === restarts && host.current() !== null);
      process.kill(host.current()?.pid as number, 'SIGKILL');
      await eventually('its death is seen', () => host.current() === null);
    }
    const [first, second] = await settled;
    expect(first).toMatchObject({ status: 'rejected', reason: { status: 500 } });
    expect(second).toMatchObject({ status: 'fulfilled', value: { status: 200 } });
    expect(events.filter((kind) => kind === 'worker-died').length).toBe(2);
    const served = host.current();
    host.route(null);
    await served?.stop();
  });

  it('answers 503 when no worker comes back in time', async () => {
    const impatient = createInferenceHost({
      ortDir: null,
      log: createLog(() => {}),
      onEvent: () => {},
      limits: { maxWaitMs: 300 },
    });
    const doomed = makeInstalledRelease(folder, { name: 'doomed' });
    const worker = await impatient.startWorker(doomed);
    impatient.route(worker);
    rmSync(doomed.directory, { recursive: true });
    process.kill(worker.pid, 'SIGKILL');
    await worker.exited;
    await expect(infer('doomed', 1, impatient)).rejects.toMatchObject({ status: 503 });
    expect(impatient.workerStatus().state).toMatch(/restarting|failed/);
    expect(impatient.stats()).toMatchObject({ requestsTotal: 1, errorsTotal: 1 });
    await impatient.close();
  });
});
