// Phrases of the report that more than one of its parts needs.
import type { BenchOptions, Scenario } from '../../../../shared/contract/bench-options.ts';
import type { Verdict } from '../../../../shared/contract/bench-result.ts';

export const VERDICT_WORDS: Readonly<Record<Verdict['verdict'], string>> = {
  trust: 'These figures can be trusted.',
  repeat: 'Measure again before relying on these figures.',
  reject: 'Do not use these figures.',
};

export const SCENARIO_WORDS: Readonly<Record<Scenario['kind'], string>> = {
  'single-stream': 'one call after the other',
  'multi-stream': 'queries of several samples, one after the other',
  server: 'requests that arrive at random moments',
  offline: 'everything at once',
  camera: 'frames of cameras by the clock',
};

/** UTC to the minute: a report travels. */
export function formatUtc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `1 thread, batch 8, provider cpu, level all`. */
export function setupWords({ threads, batch, provider, level, dimensions, isDynamic }: BenchOptions): string {
  const sizes = Object.entries(dimensions).map(([name, size]) => `${name} = ${size}`);
  return [
    `${threads} thread${threads === 1 ? '' : 's'}`,
    `batch ${batch}`,
    `provider ${provider}`,
    `optimization level ${level}`,
    ...sizes,
    ...(isDynamic ? ['dynamic dimensions left as they are'] : []),
  ].join(', ');
}
