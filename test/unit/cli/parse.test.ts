// Option values: what is taken, and what is refused with a sentence.
import { describe, expect, it } from 'vitest';
import {
  dimension,
  label,
  latencyMs,
  nonNegativeInteger,
  nonNegativeNumber,
  percentile,
  positiveInteger,
  positiveIntegers,
  positiveNumber,
  seconds,
  share,
  wordsOf,
} from '../../../electron/hosts/cli/parse.ts';

describe('option values', () => {
  it.each([
    [positiveInteger, '4', 4],
    [nonNegativeInteger, '0', 0],
    [positiveNumber, '0.5', 0.5],
    [nonNegativeNumber, '0', 0],
  ] as const)('%o takes %s', (parse, given, value) => expect(parse(given)).toBe(value));

  it.each([
    [positiveInteger, ['0', '-1', '1.5', '', 'x', 'Infinity']],
    [nonNegativeInteger, ['-1', '1.5', '', ' ', 'x']],
    [positiveNumber, ['0', '-1', '', 'x', 'Infinity', 'NaN']],
    [nonNegativeNumber, ['-1', '', ' ', 'x', 'Infinity']],
  ] as const)('%o refuses the rest', (parse, wrong) => {
    for (const each of wrong) expect(() => parse(each), each).toThrow(/^Give a /);
  });

  it('collects labels and refuses what is none', () => {
    expect(label('site=b', label('role=test', label('site=a')))).toEqual({ site: 'b', role: 'test' });
    expect(label('empty=')).toEqual({ empty: '' });
    for (const wrong of ['site', '=a', 'a b=c', 'site=a b']) expect(() => label(wrong)).toThrow(/key=value/);
  });

  it('reads lengths of time, latencies, shares, percentiles and lists', () => {
    expect(['500ms', '10s', '30m', '1.5min', '2h', '10'].map(seconds)).toEqual([0.5, 10, 1800, 90, 7200, 10]);
    expect(['50ms', '0.5ms', '1.5s'].map(latencyMs)).toEqual([50, 0.5, 1500]);
    expect(['5%', '0.05', '0', '1', '150%', '2.5 %'].map(share)).toEqual([0.05, 0.05, 0, 1, 1.5, 0.025]);
    expect(['99', 'p99.9'].map(percentile)).toEqual([99, 99.9]);
    expect(positiveIntegers('1, 2,4')).toEqual([1, 2, 4]);
    expect(wordsOf(['cpu', 'webgpu'])('webgpu,cpu')).toEqual(['webgpu', 'cpu']);
    expect(dimension('?1=8', dimension('height=224'))).toEqual({ height: 224, '?1': 8 });
  });

  it.each([
    [seconds, ['', '0', '-1', '10x', '1e3ms', '0s', 'NaN'], /^Write a time as/],
    [latencyMs, ['', '50', '0ms', '-1ms', 'ms'], /^Write a latency with its unit/],
    [share, ['', '5', '-1%', '5 percent'], /^Write a share as/],
    [percentile, ['', '0', '100', 'x'], /^Give a percentile/],
    [positiveIntegers, ['', '1,', ',', '1;2', '0,1'], /^(Write a list|Give a whole number)/],
    [wordsOf(['cpu']), ['', 'gpu', 'cpu,gpu'], /^(Write a list|There is no "gpu"; choose from cpu\.)/],
    [dimension, ['height', 'height=', 'height=0', '=3', 'height=-1', 'a=b'], /NAME=SIZE/],
  ] as const)('%o refuses what it cannot read', (parse, wrong, words) => {
    for (const each of wrong) expect(() => parse(each), each).toThrow(words);
  });
});
