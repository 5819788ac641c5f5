// What the form of a comparison holds, and what it asks the backend for.
import type { RpcClient } from '../../../shared/contract/index.ts';
import { THIS_COMPUTER } from '../../lib/machines.ts';

export const LENGTHS = ['short', 'usual', 'long'] as const;
export type Length = (typeof LENGTHS)[number];
export const LENGTH_S: Readonly<Record<Length, number>> = { short: 10, usual: 30, long: 120 };

export type CompareInput = Parameters<RpcClient['compare']['start']>[0];
export type GateInput = Parameters<RpcClient['compare']['gate']>[0];

export interface CompareDraft {
  /** `models`: against A, interleaved. `stored`: against a result in a file. */
  readonly kind: 'models' | 'stored';
  readonly a: string | null;
  readonly candidates: readonly string[];
  readonly machine: string;
  readonly length: Length;
  readonly thresholdPercent: number | null;
  readonly baselinePath: string;
  readonly maxSlowdownPercent: number | null;
}

/** The newest model against the one before it, or `modelRef` against the newest other one. */
export function createCompareDraft(refs: readonly string[], modelRef: string | null): CompareDraft {
  const b = modelRef ?? refs[0] ?? null;
  const name = b?.split(':')[0];
  const others = refs.filter((ref) => ref !== b);
  const a = others.find((ref) => ref.split(':')[0] === name) ?? others[0] ?? null;
  return {
    kind: 'models',
    a,
    candidates: b === null ? [] : [b],
    machine: THIS_COMPUTER,
    length: 'usual',
    thresholdPercent: null,
    baselinePath: '',
    maxSlowdownPercent: null,
  };
}

/** Null while something is missing. */
export function toCompareInput(draft: CompareDraft): CompareInput | null {
  const candidates = draft.candidates.filter((ref) => ref !== draft.a);
  if (draft.kind !== 'models' || draft.a === null || candidates.length === 0) return null;
  return {
    a: draft.a,
    candidates,
    machine: draft.machine,
    durationS: LENGTH_S[draft.length],
    ...(draft.thresholdPercent === null ? {} : { threshold: draft.thresholdPercent / 100 }),
  };
}

/** Null while something is missing. */
export function toGateInput(draft: CompareDraft): GateInput | null {
  const [modelRef] = draft.candidates;
  const baselinePath = draft.baselinePath.trim();
  if (draft.kind !== 'stored' || modelRef === undefined || baselinePath === '') return null;
  return {
    modelRef,
    baselinePath,
    machine: draft.machine,
    durationS: LENGTH_S[draft.length],
    ...(draft.maxSlowdownPercent === null ? {} : { maxSlowdown: draft.maxSlowdownPercent / 100 }),
  };
}
