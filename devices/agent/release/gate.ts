// The judgement on a candidate before it may answer a request: its outputs on this device, and how long it takes for them.
import type { GoldenReport } from '../../../shared/agent-protocol/messages.ts';
import type { Release } from '../../../shared/domain/release.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { BadMark } from './records.ts';

/** @throws GOLDEN_MISMATCH */
export function judgeOutputs(release: Release, report: GoldenReport): void {
  if (report.mismatches === 0 && report.cases === release.golden.cases.length) return;
  throw new AppError(
    'GOLDEN_MISMATCH',
    `On this device ${release.name} ${release.version} gives other outputs than it was signed with (${report.mismatches} values off, by up to ${report.maxAbsoluteError}); it was not switched on. Build a bundle whose golden outputs this device can reproduce.`,
    { details: { ...report, tolerance: release.golden.tolerance } },
  );
}

/** @throws LATENCY_BUDGET_EXCEEDED */
export function judgeLatency(release: Release, report: GoldenReport): void {
  const limitMs = release.budget.latencyP95Ms;
  if (limitMs === null || report.latencyP95Ms <= limitMs) return;
  throw new AppError(
    'LATENCY_BUDGET_EXCEEDED',
    `On this device ${release.name} ${release.version} takes ${report.latencyP95Ms.toFixed(2)} ms (p95) for one inference and may take ${limitMs} ms; it was not switched on. Use a faster model or a larger budget.`,
    { details: { ...report, limitMs } },
  );
}

/** Failures that the same bundle would show again on this device, however often it is tried. */
const DETERMINISTIC: ReadonlySet<string> = new Set(['GOLDEN_MISMATCH', 'MODEL_RUN_FAILED', 'REQUIREMENTS_NOT_MET']);

/** What a failure says about the bundle; null when it says nothing, as when a person stopped it. */
export function badMarkOf(error: AppError): BadMark | null {
  if (error.code === 'CANCELLED') return null;
  const deterministic = DETERMINISTIC.has(error.code);
  return { class: deterministic ? 'deterministic' : 'transient', code: error.code, message: error.message };
}
