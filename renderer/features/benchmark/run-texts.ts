// What a run and its rows are called: the models, what varies between rows, and the set-up that all share.
import type { TFunction } from 'i18next';
import type { BenchRow, BenchRun } from '../../../shared/contract/bench.ts';
import type { BenchOptions } from '../../../shared/contract/bench-options.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import type { Format } from '../../lib/format.ts';
import { machineName } from '../../lib/machines.ts';
import { PROVIDER_NAMES } from '../../lib/provider-names.ts';

/** The sides in which two rows of a run can differ, in the order in which they are told. */
export const SIDES = ['model', 'machine', 'threads', 'batch', 'provider', 'level'] as const;
export type Side = (typeof SIDES)[number];

export function sideText(t: TFunction, row: BenchRow, side: Side): string {
  const { options } = row;
  if (side === 'model') return formatRef(row.model);
  if (side === 'machine') return machineName(t, row.machine);
  if (side === 'provider') return PROVIDER_NAMES[options.provider];
  if (side === 'level') return t(`bench.levelNames.${options.level}`);
  return String(options[side]);
}

/** Sides that differ between rows of the run. */
export function varyingSides(run: Pick<BenchRun, 'rows'>): readonly Side[] {
  const keyOf: Readonly<Record<Side, (row: BenchRow) => string | number>> = {
    model: (row) => formatRef(row.model),
    machine: (row) => `${row.machine.kind}:${row.machine.name}`,
    threads: (row) => row.options.threads,
    batch: (row) => row.options.batch,
    provider: (row) => row.options.provider,
    level: (row) => row.options.level,
  };
  return SIDES.filter((side) => new Set(run.rows.map(keyOf[side])).size > 1);
}

/** `digits-mobilenet:2`, or the first and how many more. */
export function runTitle(t: TFunction, run: BenchRun): string {
  const refs = [...new Set(run.rows.map((row) => formatRef(row.model)))];
  const [first = ''] = refs;
  return refs.length < 2 ? first : t('bench.andMore', { first, count: refs.length - 1 });
}

/** `this computer`, or how many machines. */
export function runMachines(t: TFunction, run: BenchRun): string {
  const names = [...new Set(run.rows.map((row) => machineName(t, row.machine)))];
  const [first = ''] = names;
  return names.length < 2 ? first : t('bench.machineCount', { count: names.length });
}

/** `single stream · 10 s · 1 thread · batch 1 · CPU · all`, without the sides that `leftOut` names. */
export function setupText(t: TFunction, format: Format, options: BenchOptions, leftOut: readonly Side[]): string {
  const parts = [
    t(`bench.scenarios.${options.scenario.kind}`),
    format.span(options.durationS * 1000),
    leftOut.includes('threads') ? '' : t('bench.threadCount', { count: options.threads }),
    leftOut.includes('batch') ? '' : t('bench.batchOf', { size: options.batch }),
    leftOut.includes('provider') ? '' : PROVIDER_NAMES[options.provider],
    leftOut.includes('level') ? '' : t('bench.levelOf', { level: t(`bench.levelNames.${options.level}`) }),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** `8 threads, batch 4`: the sides that set a row apart. */
export function rowTitle(t: TFunction, row: BenchRow, sides: readonly Side[]): string {
  const parts = sides.map((side) => {
    if (side === 'threads') return t('bench.threadCount', { count: row.options.threads });
    if (side === 'batch') return t('bench.batchOf', { size: row.options.batch });
    return sideText(t, row, side);
  });
  return parts.length === 0 ? formatRef(row.model) : parts.join(', ');
}
