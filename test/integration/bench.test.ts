import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createLocalMachine } from '../../electron/backend/bench/local-machine.ts';
import type { BenchMachine } from '../../electron/backend/bench/machine.ts';
import { type BenchRow, type BenchRun, benchRunSchema, type StartBench } from '../../shared/contract/bench.ts';
import { type BenchResult, benchResultSchema } from '../../shared/contract/bench-result.ts';
import { reportLatencies } from '../../shared/domain/statistics-latency.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import { eventually } from '../helpers/eventually.ts';
import { createModelLab, fixtureModel, type ModelLab } from '../helpers/model-lab.ts';
import { addModel, external, floats, modelBytes, value } from '../helpers/onnx-models.ts';

const labs: ModelLab[] = [];
const folders: string[] = [];
const makeLab = (...options: Parameters<typeof createModelLab>): ModelLab => {
  const lab = createModelLab(...options);
  labs.push(lab);
  return lab;
};
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** As short as a measurement can be, and no second one for the noise. */
const QUICK = { durationS: 0.1, noiseFloor: false } as const;

/** Threads with which the faulty sidecar goes wrong. */
const FAULTS = { segfault: 3, death: 4, silence: 5 } as const;
const FAULTY_RUNNER = fileURLToPath(new URL('../helpers/faulty-runner.ts', import.meta.url));
const BACKEND_CHILD = fileURLToPath(new URL('../helpers/bench-backend-child.ts', import.meta.url));
const faultyRunner = {
  command: process.execPath,
  args: [FAULTY_RUNNER, ...Object.values(FAULTS).map(String)],
};

/** A sidecar of this process. */
async function sidecarPid(): Promise<number | null> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const [stat, command] = await Promise.all(
      ['stat', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
    );
    // After the name in brackets: state, then the parent.
    if (stat?.split(') ')[1]?.split(' ')[1] === String(process.pid) && command?.includes('bench-runner'))
      return Number(name);
  }
  return null;
}

async function measured(lab: ModelLab, input: StartBench): Promise<BenchRun> {
  const { jobId, runId } = await lab.bench.start(input);
  await lab.finished(jobId);
  return lab.bench.run(runId);
}

const states = ({ rows }: BenchRun): BenchRow['state'][] => rows.map(({ state }) => state);
const codes = ({ rows }: BenchRun): (string | undefined)[] => rows.map(({ error }) => error?.code);

function resultOf(lab: ModelLab, run: BenchRun, index = 0): BenchResult {
  return lab.bench.get(run.rows[index]?.resultId ?? '');
}

describe('a run of one row', () => {
  it('measures the real model and keeps result and raw samples', async () => {
    const lab = makeLab();
    const model = await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits' });
    const { jobId, runId } = await lab.bench.start({ modelRefs: ['digits'], durationS: 0.4, batches: [4] });
    const job = await lab.finished(jobId);
    expect(job).toMatchObject({ state: 'succeeded', subject: 'digits:1', kind: 'bench', error: null, result: runId });
    expect(job.progress.unit).toBe('ms');
    expect(job.progress.done).toBe(job.progress.total);

    const run = lab.bench.run(runId);
    expect(benchRunSchema.parse(run)).toEqual(run);
    expect(run).toMatchObject({ state: 'done', rows: [{ index: 0, state: 'done', error: null }] });
    const result = resultOf(lab, run);
    expect(benchResultSchema.parse(result)).toEqual(result);
    expect(result).toMatchObject({
      runId,
      model: { name: 'digits', version: '1', digest: model.digest },
      machine: { kind: 'local' },
      options: { threads: 1, batch: 4, durationS: 0.4, dimensions: { batch: 4 }, isDynamic: false },
      inputs: [{ name: 'input', type: 'float32', shape: [4, 64] }],
      placement: [{ provider: 'CPUExecutionProvider' }],
      noise: { floor: expect.any(Number), busyBefore: expect.any(Number) },
    });
    expect(result.placement[0]?.nodes.length).toBeGreaterThan(2);
    expect(run.rows[0]?.summary).toMatchObject({
      peakRssBytes: result.peakRssBytes,
      verdict: result.verdict.verdict,
      noiseFloor: result.noise.floor,
    });

    const samplesPath = lab.stored('bench')[0] ?? '';
    const bytes = await readFile(samplesPath);
    const samples = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const again = reportLatencies(samples);
    expect(again.latencyMs).toEqual(result.latencyMs);
    expect(again.warmup).toEqual(result.warmup);
    expect(samples).toHaveLength(result.samples.total);

    expect(lab.bench.list('digits')).toEqual([result]);
    expect(lab.bench.list('digits:2')).toEqual([]);
    expect(await lab.bench.remove(result.id)).toEqual({ removed: result.id });
    expect(lab.stored('bench')).toEqual([]);
    expect(() => lab.bench.get(result.id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(lab.bench.runs()).toEqual([]);
  });

  it('fails the job with its own reason, which it keeps', async () => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('mnist'), name: 'digits' });
    const { jobId, runId } = await lab.bench.start({ modelRefs: ['digits'], batches: [8], ...QUICK });
    const error = {
      code: 'MODEL_SHAPE_INVALID',
      message: expect.stringContaining('its input "Input3" has the shape [1, 1, 28, 28]'),
    };
    expect(await lab.finished(jobId)).toMatchObject({ state: 'failed', error });
    expect(lab.bench.run(runId)).toMatchObject({ state: 'done', rows: [{ state: 'failed', error }] });
    expect(lab.stored('bench')).toEqual([]);
  });

  it('waits for the one before it, and says so', async () => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits' });
    const first = await lab.bench.start({ modelRefs: ['digits'], ...QUICK, durationS: 0.4 });
    const second = await lab.bench.start({ modelRefs: ['digits'], ...QUICK });
    const third = await lab.bench.start({ modelRefs: ['digits'], ...QUICK });
    await eventually('the second waits', () =>
      lab.jobs.list().some(({ jobId, progress }) => jobId === second.jobId && progress.step.startsWith('Waiting')),
    );
    expect((await lab.jobs.cancel(third.jobId)).state).toBe('cancelled');
    await Promise.all([lab.finished(first.jobId), lab.finished(second.jobId)]);
    const [one, two] = [first, second].map(({ runId }) => resultOf(lab, lab.bench.run(runId)));
    expect(two?.startedAtMs).toBeGreaterThanOrEqual(one?.finishedAtMs ?? Number.POSITIVE_INFINITY);
    expect(lab.bench.list()).toHaveLength(2);
  });

  it('makes one call of a query where the model takes a batch', async () => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits' });
    await lab.models.import({ path: fixtureModel('mnist'), name: 'mnist' });
    const scenario = { kind: 'multi-stream', samplesPerQuery: 3 } as const;
    const run = await measured(lab, { modelRefs: ['digits', 'mnist'], scenario, ...QUICK });
    expect(resultOf(lab, run)).toMatchObject({ outcome: { callsPerQuery: 1 }, options: { batch: 3 } });
    expect(resultOf(lab, run, 1)).toMatchObject({ outcome: { callsPerQuery: 3 }, options: { batch: 1 } });
  });
});

describe('a sweep', () => {
  it('measures every combination, and names each as it goes', async () => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits' });
    const { jobId, runId } = await lab.bench.start({
      modelRefs: ['digits'],
      threads: [1, 2],
      batches: [1, 8],
      ...QUICK,
    });
    const steps = new Set<string>();
    let last = 0;
    for await (const { progress } of lab.jobs.watch(jobId, undefined)) {
      steps.add(progress.step);
      expect(progress.done).toBeGreaterThanOrEqual(last);
      last = progress.done;
    }
    expect(steps).toContain('3 of 4: digits:1, 2 threads, batch 1');
    const run = lab.bench.run(runId);
    expect(run.state).toBe('done');
    expect(run.rows.map(({ options: { threads, batch } }) => [threads, batch])).toEqual([
      [1, 1],
      [1, 8],
      [2, 1],
      [2, 8],
    ]);
    expect(run.rows.map((_, index) => resultOf(lab, run, index).inputs[0]?.shape[0])).toEqual([1, 8, 1, 8]);
    expect(lab.bench.runs()).toEqual([run]);
    await lab.bench.remove(run.rows[1]?.resultId ?? '');
    expect(lab.bench.run(runId).rows.map(({ resultId }) => resultId === null)).toEqual([false, true, false, false]);
    await lab.bench.removeRun(runId);
    expect(lab.bench.list()).toEqual([]);
    expect(lab.stored('bench')).toEqual([]);
  });

  it('goes on past rows that crash, die or never return', async () => {
    const lab = makeLab({ benchRunner: faultyRunner });
    await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits' });
    const { segfault, death, silence } = FAULTS;
    const run = await measured(lab, {
      modelRefs: ['digits'],
      threads: [1, segfault, death, silence, 2],
      ...QUICK,
      callTimeoutS: 6,
    });
    expect(states(run)).toEqual(['done', 'failed', 'failed', 'failed', 'done']);
    expect(codes(run).slice(1, 4)).toEqual(['BENCH_CRASHED', 'BENCH_OUT_OF_MEMORY', 'BENCH_TIMEOUT']);
    expect(run.state).toBe('done');

    expect(lab.stored('bench').filter((path) => !path.endsWith('.f64'))).toEqual([]);
  });

  it('says of each model what is wrong with it', async () => {
    const lab = makeLab();
    const never = [{ name: 's', dataType: 7, dims: [1n], int64Data: [7n] }, floats('w', [1])];
    const reshape = [{ opType: 'Reshape', input: ['x', 's'], output: ['y'] }];
    const dynamic = {
      node: reshape,
      input: [value('x', ['length'])],
      output: [value('y', [null])],
      initializer: never,
    };
    const nothing = [value('x', [2])];
    await writeFile(
      lab.file('nan.onnx'),
      modelBytes(addModel(floats('w', [Number.NaN, Number.NaN]), {}, { input: nothing })),
    );
    await writeFile(lab.file('never.onnx'), modelBytes(addModel(floats('w', [1]), {}, dynamic)));
    const tooMuch = { name: 's', dataType: 7, dims: [2n], int64Data: [2n ** 20n, 2n ** 20n] };
    const expand = {
      node: [{ opType: 'Expand', input: ['x', 's'], output: ['y'] }],
      input: [value('x', [1])],
      output: [value('y', [null, null])],
      initializer: [tooMuch],
    };
    await writeFile(lab.file('large.onnx'), modelBytes(addModel(floats('w', [1]), {}, expand)));
    await lab.models.import({ path: lab.file('large.onnx'), name: 'large' });
    await lab.models.import({ path: lab.file('nan.onnx'), name: 'nan' });
    await lab.models.import({ path: lab.file('never.onnx'), name: 'never' });
    await lab.models.import({ path: fixtureModel('mnist'), name: 'mnist' });
    const run = await measured(lab, { modelRefs: ['nan', 'never', 'large', 'mnist'], ...QUICK });
    expect(states(run)).toEqual(['failed', 'failed', 'failed', 'done']);
    expect(codes(run)[2]).toBe('BENCH_OUT_OF_MEMORY');
    expect(run.rows[0]?.error).toMatchObject({ code: 'MODEL_OUTPUT_NAN', message: expect.stringContaining('"y"') });
    expect(run.rows[1]?.error).toMatchObject({
      code: 'MODEL_SHAPE_INVALID',
      message: expect.stringContaining('refuses every size that was tried for "length" of its input "x": '),
    });
  });

  it('goes on after its process was killed from outside, and keeps what was measured', async () => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits' });
    const { jobId, runId } = await lab.bench.start({
      modelRefs: ['digits'],
      threads: [1, 2, 3],
      ...QUICK,
      durationS: 1,
    });
    await eventually('the second row is measured', () => lab.bench.run(runId).rows[1]?.state === 'running', 30_000);
    let pid: number | null = null;
    await eventually('its process is there', async () => {
      pid = await sidecarPid();
      return pid !== null;
    });
    process.kill(pid ?? 0, 'SIGKILL');
    await lab.finished(jobId);
    expect(states(lab.bench.run(runId))).toEqual(['done', 'failed', 'done']);
    expect(lab.bench.list()).toHaveLength(2);
  });
});

describe('a run that was broken off', () => {
  it('keeps what is done when it is cancelled, and goes on with the rest', async () => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits' });
    const { jobId, runId } = await lab.bench.start({ modelRefs: ['digits'], threads: [1, 2, 3], ...QUICK });
    await eventually('the second row is measured', () => lab.bench.run(runId).rows[1]?.state === 'running', 30_000);
    expect(() => lab.bench.resume(runId)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
    await expect(lab.bench.removeRun(runId)).rejects.toMatchObject({ code: 'IN_USE' });
    const job = await lab.jobs.cancel(jobId);
    expect(job).toMatchObject({
      state: 'cancelled',
      error: { code: 'CANCELLED', message: expect.stringContaining('1 of its 3 rows') },
    });
    const broken = lab.bench.run(runId);
    expect(broken.state).toBe('interrupted');
    expect(states(broken)).toEqual(['done', 'waiting', 'waiting']);
    expect(lab.stored('bench')).toHaveLength(1);

    const resumed = lab.bench.resume(runId);
    expect((await lab.finished(resumed.jobId)).state).toBe('succeeded');
    const run = lab.bench.run(runId);
    expect(states(run)).toEqual(['done', 'done', 'done']);
    expect(run.rows[0]).toEqual(broken.rows[0]);
    expect(() => lab.bench.resume(runId)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
    expect(() => lab.bench.resume('nothing')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('is told as such, and goes on, when its backend was killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lineside-killed-'));
    folders.push(folder);
    const dataDir = join(folder, 'data');
    const args = [BACKEND_CHILD, dataDir, fixtureModel('digits-tabular')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    for await (const chunk of child.stdout) {
      told += String(chunk);
      if (told.includes('third')) break;
    }
    const exited = once(child, 'exit');
    const runId = told.split('\n')[0] ?? '';
    const watcher = makeLab({ dataDir });
    expect(watcher.bench.run(runId).state).toBe('running');
    child.kill('SIGKILL');
    await exited;
    const lab = makeLab({ dataDir });
    const broken = lab.bench.run(runId);
    expect(broken.state).toBe('interrupted');
    expect(states(broken)).toEqual(['done', 'done', 'waiting', 'waiting']);
    await lab.finished(lab.bench.resume(runId).jobId);
    expect(states(lab.bench.run(runId))).toEqual(['done', 'done', 'done', 'done']);
    // Copies and samples that the killed one left do not pile up.
    expect(lab.stored('bench').filter((path) => !path.endsWith('.f64'))).toEqual([]);
  });
});

describe('dynamic dimensions', () => {
  /** Only a multiple of 8 can be reshaped to [8, -1]. */
  async function importWindow(lab: ModelLab): Promise<void> {
    const shape = { name: 's', dataType: 7, dims: [2n], int64Data: [8n, -1n] };
    const graph = {
      node: [{ opType: 'Reshape', input: ['x', 's'], output: ['y'] }],
      input: [value('x', ['length'])],
      output: [value('y', [8, null])],
      initializer: [shape],
    };
    await writeFile(lab.file('window.onnx'), modelBytes(addModel(floats('w', [1]), {}, graph)));
    await lab.models.import({ path: lab.file('window.onnx'), name: 'window' });
  }

  it('are found by trying, fixed as asked, or left alone', async () => {
    const lab = makeLab();
    await importWindow(lab);
    const found = resultOf(lab, await measured(lab, { modelRefs: ['window'], ...QUICK }));
    expect(found).toMatchObject({ options: { dimensions: { length: 8 }, isDynamic: false }, inputs: [{ shape: [8] }] });
    const asked = resultOf(lab, await measured(lab, { modelRefs: ['window'], ...QUICK, dimensions: { length: 32 } }));
    expect(asked).toMatchObject({
      options: { dimensions: { length: 32 }, isDynamic: false },
      inputs: [{ shape: [32] }],
    });
    const left = resultOf(
      lab,
      await measured(lab, { modelRefs: ['window'], ...QUICK, dimensions: { length: 16 }, isDynamic: true }),
    );
    expect(left).toMatchObject({ options: { dimensions: { length: 16 }, isDynamic: true }, inputs: [{ shape: [16] }] });
    const wrong = await measured(lab, { modelRefs: ['window'], ...QUICK, dimensions: { width: 8 } });
    expect(wrong.rows[0]?.error).toMatchObject({
      code: 'MODEL_SHAPE_INVALID',
      message: 'The dimension "width" of window:1 cannot be set: those that can be set are length.',
    });
  });

  it('are fixed in a copy that finds the external data', async () => {
    const lab = makeLab();
    await writeFile(lab.file('w.bin'), new Uint8Array(Float32Array.from([1, 2]).buffer));
    const tensor = external('w', 2, { location: 'w.bin' });
    const graph = { input: [value('x', ['batch', 2])], output: [value('y', ['batch', 2])] };
    await writeFile(lab.file('outside.onnx'), modelBytes(addModel(tensor, {}, graph)));
    await lab.models.import({ path: lab.file('outside.onnx'), name: 'outside' });
    const run = await measured(lab, { modelRefs: ['outside'], batches: [3], ...QUICK });
    expect(run.rows[0]?.error).toBeNull();
    expect(resultOf(lab, run)).toMatchObject({ options: { dimensions: { batch: 3 } }, inputs: [{ shape: [3, 2] }] });
  });

  it('stay where the runtime refuses the fixed file, and the result says so', async () => {
    const lab = makeLab({
      devices: {
        box: (ref, sidecar) => {
          const machine = createLocalMachine({ sidecar, ref, priority: 'normal' });
          const launch: BenchMachine['launch'] = () => {
            const real = machine.launch();
            return {
              close: real.close,
              request: (request, options) => {
                if (request.kind === 'check') throw new AppError('MODEL_LOAD_FAILED', 'ONNX Runtime cannot load it.');
                return real.request(request, options);
              },
            };
          };
          return Promise.resolve({ ...machine, launch });
        },
      },
    });
    await importWindow(lab);
    const run = await measured(lab, { modelRefs: ['window'], machines: ['box'], ...QUICK });
    expect(resultOf(lab, run)).toMatchObject({
      machine: { kind: 'device', name: 'box' },
      options: { dimensions: { length: 8 }, isDynamic: true, priority: 'low' },
    });
  });
});

describe('several machines', () => {
  it('work beside each other; one that is not to be had fails its rows alone', async () => {
    let begun = 0;
    const both = Promise.withResolvers<void>();
    const lab = makeLab({
      devices: {
        box: async (ref, sidecar) => {
          begun += 1;
          if (begun === 2) both.resolve();
          await both.promise;
          return createLocalMachine({ sidecar, ref, priority: 'low' });
        },
        other: async (ref, sidecar) => {
          begun += 1;
          if (begun === 2) both.resolve();
          await both.promise;
          return createLocalMachine({ sidecar, ref, priority: 'low' });
        },
        busy: () => Promise.reject(new AppError('DEVICE_BUSY', 'A rollout is under way on busy.')),
      },
    });
    await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'digits' });
    const machines = ['box', 'busy', 'other', 'box'];
    const run = await measured(lab, { modelRefs: ['digits'], machines, threads: [1, 2], ...QUICK });
    expect(run.rows.map(({ machine }) => machine.name)).toEqual(['box', 'box', 'busy', 'busy', 'other', 'other']);
    expect(states(run)).toEqual(['done', 'done', 'failed', 'failed', 'done', 'done']);
    expect(codes(run).slice(2, 4)).toEqual(['DEVICE_BUSY', 'DEVICE_BUSY']);
  });
});

describe('what is asked of a benchmark', () => {
  it.each([
    ['unknown models', { modelRefs: ['nobody'] }, 'NOT_FOUND', 'There is no model nobody'],
    ['unknown machines', { machines: ['nowhere'] }, 'NOT_FOUND', 'nowhere'],
    ['absurd threads', { threads: [1, 100_000] }, 'INPUT_INVALID', 'at most 256 threads can be asked for, not 100000'],
    ['absurd durations', { durationS: 1e9 }, 'INPUT_INVALID', 'lasts at most 3600 seconds'],
    ['absurd nights', { sustainedS: 1e9 }, 'INPUT_INVALID', 'lasts at most 86400 seconds'],
    ['two lengths', { durationS: 1, sustainedS: 60 }, 'INPUT_INVALID', 'not both'],
    ['absurd patience', { callTimeoutS: 1e9 }, 'INPUT_INVALID', 'a single call may take at most'],
    ['an empty list', { batches: [] }, 'INPUT_INVALID', 'at least one entry'],
    [
      'too many rows',
      { threads: Array.from({ length: 30 }, (_, i) => i + 1), batches: Array.from({ length: 20 }, (_, i) => i + 1) },
      'INPUT_INVALID',
      'it would have 600 rows, and 500 are the most',
    ],
  ] as const)('is refused: %s', async (_what, input, code, message) => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('mnist'), name: 'digits' });
    const asked = { modelRefs: ['digits'], ...input } as unknown as StartBench;
    await expect(lab.bench.start(asked)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(lab.bench.runs()).toEqual([]);
  });
});

describe('a result of the first version', () => {
  it('can still be read, as a run of its own, and says what it does not know', () => {
    const lab = makeLab();
    const old = {
      id: 'old',
      model: { name: 'digits', version: '1', digest: 'sha256:1' },
      startedAtMs: 1,
      finishedAtMs: 2,
      options: { threads: 1, batch: 1, durationS: 10 },
      provider: 'CPUExecutionProvider',
      coldLoadMs: 1,
      firstRunMs: 1,
      warmup: { isSteady: true, discarded: 10, discardedMs: 1, reason: 'x' },
      samples: { count: 90, effectiveCount: 80 },
      latencyMs: {
        ...{ min: 1, mean: 2, max: 3 },
        percentiles: [{ percentile: 50, valueMs: 2, lowMs: 1, highMs: 3, samplesMissing: 0 }],
      },
      throughputPerS: 500,
      peakRssBytes: 1,
      modelRssBytes: 1,
      series: [],
      histogram: [],
      inputs: [],
      fingerprint: {
        ...{ cpuModel: 'x', cpuFlags: [], cores: 2, memoryBytes: 1, os: 'x', kernel: 'x', architecture: 'x64' },
        ...{ virtualization: null, governor: null, nodeVersion: 'v24', onnxruntimeVersion: '1.30.0' },
      },
    };
    lab.db.run(
      'INSERT INTO bench_result (id, model_name, model_version, started_at_ms, result) VALUES (?, ?, ?, ?, ?)',
      ...['old', 'digits', '1', 1, JSON.stringify(old)],
    );
    const result = lab.bench.get('old');
    expect(benchResultSchema.parse(result)).toEqual(result);
    expect(result).toMatchObject({
      samples: { total: 100 },
      noise: { floor: null },
      verdict: { verdict: 'repeat', reasons: [{ code: 'earlier-version' }] },
    });
    expect(lab.bench.runs()).toMatchObject([{ id: 'old', state: 'done', rows: [{ summary: { p50Ms: 2 } }] }]);
    expect(lab.bench.run('old').rows[0]?.resultId).toBe('old');
  });
});
