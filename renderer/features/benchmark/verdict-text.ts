// The verdict on a measurement in the user's words: by the code of each reason with its values, else the backend's own sentence.
import type { TFunction } from 'i18next';
import type { Verdict } from '../../../shared/contract/bench-result.ts';
import { VERDICT_CODES, type VerdictCode } from '../../../shared/domain/bench-verdict.ts';
import type { Format } from '../../lib/format.ts';
import { said } from '../../lib/said.ts';
import type { Tone } from '../../ui/status.tsx';

export const VERDICT_TONES = { trust: 'ok', repeat: 'warn', reject: 'bad' } as const satisfies Record<
  Verdict['verdict'],
  Tone
>;

/** Every name that a text of a reason takes. */
type ValueName =
  | 'afterS'
  | 'asked'
  | 'count'
  | 'effective'
  | 'evidence'
  | 'explained'
  | 'governor'
  | 'limit'
  | 'missing'
  | 'name'
  | 'needed'
  | 'nodes'
  | 'outputs'
  | 'percent'
  | 'percentile'
  | 'reason'
  | 'total'
  | 'used';

function isKnown(code: string): code is VerdictCode {
  return VERDICT_CODES.some((known) => known === code);
}

function valueText(t: TFunction, format: Format, name: string, value: string | number): string {
  if (name === 'evidence') {
    const known = (['clock', 'temperature', 'calibration', 'none'] as const).find((one) => one === value);
    return known === undefined ? String(value) : t(`bench.evidence.${known}`);
  }
  if (typeof value === 'string') return said(t, value);
  if (name === 'afterS') return format.duration(value * 1000);
  if (name === 'percentile') return format.small(value);
  if (name === 'percent' || name === 'limit') return `${format.small(Math.round(value * 10) / 10)} %`;
  return format.integer(value);
}

/** One whole sentence. */
export function reasonText(t: TFunction, format: Format, reason: Verdict['reasons'][number]): string {
  if (!isKnown(reason.code)) return reason.text;
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(reason.values)) values[name] = valueText(t, format, name, value);
  const text: string = t(`bench.reasons.${reason.code}`, values as Record<ValueName, string>);
  return text.includes('{{') ? reason.text : text;
}
