import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeInputs } from '../../devices/runtime/make-inputs.ts';
import type { AnswerTo, ModelSpec, RunnerRequest } from '../../devices/runtime/runner/runner-protocol.ts';
import { createLocalMachine } from '../../electron/backend/bench/local-machine.ts';
import { createLocalSidecar } from '../../electron/backend/bench/local-sidecar.ts';
import type { RequestOptions, Sidecar } from '../../electron/backend/bench/machine.ts';
import { createModelRunner } from '../../electron/backend/bench/model-runner.ts';
import type { Scenario } from '../../shared/contract/bench-options.ts';
import { benchResultSchema, scenarioOutcomeSchema } from '../../shared/contract/bench-result.ts';
import { reportLatencies } from '../../shared/domain/statistics-latency.ts';
import { addModel, floats, modelBytes } from '../helpers/onnx-models.ts';

const RUNNER = fileURLToPath(new URL('../../electron/hosts/bench-runner.ts', import.meta.url));
const REAL = { command: process.execPath, args: [RUNNER] };
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/models/${name}.onnx`, import.meta.url));
const spec = (changes: Partial<ModelSpec> = {}): ModelSpec => ({
  ...{ onnxPath: fixture('digits-tabular'), threads: 1, batch: 1, provider: 'cpu', level: 'all', seed: 1 },
  dimensions: {},
  ...changes,
});
const bench = (scenario: Scenario, changes: object = {}): Extract<RunnerRequest, { kind: 'bench' }> => ({
  ...{ kind: 'bench', spec: spec(), scenario, minDurationMs: 300, minSamples: 11, maxDurationMs: 900 },
  isSustained: false,
  ...changes,
});
const asked: RequestOptions = { subject: 'The benchmark of digits:1', silenceMs: 60_000 };

let root: string;
const sidecars: Sidecar[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lineside-engine-'));
});
afterEach(async () => {
  await Promise.all(sidecars.splice(0).map((each) => each.close()));
  rmSync(root, { recursive: true });
});

function start(command = REAL): Sidecar {
  const sidecar = createLocalSidecar(command);
  sidecars.push(sidecar);
  return sidecar;
}

/** A sidecar that does as `script` says when it has read its first request into `request`. */
function fake(script: string): Sidecar {
  return start({ command: process.execPath, args: ['-e', `process.stdin.once('data', (request) => { ${script} })`] });
}

type Finished = AnswerTo<Extract<RunnerRequest, { kind: 'bench' }>>['report'] & { readonly samples: Float64Array };

async function measured(request: Extract<RunnerRequest, { kind: 'bench' }>): Promise<Finished> {
  const pieces: Uint8Array[] = [];
  const { report } = await start().request(request, {
    ...asked,
    onSamples: (bytes) => {
      pieces.push(bytes);
      return Promise.resolve();
    },
  });
  return { ...report, samples: new Float64Array(Uint8Array.from(Buffer.concat(pieces)).buffer) };
}

describe('a scenario', () => {
  it('single-stream: states what its raw samples say, and fits the contract', async () => {
    const request = bench({ kind: 'single-stream' }, { spec: spec({ batch: 4 }) });
    const { samples, ...report } = await measured(request);
    expect(samples).toHaveLength(report.totalCalls);
    const again = reportLatencies(samples);
    expect(report.latencies).toEqual(again);
    expect(report.throughputPerS).toBeCloseTo(again.callsPerS * 4, 6);
    expect(report).toMatchObject({
      binding: 'native',
      keptEvery: 1,
      inputs: [{ name: 'input', type: 'float32', shape: [4, 64] }],
      nanOutputs: [],
      outcome: { kind: 'single-stream' },
    });
    const { outliers, drift, seconds } = benchResultSchema.shape;
    expect(outliers.parse(report.outliers)).toEqual(report.outliers);
    expect(drift.parse(report.drift)).toEqual(report.drift);
    expect(seconds.parse(report.seconds)).toEqual(report.seconds);
    expect(report.seconds.reduce((sum, { count }) => sum + count, 0)).toBe(report.totalCalls);
    expect(report.seconds[0]?.calibrationMs).toBeGreaterThan(0);
    expect(report.outliers.explained).toBeLessThanOrEqual(
      report.outliers.mildLow + report.outliers.mildHigh + report.outliers.severeLow + report.outliers.severeHigh,
    );
    expect(report.peakRssBytes).toBeGreaterThan(report.modelRssBytes);
    expect(report.modelRssBytes).toBeGreaterThan(0);
    expect(report.coldLoadMs).toBeGreaterThan(0);
    expect(report.firstRunMs).toBeGreaterThan(0);
  });

  it('multi-stream: is one call where the batch is dynamic, else several', async () => {
    const scenario = { kind: 'multi-stream', samplesPerQuery: 4 } as const;
    const together = await measured(bench(scenario));
    expect(together.inputs[0]?.shape).toEqual([4, 64]);
    expect(together.outcome).toEqual({ kind: 'multi-stream', callsPerQuery: 1 });
    const apart = await measured(bench(scenario, { spec: spec({ onnxPath: fixture('mnist') }) }));
    expect(apart.inputs[0]?.shape).toEqual([1, 1, 28, 28]);
    expect(apart.outcome).toEqual({ kind: 'multi-stream', callsPerQuery: 4 });
    expect(apart.throughputPerS).toBeCloseTo(apart.latencies.callsPerS * 4, 6);
  });

  it('offline: gives samples per second', async () => {
    const report = await measured(bench({ kind: 'offline' }, { spec: spec({ batch: 8 }) }));
    expect(report.outcome).toEqual({ kind: 'offline', samplesPerS: report.throughputPerS });
    expect(report.throughputPerS).toBeCloseTo(report.latencies.callsPerS * 8, 6);
  });

  it('camera: processes every frame of the schedule', async () => {
    const scenario = { kind: 'camera', cameras: 4, framesPerS: 25, deadlineMs: null } as const;
    const report = await measured(bench(scenario, { isSustained: true }));
    expect(report.outcome).toMatchObject({ kind: 'camera', deadlineMs: 40, frames: report.totalCalls });
    expect(report.totalCalls).toBeLessThanOrEqual(30);
    expect(report.totalCalls).toBeGreaterThanOrEqual(28);
    expect(report.latencies.series.at(-1)?.timeMs).toBeGreaterThan(200);
  });

  it('camera: shows what a model misses that cannot keep up', async () => {
    const scenario = { kind: 'camera', cameras: 20, framesPerS: 1000, deadlineMs: 1 } as const;
    const slow = spec({ onnxPath: fixture('digits-mobilenet-v2') });
    const report = await measured(bench(scenario, { spec: slow, minDurationMs: 20, isSustained: true }));
    const outcome = scenarioOutcomeSchema.parse(report.outcome);
    if (outcome.kind !== 'camera') throw new Error(outcome.kind);
    expect(outcome.frames).toBeGreaterThan(200);
    expect(outcome.longestBurst).toBeGreaterThan(100);
    expect(outcome.missAfterMiss).toBeGreaterThan(0.9);
    expect(outcome.utilization).toBeGreaterThan(0.5);
  });

  it('server: looks for the highest rate and confirms it', async () => {
    const scenario = { kind: 'server', limitMs: 1000, percentile: 50, ratePerS: null } as const;
    const report = await measured(bench(scenario));
    const outcome = scenarioOutcomeSchema.parse(report.outcome);
    if (outcome.kind !== 'server') throw new Error(outcome.kind);
    expect(outcome.probes.length).toBeGreaterThan(1);
    const best = outcome.probes.filter(({ isMet }) => isMet).at(-1);
    expect(outcome).toMatchObject({ isMet: true, ratePerS: best?.ratePerS });
    expect(best?.percentileMs).toBeLessThanOrEqual(1000);
    expect(report.totalCalls).toBe(best?.count);
  });

  it('server: says so when even a low rate is too much', async () => {
    const scenario = { kind: 'server', limitMs: 1e-6, percentile: 50, ratePerS: null } as const;
    const { outcome, totalCalls } = await measured(bench(scenario));
    expect(outcome).toMatchObject({ kind: 'server', ratePerS: null, isMet: false });
    expect(totalCalls).toBeGreaterThan(0);
  });

  it('server: measures a given rate as it is, with the arrivals of the seed', async () => {
    const scenario = { kind: 'server', limitMs: 1000, percentile: 90, ratePerS: 400 } as const;
    const { outcome, totalCalls } = await measured(bench(scenario, { isSustained: true }));
    expect(outcome).toMatchObject({ isMet: true, ratePerS: 400, probes: [{ ratePerS: 400, count: totalCalls }] });
    const again = await measured(bench(scenario, { isSustained: true }));
    // As many as the clock allows: the last arrivals may just be in time or not.
    expect(Math.abs(again.totalCalls - totalCalls)).toBeLessThanOrEqual(3);
  });
});

describe('a sidecar', () => {
  it('holds a model for blocks, and answers one request after the other', async () => {
    const sidecar = start();
    const { fingerprint } = await sidecar.request({ kind: 'machine' }, asked);
    expect(fingerprint.nodeVersion).toBe(process.version);
    const { busy } = await sidecar.request({ kind: 'idle', durationMs: 20 }, asked);
    expect(busy).toBeLessThanOrEqual(1);
    const opened = await sidecar.request({ kind: 'open', spec: spec() }, asked);
    expect(opened.callMs).toBeGreaterThan(0);
    const block = await sidecar.request({ kind: 'block', durationMs: 10, minCalls: 7 }, asked);
    expect(block.calls).toBeGreaterThanOrEqual(7);
    expect(Buffer.from(block.samples, 'base64')).toHaveLength(block.calls * 8);
    expect((await sidecar.request({ kind: 'block', durationMs: 0, minCalls: 3 }, asked)).calls).toBe(3);
  });

  it('tells what it fed and found, and stays when the model was at fault', async () => {
    const sidecar = start();
    const nan = join(root, 'nan.onnx');
    writeFileSync(nan, modelBytes(addModel(floats('w', [Number.NaN]))));
    await expect(sidecar.request({ kind: 'probe', spec: spec({ onnxPath: nan }) }, asked)).rejects.toMatchObject({
      code: 'MODEL_OUTPUT_NAN',
    });
    await expect(sidecar.request({ kind: 'probe', spec: spec({ provider: 'dml' }) }, asked)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    });
    expect(await sidecar.request({ kind: 'probe', spec: spec({ batch: 3 }) }, asked)).toMatchObject({
      dimensions: {},
      shapes: { input: [3, 64] },
      nanOutputs: [],
    });
  });

  it('says what is wrong with an add-on when there is nothing else to run a model with', async () => {
    // As on a device: a bundled program, and the runtime in a folder of its own.
    const outfile = join(root, 'bench-runner.mjs');
    await build({
      ...{ entryPoints: [RUNNER], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node24' },
      external: ['onnxruntime-node'],
    });
    writeFileSync(join(root, 'onnxruntime_binding.node'), 'no library');
    const sidecar = start({ command: process.execPath, args: [outfile, '--ort-dir', root] });
    for (const request of [
      { kind: 'probe', spec: spec() },
      { kind: 'check', onnxPath: fixture('mnist') },
    ] as const) {
      await expect(sidecar.request(request, asked)).rejects.toMatchObject({
        code: 'MODEL_LOAD_FAILED',
        message: expect.stringMatching(
          /could not be started for .*onnxruntime_binding\.node.*onnxruntime-node, .* is not there/,
        ),
      });
    }
  });

  it('goes first when memory runs out', async () => {
    if (process.platform !== 'linux') return;
    const child = spawn(REAL.command, REAL.args, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write('{"kind":"idle","durationMs":1}\n');
    await once(child.stdout, 'data');
    expect(readFileSync(`/proc/${child.pid}/oom_score_adj`, 'utf8').trim()).toBe('1000');
    child.stdin.end();
    await once(child, 'exit');
  });

  it('ends in the middle of a run when whoever started it is gone', async () => {
    const child = spawn(REAL.command, REAL.args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const scenario = { kind: 'camera', cameras: 1, framesPerS: 1, deadlineMs: null } as const;
    child.stdin.write(`${JSON.stringify(bench(scenario, { minDurationMs: 60_000 }))}\n`);
    for await (const chunk of child.stdout) if (String(chunk).includes('"measuring"')) break;
    child.stdin.end();
    expect(await exited).toEqual([0, null]);
  });

  it('is ended when it is cancelled, also while its samples are taken', async () => {
    const abort = new AbortController();
    const cancelled = start().request(bench({ kind: 'single-stream' }, { minDurationMs: 60_000 }), {
      ...asked,
      signal: abort.signal,
      onProgress: ({ step }) => {
        if (step === 'measuring') abort.abort();
      },
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });

    const later = new AbortController();
    const whileTaken = start().request(bench({ kind: 'single-stream' }), {
      ...asked,
      signal: later.signal,
      onSamples: () => {
        later.abort();
        return Promise.resolve();
      },
    });
    await expect(whileTaken).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('waits for whoever takes its samples, however long that is', async () => {
    const sidecar = fake(
      "const line = JSON.stringify({ type: 'samples', base64: 'A'.repeat(1 << 18) }) + '\\n'; for (let i = 0; i < 20; i++) process.stdout.write(line); process.stdout.write('{\"type\":\"checked\"}\\n')",
    );
    let isTaking = false;
    let taken = 0;
    const slowly: RequestOptions = {
      ...asked,
      silenceMs: 300,
      onSamples: async (bytes) => {
        expect(isTaking).toBe(false);
        isTaking = true;
        if (taken === 0) await wait(700);
        taken += bytes.length;
        isTaking = false;
      },
    };
    expect(await sidecar.request({ kind: 'check', onnxPath: 'x' }, slowly)).toEqual({ type: 'checked' });
    expect(taken).toBe((20 * (1 << 18) * 3) / 4);
  });
});

describe('a sidecar that fails', () => {
  const check = { kind: 'check', onnxPath: 'x' } as const;

  it.each([
    ['dies of a signal', "process.kill(process.pid, 'SIGSEGV')", 'BENCH_CRASHED', 'it died of SIGSEGV'],
    ['is killed', "process.kill(process.pid, 'SIGKILL')", 'BENCH_OUT_OF_MEMORY', 'memory ran out'],
    [
      'gets no memory',
      "process.stderr.write('terminate called after throwing std::bad_alloc'); process.abort()",
      'BENCH_OUT_OF_MEMORY',
      'could get no more',
    ],
    ['ends without an answer', 'process.exit(0)', 'BENCH_CRASHED', 'it ended with code 0'],
    ['throws', "throw new Error('oops')", 'BENCH_CRASHED', 'it ended with code 1'],
    ['talks nonsense', "process.stdout.write('hello\\n')", 'BENCH_CRASHED', 'it said something unexpected: hello'],
    ['says null', "process.stdout.write('null\\n')", 'BENCH_CRASHED', 'it said something unexpected: null'],
  ])('when it %s', async (_what, script, code, reason) => {
    const failure = fake(script).request(check, asked);
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringContaining(reason) });
  });

  it('when it uses up the heap of Node', async () => {
    const hungry = {
      command: process.execPath,
      args: ['--max-old-space-size=20', '-e', 'const a = []; for (;;) a.push([a])'],
    };
    await expect(start(hungry).request(check, asked)).rejects.toMatchObject({ code: 'BENCH_OUT_OF_MEMORY' });
  });

  it('when it is endless', async () => {
    await expect(fake('for (;;);').request(check, { ...asked, silenceMs: 400 })).rejects.toMatchObject({
      code: 'BENCH_TIMEOUT',
      message: expect.stringContaining('gave no sign of life'),
    });
  });

  it('when it cannot be started, and when it is gone already', async () => {
    const nowhere = start({ command: '/nowhere/node', args: [] });
    for (let i = 0; i < 2; i++) {
      await expect(nowhere.request(check, asked)).rejects.toMatchObject({
        code: 'BENCH_CRASHED',
        message: expect.stringContaining('it could not be started'),
      });
    }
  });
});

describe('this computer as a machine', () => {
  const ref = { kind: 'local', name: 'here' } as const;

  it.each([
    ['low', 19],
    ['normal', getPriority()],
  ] as const)('runs at %s priority where asked', async (priority, nice) => {
    const script = "process.stdin.once('data', () => process.stdout.write(`nice ${os.getPriority()}\\n`))";
    const sidecar = { command: process.execPath, args: ['-e', script] };
    const machine = createLocalMachine({ sidecar, ref, priority });
    const saying = machine.launch().request({ kind: 'check', onnxPath: 'x' }, asked);
    await expect(saying).rejects.toThrow(`it said something unexpected: nice ${nice}`);
    await machine.close();
  });

  it('has the files already, and ends all of its processes', async () => {
    const machine = createLocalMachine({ sidecar: REAL, ref, priority: 'normal' });
    const file = { path: 'model.onnx', localPath: fixture('mnist'), digest: '', sizeBytes: 1 };
    expect(await machine.place([file], new AbortController().signal)).toBe(fixture('mnist'));
    expect(await machine.servedRequests()).toBeNull();
    const sidecar = machine.launch();
    expect((await sidecar.request({ kind: 'idle', durationMs: 1 }, asked)).type).toBe('idle');
    await machine.close();
    await machine.close();
    await expect(sidecar.request({ kind: 'idle', durationMs: 1 }, asked)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('the model runner', () => {
  const runner = createModelRunner({ sidecars: { benchRunner: REAL } });

  it('runs cases, the same each time', async () => {
    const inputs = [{ name: 'input', type: 'float32', shape: ['batch', 1, 28, 28] }];
    const cases = [1, 2].map((seed) => makeInputs(inputs, { batch: 1, seed }));
    const onnxPath = fixture('digits-mobilenet-v2');
    const results = await runner.runModel({ onnxPath, cases, threads: 1 });
    expect(results.map(({ logits }) => logits?.shape)).toEqual([
      [1, 10],
      [1, 10],
    ]);
    expect(results[0]?.['logits']?.data).not.toEqual(results[1]?.['logits']?.data);
    expect(await runner.runModel({ onnxPath, cases, threads: 1 })).toEqual(results);
  });

  it('names an input that does not fit, and what cannot be loaded', async () => {
    const x = { type: 'float32', shape: [2], data: Float32Array.of(1, 2) } as const;
    const run = runner.runModel({ onnxPath: fixture('mnist'), cases: [{ Input3: x }], threads: 1 });
    await expect(run).rejects.toMatchObject({ code: 'MODEL_SHAPE_INVALID', details: { input: 'Input3' } });
    await expect(runner.loadCheck('/nowhere.onnx')).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED' });
  });
});
