/** The words for a verdict, its reasons and the answer of a comparison: by code in both languages, else as the backend said it. */
import { describe, expect, it } from 'vitest';
import { reasonText } from '../../../renderer/features/benchmark/verdict-text.ts';
import { answerSentence, intervalText } from '../../../renderer/features/compare/answer-text.ts';
import { createFormat } from '../../../renderer/lib/format.ts';
import { createI18n } from '../../../renderer/lib/i18n.ts';
import { timeLeftMs } from '../../../renderer/lib/job-progress.ts';
import { said } from '../../../renderer/lib/said.ts';
import { COMPARISONS } from '../../../renderer/preview/fixtures/comparisons.ts';
import { VERDICT_CODES } from '../../../shared/domain/bench-verdict.ts';

const english = createI18n('en').t;
const chinese = createI18n('zh-CN').t;
const format = createFormat('en');

/** Every value that any reason comes with. */
const VALUES = {
  afterS: 421,
  asked: 'webgpu',
  count: 3,
  effective: 96,
  evidence: 'clock',
  explained: 2,
  governor: 'powersave',
  limit: 5,
  missing: 12,
  name: 'kvm',
  needed: 130,
  nodes: 4,
  outputs: 'logits',
  percent: 6.1,
  percentile: 99.9,
  reason: 'It is so.',
  total: 9,
  used: 'cpu',
};

describe('reasons of a verdict', () => {
  it.each(VERDICT_CODES)('%s is said in both languages with its values', (code) => {
    const reason = { code, weight: 'note' as const, text: 'fallback', values: VALUES };
    for (const t of [english, chinese]) {
      const text = reasonText(t, format, reason);
      expect(text).not.toBe('fallback');
      expect(text).not.toMatch(/\{\{|bench\.reasons/);
    }
    expect(reasonText(english, format, reason)).not.toBe(reasonText(chinese, format, reason));
  });

  it('writes times, shares and evidence as people read them', () => {
    const text = reasonText(english, format, { code: 'throttling', weight: 'reject', text: '', values: VALUES });
    expect(text).toBe('The machine throttled after 7 min 1 s and became 6.1 % slower (told by its clock).');
  });

  it('falls back to the sentence of an unknown code, or when a value is missing', () => {
    expect(reasonText(english, format, { code: 'new-code', weight: 'note', text: 'As told.', values: {} })).toBe(
      'As told.',
    );
    expect(reasonText(english, format, { code: 'governor', weight: 'note', text: 'As told.', values: {} })).toBe(
      'As told.',
    );
  });
});

describe('answers of a comparison', () => {
  const sentenceOf = (id: string) => {
    const comparison = COMPARISONS.find((one) => one.id === id);
    const [candidate] = comparison?.candidates ?? [];
    if (!comparison || !candidate) throw new Error(`There is no ${id}.`);
    return answerSentence(english, format, comparison, candidate);
  };

  it('are one sentence each', () => {
    expect(sentenceOf('c-07')).toBe('digits-mobilenet:2 is 9.7 % faster than digits-mobilenet:1.');
    expect(sentenceOf('c-05')).toContain('are the same within 3.0 %');
    expect(sentenceOf('c-04')).toContain('cannot be told');
    expect(sentenceOf('c-03')).toBe('digits-mobilenet:2-slow is 11.8 % slower than the stored result.');
  });

  it('come with their interval, signed', () => {
    expect(intervalText(english, format, { estimate: 0.9, low: 0.889, high: 1.004 })).toBe(
      '95 % interval of the difference: −11.1 % to +0.4 %',
    );
  });
});

describe('sentences with figures', () => {
  it('are said in the language in use', () => {
    expect(said(chinese, 'The first 118 calls were unsettled and were left out.')).toContain('118');
    expect(said(chinese, 'The first 118 calls were unsettled and were left out.')).not.toContain('calls');
    expect(said(chinese, 'Something new.')).toBe('Something new.');
  });
});

describe('time left', () => {
  const job = (done: number, total: number | null, unit: 'ms' | 'steps') => ({
    startedAtMs: 1000,
    progress: { step: '', done, total, unit },
  });

  it('is what is missing of a time, and in proportion for steps', () => {
    expect(timeLeftMs(job(4000, 10_000, 'ms'))).toBe(6000);
    expect(timeLeftMs(job(1, 4, 'steps'), 11_000)).toBe(30_000);
  });

  it('is not said without a total or right at the start', () => {
    expect(timeLeftMs(job(1, null, 'ms'))).toBeNull();
    expect(timeLeftMs(job(0, 4, 'steps'), 11_000)).toBeNull();
  });
});
