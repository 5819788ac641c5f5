import { describe, expect, it } from 'vitest';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import { benchResultSchema } from '../../../shared/contract/bench-result.ts';
import type { VerdictInput } from '../../../shared/domain/bench-reasons.ts';
import { judgeRun, VERDICT_CODES } from '../../../shared/domain/bench-verdict.ts';
import { capacityOf } from '../../../shared/domain/capacity.ts';
import { secondsOf } from '../../helpers/statistics-trials.ts';

/** 5 ms, on a quiet machine whose clock and temperature can be read. */
function goodRun(): VerdictInput {
  const stated = (percentile: number, valueMs: number): BenchResult['latencyMs']['percentiles'][number] => ({
    percentile,
    valueMs,
    lowMs: valueMs * 0.99,
    highMs: valueMs * 1.01,
    signOffMs: valueMs * 1.02,
    samplesMissing: 0,
  });
  return {
    id: 'r1',
    runId: 'run1',
    model: { name: 'digits', version: '1', digest: 'sha256:00' },
    machine: { kind: 'local', name: 'desk' },
    startedAtMs: 0,
    finishedAtMs: 10_000,
    options: {
      ...{ threads: 1, batch: 1, provider: 'cpu', level: 'all', scenario: { kind: 'single-stream' }, durationS: 10 },
      ...{ isSustained: false, dimensions: {}, isDynamic: false, priority: 'normal' },
    },
    placement: [{ provider: 'CPUExecutionProvider', nodes: ['a', 'b', 'c'] }],
    binding: 'native',
    coldLoadMs: 20,
    firstRunMs: 6,
    warmup: { isSteady: true, discarded: 0, discardedMs: 0, reason: 'No warm-up was found, so every call counts.' },
    samples: { count: 2000, effectiveCount: 1500, total: 2000, keptEvery: 1 },
    latencyMs: {
      min: 4.8,
      mean: 5,
      max: 6,
      percentiles: [stated(50, 5), stated(90, 5.2), stated(95, 5.3), stated(99, 5.5)],
    },
    outliers: {
      ...{ mildLow: 0, mildHigh: 5, severeLow: 0, severeHigh: 1, varianceShare: 0.005, effect: 'unaffected' },
      explained: 0,
    },
    drift: {
      ...{ percentPerMinute: 0.1, totalPercent: 0.02, pValue: 0.6, isDrifting: false, isThrottling: false },
      ...{ timeToThrottleMs: null, evidence: 'clock', calibrationPercent: null },
    },
    noise: {
      ...{ floor: 0.01, busyBefore: 0.01, pressure: 0.01, steal: 0, load1: 0.5, involuntarySwitches: 3 },
      ...{ garbageCollections: 0, servedRequests: null },
    },
    outcome: { kind: 'single-stream' },
    throughputPerS: 200,
    peakRssBytes: 1e8,
    modelRssBytes: 1e7,
    series: [],
    histogram: [],
    seconds: secondsOf(new Array(10).fill(5)).map((second) => ({ ...second, clockMHz: 3000, temperatureC: 50 })),
    inputs: [],
    inputDigest: '00',
    seed: 1,
    fingerprint: {
      ...{ cpuModel: 'x', cpuFlags: [], cores: 4, caches: [], memoryBytes: 8e9, os: 'Linux', kernel: '6', libc: null },
      ...{
        architecture: 'x64',
        virtualization: null,
        governor: 'performance',
        turbo: null,
        smt: null,
        powerMode: null,
      },
      ...{
        onBattery: false,
        firmware: null,
        gpu: null,
        nodeVersion: '24',
        onnxruntimeVersion: '1.30.0',
        providers: [],
      },
    },
    nanOutputs: [],
  };
}

type Change = (run: VerdictInput) => Partial<VerdictInput>;

const REASONS: readonly (readonly [(typeof VERDICT_CODES)[number], 'reject' | 'repeat' | 'note', Change])[] = [
  ['nan-outputs', 'reject', () => ({ nanOutputs: ['scores', 'boxes'] })],
  ['other-provider', 'reject', ({ options, placement }) => ({ options: { ...options, provider: 'cuda' }, placement })],
  [
    'some-nodes-elsewhere',
    'note',
    ({ options }) => ({
      options: { ...options, provider: 'cuda' },
      placement: [
        { provider: 'CUDAExecutionProvider', nodes: ['a', 'b'] },
        { provider: 'CPUExecutionProvider', nodes: ['c'] },
      ],
    }),
  ],
  ['not-steady', 'reject', ({ warmup }) => ({ warmup: { ...warmup, isSteady: false, reason: 'It jumped.' } })],
  [
    'too-few-samples',
    'reject',
    ({ latencyMs }) => ({
      latencyMs: {
        ...latencyMs,
        percentiles: latencyMs.percentiles.map((p) => ({ ...p, valueMs: null, lowMs: null, highMs: null })),
      },
    }),
  ],
  [
    'throttling',
    'reject',
    ({ drift, seconds }) => ({
      drift: { ...drift, isDrifting: true, isThrottling: true, timeToThrottleMs: 6000 },
      seconds: seconds.map((second, i) => ({ ...second, p50Ms: i < 6 ? 5 : 6 })),
    }),
  ],
  ['drift-large', 'reject', ({ drift }) => ({ drift: { ...drift, isDrifting: true, totalPercent: -8 } })],
  ['drift-small', 'repeat', ({ drift }) => ({ drift: { ...drift, isDrifting: true, totalPercent: 3.4 } })],
  ['noise-floor-high', 'repeat', ({ noise }) => ({ noise: { ...noise, floor: 0.062 } })],
  [
    'interval-wide',
    'repeat',
    ({ latencyMs }) => ({
      latencyMs: { ...latencyMs, percentiles: latencyMs.percentiles.map((p) => ({ ...p, lowMs: 4, highMs: 6 })) },
    }),
  ],
  [
    'outliers-severe',
    'repeat',
    ({ outliers }) => ({ outliers: { ...outliers, severeHigh: 200, varianceShare: 0.9, effect: 'severe' } }),
  ],
  [
    'outliers-severe',
    'note',
    ({ outliers }) => ({ outliers: { ...outliers, severeHigh: 20, varianceShare: 0.9, effect: 'severe' } }),
  ],
  ['steal-high', 'repeat', ({ noise }) => ({ noise: { ...noise, steal: 0.05 } })],
  ['pressure-high', 'repeat', ({ noise }) => ({ noise: { ...noise, pressure: 0.2 } })],
  ['busy-before', 'repeat', ({ noise }) => ({ noise: { ...noise, busyBefore: 0.5 } })],
  ['on-battery', 'repeat', ({ fingerprint }) => ({ fingerprint: { ...fingerprint, onBattery: true } })],
  [
    'percentile-missing',
    'note',
    ({ latencyMs }) => ({
      latencyMs: {
        ...latencyMs,
        percentiles: latencyMs.percentiles.map((p) =>
          p.percentile < 95 ? p : { ...p, valueMs: null, samplesMissing: 40 },
        ),
      },
    }),
  ],
  ['served-requests', 'note', ({ noise }) => ({ noise: { ...noise, servedRequests: 12 } })],
  ['asynchronous-call', 'note', () => ({ binding: 'run' })],
  ['virtual-machine', 'note', ({ fingerprint }) => ({ fingerprint: { ...fingerprint, virtualization: 'KVM' } })],
  ['governor', 'note', ({ fingerprint }) => ({ fingerprint: { ...fingerprint, governor: 'powersave' } })],
  [
    'no-sensors',
    'note',
    ({ seconds }) => ({ seconds: seconds.map((second) => ({ ...second, clockMHz: null, temperatureC: null })) }),
  ],
  ['no-noise-floor', 'note', ({ noise }) => ({ noise: { ...noise, floor: null } })],
];

const VERDICTS = { reject: 'reject', repeat: 'repeat', note: 'trust' } as const;

describe('judgeRun', () => {
  it('trusts a quiet run, which is a result as the contract has it', () => {
    const verdict = judgeRun(goodRun());
    expect(verdict).toEqual({ verdict: 'trust', reasons: [] });
    expect(benchResultSchema.parse({ ...goodRun(), verdict })).toMatchObject({ id: 'r1' });
  });

  it.each(REASONS)('%s weighs as %s', (code, weight, change) => {
    const run = goodRun();
    const { verdict, reasons } = judgeRun({ ...run, ...change(run) });
    expect(verdict).toBe(VERDICTS[weight]);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatchObject({ code, weight });
    expect(reasons[0]?.text).toMatch(/^[A-Z0-9].*\.$/);
    expect(reasons[0]?.text).not.toMatch(/NaN %|undefined|Infinity/);
    for (const value of Object.values(reasons[0]?.values ?? {}))
      if (typeof value === 'number') expect(value).not.toBeNaN();
  });

  it('gives every code but the one that results of earlier versions are given when they are read', () => {
    const judged = VERDICT_CODES.filter((code) => code !== 'earlier-version');
    expect(new Set(REASONS.map(([code]) => code))).toEqual(new Set(judged));
  });

  it('puts the weightiest reason first and says figures', () => {
    const run = goodRun();
    const { verdict, reasons } = judgeRun({
      ...run,
      noise: { ...run.noise, steal: 0.05, floor: null },
      drift: { ...run.drift, isThrottling: true, timeToThrottleMs: 6000 },
      seconds: run.seconds.map((second, i) => ({ ...second, p50Ms: i < 6 ? 5 : 6 })),
    });
    expect(verdict).toBe('reject');
    expect(reasons.map(({ code }) => code)).toEqual(['throttling', 'steal-high', 'no-noise-floor']);
    expect(reasons[0]).toMatchObject({
      text: 'The machine throttled after 6 s and became 20 % slower (told by its clock).',
      values: { afterS: 6, percent: 20, evidence: 'clock' },
    });
  });

  it('notes the throttling that a sustained run is made to find, where the run settles', () => {
    const run = goodRun();
    const sustained: VerdictInput = {
      ...run,
      options: { ...run.options, isSustained: true },
      drift: { ...run.drift, isThrottling: true, timeToThrottleMs: 6000 },
    };
    expect(judgeRun(sustained)).toMatchObject({ verdict: 'trust', reasons: [{ code: 'throttling', weight: 'note' }] });
  });
});

describe('capacityOf', () => {
  const asked = { ratePerS: 1000, limitMs: 50, percentile: 99, reserve: 0.2 };
  const result = (change: Partial<BenchResult> = {}): BenchResult => ({
    ...goodRun(),
    verdict: { verdict: 'trust', reasons: [] },
    ...change,
  });
  const server = (ratePerS: number | null, given: number | null = null): BenchResult =>
    result({
      options: { ...goodRun().options, scenario: { kind: 'server', limitMs: 50, percentile: 99, ratePerS: given } },
      outcome: { kind: 'server', ratePerS, isMet: ratePerS !== null, probes: [] },
    });

  it('takes the rate that a server run found at that limit', () => {
    expect(capacityOf({ ...asked, result: server(100), samplesMs: null })).toEqual({
      ...asked,
      perBoxPerS: 100,
      basis: 'measured',
      working: 10,
      spare: 2,
      boxes: 12,
    });
    expect(capacityOf({ ...asked, result: server(null), samplesMs: null })).toMatchObject({
      perBoxPerS: null,
      boxes: null,
      basis: 'measured',
    });
  });

  it('predicts from the calls of the steady part', () => {
    const samplesMs = new Float64Array(2000).fill(5).fill(500, 0, 1000);
    const warm = result({ warmup: { ...goodRun().warmup, discarded: 1000 } });
    const capacity = capacityOf({ ...asked, result: warm, samplesMs });
    expect(capacity).toMatchObject({ basis: 'predicted', limitMs: 50 });
    // 5 ms a call, so at most 200 a second.
    expect(capacity?.perBoxPerS).toBeGreaterThan(150);
    expect(capacity?.perBoxPerS).toBeLessThan(200);
    expect(capacity?.boxes).toBe((capacity?.working ?? 0) + (capacity?.spare ?? 0));
    expect(capacityOf({ ...asked, limitMs: 4, result: warm, samplesMs })).toMatchObject({
      perBoxPerS: null,
      boxes: null,
    });
  });

  it('says nothing where the samples are waiting times or missing', () => {
    const samplesMs = new Float64Array(2000).fill(5);
    expect(capacityOf({ ...asked, limitMs: 20, result: server(100), samplesMs })).toBeNull();
    expect(capacityOf({ ...asked, result: server(100, 100), samplesMs })).toBeNull();
    expect(capacityOf({ ...asked, result: result(), samplesMs: null })).toBeNull();
  });
});
