// Whether a measured run can be trusted, must be repeated or is worth nothing, and why, in words.
import type { Verdict } from '../contract/bench-result.ts';
import { type Reason, reasonsOf, type VerdictInput } from './bench-reasons.ts';

/** Every reason that a verdict may give, weightiest first, with the values that come with it (shares as percentages). */
export const VERDICT_CODES = [
  // reject
  /** `outputs`: names, comma-separated. */
  'nan-outputs',
  /** `asked`, `used`: providers; `nodes`, `total`: counts of nodes elsewhere and of all. */
  'other-provider',
  /** `reason`: an English sentence of the steady-part search. */
  'not-steady',
  /** `effective`, `needed`: counts. */
  'too-few-samples',
  /** `afterS`, `percent` (slower by), `evidence`: clock, temperature or calibration. A note in a sustained run that settled. */
  'throttling',
  /** `percent`: change over the steady part, signed. */
  'drift-large',
  // repeat
  /** `percent`, `limit`. */
  'noise-floor-high',
  /** `percent`: as for drift-large. */
  'drift-small',
  /** `percent`: half-width of the interval of p50, `limit`. */
  'interval-wide',
  /** `percent`: share of the variance, `count`: outliers, `explained`: of these. A note where they are few. */
  'outliers-severe',
  /** `percent`, `limit`. */
  'steal-high',
  /** `percent`, `limit`. */
  'pressure-high',
  /** `percent`, `limit`. */
  'busy-before',
  /** No values. */
  'on-battery',
  /** No values: measured by a version that did not look at noise, drift and outliers. */
  'earlier-version',
  // note
  /** `percentile`, `missing`: further calls needed. */
  'percentile-missing',
  /** `asked`, `used`, `nodes`, `total`: as for other-provider, but most nodes ran where they should. */
  'some-nodes-elsewhere',
  /** `count`. */
  'served-requests',
  /** No values: the asynchronous call was measured. */
  'asynchronous-call',
  /** `name`: of the virtualization. */
  'virtual-machine',
  /** `governor`. */
  'governor',
  /** No values: neither clock nor temperature could be read. */
  'no-sensors',
  /** No values: no A/A comparison was made. */
  'no-noise-floor',
] as const;
export type VerdictCode = (typeof VERDICT_CODES)[number];

/** The verdict is that of the weightiest reason; reasons come by weight and then in the order of `VERDICT_CODES`. */
export function judgeRun(run: VerdictInput): Verdict {
  const reasons = reasonsOf(run).sort((a, b) => place(a) - place(b));
  const has = (weight: Reason['weight']): boolean => reasons.some((reason) => reason.weight === weight);
  return { verdict: has('reject') ? 'reject' : has('repeat') ? 'repeat' : 'trust', reasons };
}

function place({ weight, code }: Reason): number {
  return WEIGHTS.indexOf(weight) * VERDICT_CODES.length + VERDICT_CODES.indexOf(code);
}

const WEIGHTS = ['reject', 'repeat', 'note'];
