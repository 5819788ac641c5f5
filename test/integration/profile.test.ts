import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModelProtoSchema, NodeProtoSchema, TensorProtoSchema } from '../../electron/backend/models/vendor/onnx_pb.ts';
import { LEVELS } from '../../shared/contract/bench-options.ts';
import { type Profile, profileSchema } from '../../shared/contract/profiles.ts';
import { createModelLab, fixtureModel, type ModelLab } from '../helpers/model-lab.ts';
import { modelBytes } from '../helpers/onnx-models.ts';

const labs: ModelLab[] = [];
/** Sidecars make their files where this process would, so a place of our own tells what they leave. */
const usual = process.env['TMPDIR'];
let place = '';
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'lineside-profiles-'));
  process.env['TMPDIR'] = place;
});
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.close()));
  if (usual === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = usual;
  rmSync(place, { recursive: true });
});

function makeLab(): ModelLab {
  const lab = createModelLab();
  labs.push(lab);
  return lab;
}

const left = (): string[] => readdirSync(place).filter((name) => name.startsWith('lineside-profile-'));

async function profile(lab: ModelLab, input: Parameters<ModelLab['profiles']['start']>[0]): Promise<Profile> {
  const job = await lab.finished(lab.profiles.start({ durationS: 0.2, ...input }));
  expect(job).toMatchObject({ state: 'succeeded', kind: 'profile', error: null });
  return lab.profiles.get(job.result ?? '');
}

const sumMs = (nodes: readonly { ms: number }[]): number => nodes.reduce((sum, { ms }) => sum + ms, 0);

/** digits-tabular with its first layer done over and over: `times` detours through a wider one, added and taken away again. */
function slowed(times: number): Uint8Array {
  const model = fromBinary(ModelProtoSchema, readFileSync(fixtureModel('digits-tabular')));
  const graph = model.graph;
  const first = graph?.node.findIndex(({ opType }) => opType === 'Gemm') ?? -1;
  const gemm = graph?.node[first];
  if (!graph || !gemm) throw new Error('the fixture has no Gemm');
  const [input = ''] = gemm.input;
  const weights = (name: string, rows: number, columns: number) =>
    create(TensorProtoSchema, {
      name,
      dataType: 1,
      dims: [BigInt(rows), BigInt(columns)],
      rawData: new Uint8Array(rows * columns * 4),
    });
  graph.initializer.push(weights('wide.weight', 64, 2048), weights('narrow.weight', 2048, 64));
  const detour = Array.from({ length: times }, (_, i) => [
    create(NodeProtoSchema, {
      opType: 'MatMul',
      name: `/guilty/wide.${i}/MatMul`,
      input: [i === 0 ? input : `back.${i - 1}`, 'wide.weight'],
      output: [`wide.${i}`],
    }),
    create(NodeProtoSchema, {
      opType: 'MatMul',
      name: `/guilty/narrow.${i}/MatMul`,
      input: [`wide.${i}`, 'narrow.weight'],
      output: [`narrow.${i}`],
    }),
    create(NodeProtoSchema, {
      opType: 'Add',
      name: `/guilty/Add_${i}`,
      input: [`narrow.${i}`, input],
      output: [`back.${i}`],
    }),
  ]).flat();
  gemm.input[0] = `back.${times - 1}`;
  graph.node.splice(first, 0, ...detour);
  return modelBytes(model);
}

describe('a profile', () => {
  it('puts the time of every kernel down to nodes of the model', async () => {
    const lab = makeLab();
    const model = await lab.models.import({ path: fixtureModel('digits-mobilenet-v2'), name: 'digits' });
    const found = await profile(lab, { modelRef: 'digits' });
    expect(profileSchema.parse(found)).toEqual(found);
    expect(found).toMatchObject({
      model: { name: 'digits', version: '1', digest: model.digest },
      machine: { kind: 'local' },
      setup: { threads: 1, batch: 1, provider: 'cpu', level: 'all' },
      dimensions: { batch: 1 },
    });
    expect(found.mappedShare).toBeGreaterThanOrEqual(0.95);
    expect(sumMs(found.nodes)).toBeCloseTo(found.mappedShare * found.latencyMs, 9);
    expect(found.nodes).toHaveLength(149);
    expect(found.calls).toBeGreaterThan(0);

    // Each convolution of the model is in a kernel of its own, with its normalization and activation; constants are in none.
    const convolutions = found.kernels.filter(({ opType }) => opType === 'Conv');
    expect(convolutions).toHaveLength(34);
    for (const { source } of convolutions) {
      const operators = source.map((index) => found.nodes[index]?.opType);
      expect(operators.slice(0, 2)).toEqual(['Conv', 'BatchNormalization']);
      expect(['Clip', 'Add', undefined]).toContain(operators[2]);
    }
    for (const { opType, kernel, ms } of found.nodes)
      if (opType === 'Constant') expect({ kernel, ms }).toEqual({ kernel: null, ms: 0 });
      else expect(kernel).not.toBeNull();
    expect(found.timeline.map(({ kernel }) => kernel).sort((a, b) => a - b)).toEqual([...found.kernels.keys()]);

    const [listed] = lab.profiles.list();
    expect(listed).toMatchObject({ id: found.id, latencyMs: found.latencyMs });
    expect(listed).not.toHaveProperty('kernels');
    expect(lab.profiles.remove(found.id)).toEqual({ removed: found.id });
    expect(() => lab.profiles.get(found.id)).toThrow('There is no profile');
    expect(left()).toEqual([]);
  });

  it.each(LEVELS)('does so at optimization level %s', async (level) => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('mnist'), name: 'mnist' });
    const found = await profile(lab, { modelRef: 'mnist', level, durationS: 0.1 });
    expect(found.setup.level).toBe(level);
    expect(found.mappedShare).toBeGreaterThanOrEqual(0.95);
    const owners = new Set(found.nodes.flatMap(({ opType, kernel }) => (opType === 'Conv' ? [kernel] : [])));
    expect([owners.size, owners.has(null)]).toEqual([2, false]);
  });

  it('shows the guilty nodes first, and their region between two models', async () => {
    const lab = makeLab();
    writeFileSync(lab.file('slow.onnx'), slowed(3));
    await lab.models.import({ path: fixtureModel('digits-tabular'), name: 'plain' });
    await lab.models.import({ path: lab.file('slow.onnx'), name: 'slow' });
    const plain = await profile(lab, { modelRef: 'plain' });
    const slow = await profile(lab, { modelRef: 'slow' });
    const worst = [...slow.nodes].sort((a, b) => b.ms - a.ms).slice(0, 6);
    expect(worst.map(({ name }) => name.split('/')[1])).toEqual(Array(6).fill('guilty'));
    const [first, ...others] = await lab.profiles.regions(plain.id, slow.id);
    expect(first).toMatchObject({ kind: 'only-b', aNodes: [], aMs: 0 });
    expect(first?.bNodes.map((index) => slow.nodes[index]?.name)).toEqual(
      slow.nodes.flatMap(({ name }) => (name.startsWith('/guilty') ? [name] : [])),
    );
    expect(others.every(({ kind }) => kind === 'same')).toBe(true);
    // What is stored outlives the model.
    await lab.models.remove('plain');
    expect(await lab.profiles.regions(plain.id, slow.id)).toHaveLength(others.length + 1);
  });

  it('can be cancelled, and the next one clears away what that left', async () => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('mnist'), name: 'mnist' });
    const jobId = lab.profiles.start({ modelRef: 'mnist', durationS: 8 });
    for await (const job of lab.jobs.watch(jobId, undefined)) if (left().length > 0 || job.state !== 'running') break;
    expect(await lab.jobs.cancel(jobId)).toMatchObject({ state: 'cancelled', error: { code: 'CANCELLED' } });
    expect(lab.profiles.list()).toEqual([]);
    await profile(lab, { modelRef: 'mnist', durationS: 0.1 });
    expect(left()).toEqual([]);
  });

  it('is refused with a sentence for what is out of bounds or not there', async () => {
    const lab = makeLab();
    await lab.models.import({ path: fixtureModel('mnist'), name: 'mnist' });
    expect(() => lab.profiles.start({ modelRef: 'mnist', threads: 100_000 })).toThrow('The profile cannot be started');
    expect(() => lab.profiles.start({ modelRef: 'nobody' })).toThrow('nobody');
    expect(() => lab.profiles.start({ modelRef: 'mnist', machine: 'box-1' })).toThrow('box-1');
    const job = await lab.finished(lab.profiles.start({ modelRef: 'mnist', batch: 8 }));
    expect(job).toMatchObject({ state: 'failed', error: { code: 'MODEL_SHAPE_INVALID' } });
  });
});
