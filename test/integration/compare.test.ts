import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Comparison, comparisonSchema } from '../../shared/contract/compare.ts';
import { eventually } from '../helpers/eventually.ts';
import { createModelLab, fixtureModel, type ModelLab } from '../helpers/model-lab.ts';

const labs: ModelLab[] = [];
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.close()));
});

async function makeLab(...models: string[]): Promise<ModelLab> {
  const lab = createModelLab();
  labs.push(lab);
  for (const name of models) await lab.models.import({ path: fixtureModel(name), name });
  return lab;
}

async function comparisonOf(lab: ModelLab, jobId: string): Promise<Comparison> {
  const job = await lab.finished(jobId);
  expect(job).toMatchObject({ state: 'succeeded', kind: 'compare', error: null });
  const comparison = lab.compare.get(job.result ?? '');
  expect(comparisonSchema.parse(comparison)).toEqual(comparison);
  return comparison;
}

/** As short as it can be: the least number of rounds. */
const QUICK = { durationS: 0.5 } as const;

describe('a comparison', () => {
  it('calls the slow model slower, in blocks that take turns over fresh processes', async () => {
    const lab = await makeLab('digits-mobilenet-v2', 'digits-mobilenet-slow');
    const jobId = lab.compare.start({ a: 'digits-mobilenet-v2', candidates: ['digits-mobilenet-slow'], ...QUICK });
    const comparison = await comparisonOf(lab, jobId);
    const { blocks, processes, blocksPerProcess } = comparison;
    expect(comparison).toMatchObject({
      machine: { kind: 'local' },
      a: { model: { name: 'digits-mobilenet-v2', version: '1' } },
      candidates: [{ model: { name: 'digits-mobilenet-slow' }, answer: 'slower', holmP: null }],
      setup: { threads: 1, batch: 1, provider: 'cpu', level: 'all' },
      dimensions: { batch: 1 },
      threshold: 0.03,
      gate: null,
      warnings: [],
    });
    expect(comparison.candidates[0]?.ratio.low).toBeGreaterThan(2);
    expect(comparison.candidates[0]?.sentence).toContain('digits-mobilenet-slow:1 takes ');
    expect(processes).toBeGreaterThanOrEqual(6);
    expect(blocks).toHaveLength(processes * blocksPerProcess * 3);
    expect(blocks.map(({ timeMs }) => timeMs)).toEqual(blocks.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b));
    // Every arm once in each set, in orders that differ.
    const orders = new Set<string>();
    for (let at = 0; at < blocks.length; at += 3) {
      const set = blocks.slice(at, at + 3);
      expect(set.map(({ arm }) => arm).toSorted()).toEqual([0, 1, 2]);
      expect(new Set(set.map(({ process }) => process)).size).toBe(1);
      orders.add(set.map(({ arm }) => arm).join(''));
    }
    expect(orders.size).toBeGreaterThan(1);
    expect(lab.compare.list()).toEqual([comparison]);
    expect(lab.compare.remove(comparison.id)).toEqual({ removed: comparison.id });
    expect(() => lab.compare.get(comparison.id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(lab.stored('bench')).toEqual([]);
  });

  it('takes several candidates, A itself among them', async () => {
    const lab = await makeLab('digits-tabular', 'mnist');
    const jobId = lab.compare.start({ a: 'digits-tabular', candidates: ['digits-tabular', 'mnist'], ...QUICK });
    const { candidates, aa, noiseFloor, warnings } = await comparisonOf(lab, jobId);
    expect(candidates.map(({ model }) => model.name)).toEqual(['digits-tabular', 'mnist']);
    for (const { ratio, holmP } of candidates) {
      expect(ratio.low).toBeLessThanOrEqual(ratio.estimate);
      expect(ratio.high).toBeGreaterThanOrEqual(ratio.estimate);
      expect(holmP).not.toBeNull();
    }
    expect(aa).not.toBeNull();
    expect(noiseFloor).toBeGreaterThan(0);
    expect(warnings).toEqual(['The models have different dynamic dimensions, so they were not fed alike.']);
  });

  it('fails with the reason of the model that cannot be measured, and ends when it is cancelled', async () => {
    const lab = await makeLab('digits-tabular', 'mnist');
    const failing = lab.compare.start({ a: 'digits-tabular', candidates: ['mnist'], batch: 4, ...QUICK });
    expect(await lab.finished(failing)).toMatchObject({ state: 'failed', error: { code: 'MODEL_SHAPE_INVALID' } });
    const jobId = lab.compare.start({ a: 'digits-tabular', candidates: ['mnist'], durationS: 60 });
    await eventually(
      'it measures',
      () => lab.jobs.list().some((job) => job.jobId === jobId && job.progress.step.startsWith('Measuring')),
      30_000,
    );
    expect(await lab.jobs.cancel(jobId)).toMatchObject({ state: 'cancelled', error: { code: 'CANCELLED' } });
    expect(lab.compare.list()).toEqual([]);
    expect(lab.machines.isBusy({ kind: 'local', name: '' })).toBe(false);
  });

  it('refuses what is out of bounds', async () => {
    const lab = await makeLab('mnist');
    const start = (input: object) => () => lab.compare.start({ a: 'mnist', candidates: ['mnist'], ...input });
    const refused = (code: string, part: string) =>
      expect.objectContaining({ code, message: expect.stringContaining(part) });
    expect(start({ candidates: ['nobody'] })).toThrow(refused('NOT_FOUND', 'nobody'));
    expect(start({ threads: 1e6 })).toThrow(refused('INPUT_INVALID', 'The comparison cannot be started: at most'));
    expect(start({ durationS: 1e6 })).toThrow(refused('INPUT_INVALID', 'at most 3600 seconds'));
    expect(start({ threshold: 50 })).toThrow(refused('INPUT_INVALID', 'no limit'));
    expect(start({ candidates: Array.from({ length: 9 }, () => 'mnist') })).toThrow(
      refused('INPUT_INVALID', 'at most 8'),
    );
    expect(lab.jobs.list()).toEqual([]);
  });
});

describe('the regression gate', () => {
  interface Baseline {
    results: { model: { name: string }; latencyMs: { percentiles: object[] }; fingerprint: object; options: object }[];
  }

  /** A baseline of one model, measured here. */
  async function baselineOf(lab: ModelLab, model: string, change: (baseline: Baseline) => void = () => undefined) {
    const { jobId, runId } = await lab.bench.start({ modelRefs: [model], durationS: 0.3, noiseFloor: false });
    await lab.finished(jobId);
    const path = lab.file('baseline.json');
    await lab.bench.export(runId, 'json', path);
    const content = JSON.parse(await readFile(path, 'utf8')) as Baseline;
    // So short a run need not be steady, and then states no median to hold anything against.
    p50(1)(content);
    for (const result of content.results) Object.assign(result, { verdict: { verdict: 'trust', reasons: [] } });
    change(content);
    await writeFile(path, JSON.stringify(content));
    return path;
  }

  /** As if the model had been so fast then. */
  const p50 = (ms: number) => (baseline: Baseline) => {
    const [result] = baseline.results;
    if (result)
      result.latencyMs.percentiles = result.latencyMs.percentiles.map((each) => ({
        ...each,
        ...{ valueMs: ms, lowMs: ms * 0.99, highMs: ms * 1.01 },
      }));
  };

  it('passes a model that is no slower, and fails one that is, while the job succeeds', async () => {
    const lab = await makeLab('digits-tabular');
    const passing = await baselineOf(lab, 'digits-tabular', p50(1000));
    const passed = await comparisonOf(
      lab,
      await lab.compare.gate({ modelRef: 'digits-tabular', baselinePath: passing, ...QUICK }),
    );
    expect(passed).toMatchObject({
      aa: null,
      a: { medianMs: 1000 },
      gate: { maxSlowdown: 0.05, outcome: 'passed', baseline: { path: passing, medianMs: 1000 } },
      candidates: [{ wilcoxonP: null, sentence: expect.stringContaining('digits-tabular:1 passes') }],
      warnings: [],
    });
    expect(new Set(passed.blocks.map(({ arm }) => arm))).toEqual(new Set([2]));
    const failing = await baselineOf(lab, 'digits-tabular', p50(0.0001));
    const failed = await comparisonOf(
      lab,
      await lab.compare.gate({ modelRef: 'digits-tabular', baselinePath: failing, ...QUICK }),
    );
    expect(failed.gate?.outcome).toBe('failed');
  });

  it('warns when the machine is another, and names what differs', async () => {
    const lab = await makeLab('digits-tabular');
    const baselinePath = await baselineOf(lab, 'digits-tabular', ({ results: [result] }) => {
      Object.assign(result?.fingerprint ?? {}, { kernel: '1.2.3', governor: 'powersave' });
    });
    const jobId = await lab.compare.gate({ modelRef: 'digits-tabular', baselinePath, ...QUICK });
    const { warnings } = await comparisonOf(lab, jobId);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^The machine is not as it was for the baseline: frequency governor \(powersave then, .+ now\), kernel \(1\.2\.3 then, .+ now\)\.$/,
    );
  });

  it('takes the set-up of the baseline, or refuses one that it has not', async () => {
    const lab = await makeLab('digits-tabular', 'mnist');
    const baselinePath = await baselineOf(lab, 'digits-tabular', ({ results: [result] }) => {
      Object.assign(result?.options ?? {}, { threads: 2 });
    });
    const asked = { modelRef: 'digits-tabular', baselinePath, ...QUICK };
    const { setup } = await comparisonOf(lab, await lab.compare.gate(asked));
    expect(setup.threads).toBe(2);
    await expect(lab.compare.gate({ ...asked, batch: 4 })).rejects.toMatchObject({
      code: 'BASELINE_INVALID',
      message: expect.stringContaining('with 1 thread, batch 4, cpu and level all (it has 2/1/cpu/all)'),
    });
    await expect(lab.compare.gate({ ...asked, modelRef: 'mnist' })).rejects.toMatchObject({
      code: 'BASELINE_INVALID',
      message: expect.stringContaining('no result of a model named mnist, only of digits-tabular'),
    });
    await expect(lab.compare.gate({ ...asked, baselinePath: lab.file('none.json') })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });
});
