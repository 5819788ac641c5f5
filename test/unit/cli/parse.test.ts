// Option values: what is taken, and what is refused with a sentence.
import { describe, expect, it } from 'vitest';
import {
  label,
  nonNegativeInteger,
  nonNegativeNumber,
  positiveInteger,
  positiveNumber,
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
});
