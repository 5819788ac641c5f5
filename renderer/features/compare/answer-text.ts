// The answer of a comparison as one sentence in the user's language, with its figures.
import type { TFunction } from 'i18next';
import type { Answer, Candidate, Comparison } from '../../../shared/contract/compare.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import type { Format } from '../../lib/format.ts';
import type { Tone } from '../../ui/status.tsx';

export const ANSWER_TONES: Readonly<Record<Answer, Tone>> = {
  faster: 'ok',
  slower: 'bad',
  same: 'busy',
  'cannot tell': 'warn',
};

const KEYS = {
  faster: 'faster',
  slower: 'slower',
  same: 'same',
  'cannot tell': 'cannotTell',
} as const satisfies Record<Answer, string>;

export function answerWord(t: TFunction, answer: Answer): string {
  return t(`compare.answers.${KEYS[answer]}`);
}

/** What A is called: its reference, or the stored result. */
export function referenceName(t: TFunction, comparison: Comparison): string {
  return comparison.gate === null ? formatRef(comparison.a.model) : t('compare.storedResult');
}

export function answerSentence(t: TFunction, format: Format, comparison: Comparison, candidate: Candidate): string {
  const { ratio, answer } = candidate;
  return t(`compare.sentences.${KEYS[answer]}`, {
    b: formatRef(candidate.model),
    a: referenceName(t, comparison),
    percent: format.percentFine(Math.abs(ratio.estimate - 1)),
    threshold: format.percentFine(comparison.threshold),
  });
}

/** `95 % interval −11.1 % to −8.2 %`. */
export function intervalText(t: TFunction, format: Format, ratio: Candidate['ratio']): string {
  return t('compare.interval', { low: format.change(ratio.low - 1), high: format.change(ratio.high - 1) });
}
