/** What the start form of a benchmark asks for, how many rows that is and how long it takes. */
import { describe, expect, it } from 'vitest';
import {
  createDraft,
  estimate,
  parseDimensions,
  scenarioOf,
  toStartBench,
} from '../../../renderer/features/benchmark/bench-draft.ts';
import { parseNumbers } from '../../../renderer/ui/list-fields.tsx';

const DRAFT = createDraft('digits:1');

describe('defaults', () => {
  it('start a quick single stream on this computer', () => {
    expect(toStartBench(DRAFT)).toEqual({
      modelRefs: ['digits:1'],
      machines: ['local'],
      scenario: { kind: 'single-stream' },
      providers: ['cpu'],
      levels: ['all'],
      durationS: 10,
      noiseFloor: true,
    });
    expect(estimate(DRAFT).rows).toBe(1);
  });

  it('cannot start without a model, a machine, or with dimensions that cannot be read', () => {
    expect(toStartBench(createDraft(null))).toBeNull();
    expect(toStartBench({ ...DRAFT, machines: [] })).toBeNull();
    expect(toStartBench({ ...DRAFT, dimensions: 'height' })).toBeNull();
  });
});

describe('scenario', () => {
  it('fills empty fields with what the form shows, and leaves the rate open', () => {
    expect(scenarioOf({ ...DRAFT, scenario: 'server', limitMs: 8 })).toEqual({
      kind: 'server',
      limitMs: 8,
      percentile: 99,
      ratePerS: null,
    });
    expect(scenarioOf({ ...DRAFT, scenario: 'camera', cameras: 4 })).toEqual({
      kind: 'camera',
      cameras: 4,
      framesPerS: 30,
      deadlineMs: null,
    });
    expect(scenarioOf({ ...DRAFT, scenario: 'multi-stream' })).toEqual({ kind: 'multi-stream', samplesPerQuery: 8 });
  });
});

describe('duration', () => {
  it('asks for a sustained run instead of a duration', () => {
    const input = toStartBench({ ...DRAFT, duration: 'sustained' });
    expect(input?.sustainedS).toBe(1800);
    expect(input).not.toHaveProperty('durationS');
    expect(toStartBench({ ...DRAFT, duration: 'custom', customS: 42 })?.durationS).toBe(42);
  });
});

describe('estimate', () => {
  const sweep = { ...DRAFT, modelRefs: ['a:1', 'b:1'], threads: [1, 2, 4], batches: [1, 8] };

  it('counts every combination', () => {
    expect(estimate({ ...sweep, machines: ['local', 'press-01'] }).rows).toBe(24);
  });

  it('takes no longer for a second machine, since machines measure beside each other', () => {
    expect(estimate({ ...sweep, machines: ['local', 'press-01'] }).durationMs).toBe(estimate(sweep).durationMs);
    expect(estimate(sweep).durationMs).toBeGreaterThan(12 * 10_000);
  });

  it('leaves the noise floor out where it is not wanted', () => {
    expect(estimate({ ...sweep, hasNoiseFloor: false }).durationMs).toBeLessThan(estimate(sweep).durationMs);
  });
});

describe('what is typed', () => {
  it('reads lists of whole numbers in either punctuation, each once', () => {
    expect(parseNumbers('1, 2,4')).toEqual([1, 2, 4]);
    expect(parseNumbers('1，2 2')).toEqual([1, 2]);
    expect(parseNumbers('')).toEqual([]);
    expect(parseNumbers('1, x')).toBeNull();
    expect(parseNumbers('0')).toBeNull();
    expect(parseNumbers('1.5')).toBeNull();
  });

  it('reads sizes by name', () => {
    expect(parseDimensions('height=480, width = 640')).toEqual({ height: 480, width: 640 });
    expect(parseDimensions('?1=3')).toEqual({ '?1': 3 });
    expect(parseDimensions('height=0')).toBeNull();
    expect(parseDimensions('=4')).toBeNull();
  });
});
