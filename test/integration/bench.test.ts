import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { makeInputs } from '../../devices/runtime/make-inputs.ts';
import type { RunnerRequest } from '../../electron/backend/bench/runner-protocol.ts';
import { benchResultSchema } from '../../shared/contract/bench.ts';
import { reportLatencies } from '../../shared/domain/statistics-latency.ts';
import { eventually } from '../helpers/eventually.ts';
import { BENCH_RUNNER, createModelLab, fixtureModel, type ModelLab } from '../helpers/model-lab.ts';
import { addModel, floats, modelBytes, value } from '../helpers/onnx-models.ts';

const labs: ModelLab[] = [];
const makeLab = (...options: Parameters<typeof createModelLab>): ModelLab => {
  const lab = createModelLab(...options);
  labs.push(lab);
  return lab;
};
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.close()));
});

/** A sidecar that does as `script` says after it has read its request into `request`. */
const fakeSidecar = (script: string): { command: string; args: string[] } => ({
  command: process.execPath,
  args: ['-e', `process.stdin.once('data', (request) => { ${script} })`],
});

/** A lab whose models are there already, and whose sidecar is another. */
async function labWith(script: string, silenceMs?: number): Promise<ModelLab> {
  const lab = makeLab({ benchRunner: fakeSidecar(script), ...(silenceMs === undefined ? {} : { silenceMs }) });
  const real = makeLab();
  const detail = await real.models.import({ path: fixtureModel('mnist'), name: 'digits' });
  lab.db.run(
    'INSERT INTO model VALUES (?, ?, ?, ?, ?)',
    'digits',
    '1',
    detail.digest,
    0,
    JSON.stringify({ ...detail, files: [] }),
  );
  return lab;
}

describe('a benchmark', () => {
  it('measures the real model and keeps result and raw samples', async () => {
    const lab = makeLab();
    const model = await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits' });
    const jobId = await lab.bench.start({ modelRef: 'digits', durationS: 0.5, batch: 4 });
    const job = await lab.finished(jobId);
    expect(job).toMatchObject({ state: 'succeeded', subject: 'digits:1', kind: 'bench', error: null });
    expect(job.progress.unit).toBe('ms');
    expect(job.progress.done).toBeGreaterThanOrEqual(500);
    const result = lab.bench.get(job.result ?? '');
    expect(benchResultSchema.parse(result)).toEqual(result);
    expect(result).toMatchObject({
      model: { name: 'digits', version: '1', digest: model.digest },
      options: { threads: 1, batch: 4, durationS: 0.5 },
      inputs: [{ name: 'input', type: 'float32', shape: [4, 64] }],
      provider: 'CPUExecutionProvider',
    });
    for (const figure of [
      result.coldLoadMs,
      result.firstRunMs,
      result.throughputPerS,
      result.peakRssBytes,
      result.modelRssBytes,
    ]) {
      expect(figure).toBeGreaterThan(0);
    }
    expect(result.peakRssBytes).toBeGreaterThan(result.modelRssBytes);
    expect(result.fingerprint.cores).toBeGreaterThan(0);
    expect(result.fingerprint.nodeVersion).toBe(process.version);

    const [samplesPath] = lab.stored('bench');
    const bytes = await readFile(samplesPath ?? '');
    const samples = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const again = reportLatencies(samples);
    expect(again.latencyMs).toEqual(result.latencyMs);
    expect(again.warmup).toEqual(result.warmup);
    expect(result.throughputPerS).toBeCloseTo(again.callsPerS * 4, 6);

    expect(lab.bench.list('digits')).toEqual([result]);
    expect(lab.bench.list('digits:1')).toHaveLength(1);
    expect(lab.bench.list('digits:2')).toEqual([]);
    expect(await lab.bench.remove(result.id)).toEqual({ removed: result.id });
    expect(lab.stored('bench')).toEqual([]);
    expect(() => lab.bench.get(result.id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('waits for the one before it, and says so', async () => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits' });
    const first = await lab.bench.start({ modelRef: 'digits', durationS: 0.4 });
    const second = await lab.bench.start({ modelRef: 'digits', durationS: 0.2 });
    const third = await lab.bench.start({ modelRef: 'digits', durationS: 0.2 });
    await eventually('the second waits', () =>
      lab.jobs.list().some(({ jobId, progress }) => jobId === second && progress.step.startsWith('Waiting')),
    );
    expect((await lab.jobs.cancel(third)).state).toBe('cancelled');
    const [one, two] = await Promise.all([lab.finished(first), lab.finished(second)]);
    const [firstResult, secondResult] = [lab.bench.get(one.result ?? ''), lab.bench.get(two.result ?? '')];
    expect(secondResult.startedAtMs).toBeGreaterThanOrEqual(firstResult.finishedAtMs);
    expect(lab.bench.list()).toHaveLength(2);
  });

  it('ends its process when it is cancelled, and leaves nothing', async () => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits' });
    const jobId = await lab.bench.start({ modelRef: 'digits', durationS: 60 });
    await eventually('it measures', () => lab.jobs.list()[0]?.progress.step === 'Measuring');
    const job = await lab.jobs.cancel(jobId);
    expect(job).toMatchObject({ state: 'cancelled', error: { code: 'CANCELLED' } });
    expect(lab.bench.list()).toEqual([]);
    expect(lab.stored('bench')).toEqual([]);
  });

  it('finds a size for a dynamic dimension that is not the batch', async () => {
    const lab = makeLab();
    const path = lab.file('window.onnx');
    // Only a multiple of 8 can be reshaped to [8, -1].
    const shape = { name: 's', dataType: 7, dims: [2n], int64Data: [8n, -1n] };
    const graph = {
      node: [{ opType: 'Reshape', input: ['x', 's'], output: ['y'] }],
      input: [value('x', ['length'])],
      output: [value('y', [8, null])],
      initializer: [shape],
    };
    await writeFile(path, modelBytes(addModel(floats('w', [1]), {}, graph)));
    await lab.models.import({ path, name: 'window' });
    const job = await lab.finished(await lab.bench.start({ modelRef: 'window', durationS: 0.1 }));
    expect(lab.bench.get(job.result ?? '').inputs).toEqual([{ name: 'x', type: 'float32', shape: [8] }]);
  });
});

describe('a benchmark that cannot be', () => {
  it('names the input without a dynamic batch', async () => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('mnist'), name: 'digits' });
    const job = await lab.finished(await lab.bench.start({ modelRef: 'digits', batch: 8, durationS: 0.1 }));
    expect(job).toMatchObject({
      state: 'failed',
      error: {
        code: 'MODEL_SHAPE_INVALID',
        message: expect.stringContaining('its input "Input3" has the shape [1, 1, 28, 28]'),
      },
    });
  });

  it('names the input for which no size fits', async () => {
    const lab = makeLab();
    const path = lab.file('never.onnx');
    const shape = { name: 's', dataType: 7, dims: [1n], int64Data: [7n] };
    const graph = {
      node: [{ opType: 'Reshape', input: ['x', 's'], output: ['y'] }],
      input: [value('x', ['length'])],
      initializer: [shape],
    };
    await writeFile(path, modelBytes(addModel(floats('w', [7]), {}, graph)));
    await lab.models.import({ path, name: 'never' });
    const job = await lab.finished(await lab.bench.start({ modelRef: 'never', durationS: 0.1 }));
    expect(job.error).toMatchObject({
      code: 'MODEL_SHAPE_INVALID',
      message: expect.stringContaining('refuses every size that was tried for "length" of its input "x": '),
      details: { input: 'x', dimension: 'length' },
    });
  });

  it('says so when nothing but NaN comes out', async () => {
    const lab = makeLab();
    const path = lab.file('nan.onnx');
    await writeFile(path, modelBytes(addModel(floats('w', [Number.NaN, Number.NaN]))));
    await lab.models.import({ path, name: 'nan' });
    const job = await lab.finished(await lab.bench.start({ modelRef: 'nan', durationS: 0.1 }));
    expect(job.error).toMatchObject({
      code: 'MODEL_RUN_FAILED',
      message: expect.stringContaining('nothing but NaN in its output "y"'),
    });
  });

  it('refuses absurd options and unknown models', async () => {
    const lab = makeLab();
    await expect(lab.bench.start({ modelRef: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(lab.bench.start({ modelRef: 'x', threads: 100_000 })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(lab.bench.start({ modelRef: 'x', durationS: 1e9 })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

describe('a sidecar that fails', () => {
  it.each([
    [
      'dies of a signal',
      "process.stderr.write('free(): invalid pointer'); process.kill(process.pid, 'SIGABRT')",
      'it died of SIGABRT',
    ],
    ['is killed', "process.kill(process.pid, 'SIGKILL')", 'it was killed, probably because the memory ran out'],
    ['ends without an answer', 'process.exit(0)', 'it ended with code 0'],
    ['throws', "throw new Error('oops')", 'it ended with code 1'],
    ['talks nonsense', "process.stdout.write('hello\\n')", 'it said something unexpected: hello'],
  ])('when it %s', async (_what, script, reason) => {
    const lab = await labWith(script);
    const job = await lab.finished(await lab.bench.start({ modelRef: 'digits', durationS: 0.1 }));
    expect(job).toMatchObject({
      state: 'failed',
      error: { code: 'BENCH_CRASHED', message: expect.stringContaining(reason) },
    });
    expect(lab.stored('bench')).toEqual([]);
  });

  it('when it is endless', async () => {
    const lab = await labWith('for (;;);', 400);
    const job = await lab.finished(await lab.bench.start({ modelRef: 'digits', durationS: 0.1 }));
    expect(job.error).toMatchObject({
      code: 'BENCH_TIMEOUT',
      message: expect.stringContaining('gave no sign of life'),
    });
  });

  it('when it cannot be started', async () => {
    const lab = makeLab({ benchRunner: { command: '/nowhere/node', args: [] } });
    await expect(lab.runner.loadCheck('x')).rejects.toMatchObject({
      code: 'BENCH_CRASHED',
      message: expect.stringContaining('it could not be started'),
    });
  });
});

describe('the sidecar', () => {
  it('runs cases for others, the same each time', async () => {
    const lab = makeLab();
    const { inputs } = await lab.models.import({ path: fixtureModel('digits-mobilenet-v2'), name: 'digits' });
    const { onnxPath } = await lab.models.resolve('digits');
    const cases = [1, 2].map((seed) => makeInputs(inputs, { batch: 1, seed }));
    const results = await lab.runner.runModel({ onnxPath, cases, threads: 1 });
    expect(results.map(({ logits }) => logits?.shape)).toEqual([
      [1, 10],
      [1, 10],
    ]);
    expect(results[0]?.logits?.data).not.toEqual(results[1]?.logits?.data);
    expect(await lab.runner.runModel({ onnxPath, cases, threads: 1 })).toEqual(results);
  });

  it('ends when the backend is gone', async () => {
    const lab = makeLab();
    const request: RunnerRequest = {
      ...{ kind: 'bench', onnxPath: fixtureModel('digits-tabular'), samplesPath: lab.file('samples'), seed: 1 },
      ...{ threads: 1, batch: 1, minSamples: 130, minDurationMs: 60_000, maxDurationMs: 60_000 },
    };
    const child = spawn(process.execPath, [BENCH_RUNNER], { stdio: ['pipe', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    child.stdin.write(`${JSON.stringify(request)}\n`);
    for await (const chunk of child.stdout) if (String(chunk).includes('"measuring"')) break;
    child.stdin.end();
    expect(await exited).toEqual([0, null]);
  });

  it('names an input that does not fit', async () => {
    const lab = makeLab();
    const x = { type: 'float32', shape: [2], data: Float32Array.of(1, 2) } as const;
    const run = lab.runner.runModel({ onnxPath: fixtureModel('mnist'), cases: [{ Input3: x }], threads: 1 });
    await expect(run).rejects.toMatchObject({ code: 'MODEL_SHAPE_INVALID', details: { input: 'Input3' } });
  });
});
