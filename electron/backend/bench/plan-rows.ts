// Turns what was asked for into rows: every combination of models, machines, threads, batches, providers and levels, within bounds.
import { availableParallelism } from 'node:os';
import type { BenchRow, StartBench } from '../../../shared/contract/bench.ts';
import type { OptimizationLevel, Provider } from '../../../shared/contract/bench-options.ts';
import type { BenchMachineRef } from '../../../shared/contract/bench-result.ts';
import { AppError } from '../../../shared/errors/app-error.ts';

export const DEFAULT_DURATION_S = 10;
export const DEFAULT_CALL_TIMEOUT_S = 300;
const MAX_ROWS = 500;
const MAX_THREADS = 256;
const MAX_DURATION_S = 3600;
const MAX_SUSTAINED_S = 86_400;
const MAX_CALL_TIMEOUT_S = 86_400;

export interface RowModel {
  readonly name: string;
  readonly version: string;
}

/**
 * Rows in the order in which they are measured: by model, then machine, then set-up.
 * @throws INPUT_INVALID with one sentence on what is out of bounds
 */
export function planRows(
  input: StartBench,
  models: readonly RowModel[],
  machines: readonly BenchMachineRef[],
): BenchRow[] {
  checkBounds('The benchmark', input);
  const { durationS = DEFAULT_DURATION_S, sustainedS } = input;
  const lists = {
    models: distinct(models),
    machines: distinct(machines),
    providers: distinct<Provider>(input.providers ?? ['cpu']),
    levels: distinct<OptimizationLevel>(input.levels ?? ['all']),
    threads: distinct(input.threads ?? [1]),
    batches: distinct(input.batches ?? [1]),
  };
  const count = Object.values(lists).reduce((product, list) => product * list.length, 1);
  if (count === 0) throw invalid('each of its lists needs at least one entry');
  if (count > MAX_ROWS) throw invalid(`it would have ${count} rows, and ${MAX_ROWS} are the most; shorten its lists`);
  const rows: BenchRow[] = [];
  for (const model of lists.models)
    for (const machine of lists.machines)
      for (const provider of lists.providers)
        for (const level of lists.levels)
          for (const threads of lists.threads)
            for (const batch of lists.batches)
              rows.push({
                index: rows.length,
                model: { name: model.name, version: model.version },
                machine,
                options: {
                  ...{ threads, batch, provider, level },
                  scenario: input.scenario ?? { kind: 'single-stream' },
                  durationS: sustainedS ?? durationS,
                  isSustained: sustainedS !== undefined,
                  dimensions: input.dimensions ?? {},
                  isDynamic: input.isDynamic ?? false,
                  priority: input.priority ?? (machine.kind === 'local' ? 'normal' : 'low'),
                },
                state: 'waiting',
                resultId: null,
                error: null,
                summary: null,
              });
  return rows;
}

/** `what` cannot be started, as `The benchmark`. @throws INPUT_INVALID with one sentence on what is out of bounds */
export function checkBounds(
  what: string,
  { durationS, sustainedS, callTimeoutS, threads: asked = [] }: Omit<StartBench, 'modelRefs'>,
): void {
  const invalid = (reason: string): AppError => new AppError('INPUT_INVALID', `${what} cannot be started: ${reason}.`);
  const most = Math.max(MAX_THREADS, availableParallelism());
  const threads = Math.max(0, ...asked);
  if (threads > most) throw invalid(`at most ${most} threads can be asked for, not ${threads}`);
  if (durationS !== undefined && sustainedS !== undefined)
    throw invalid('it takes either a duration or the length of a sustained run, not both');
  if (durationS !== undefined && durationS > MAX_DURATION_S)
    throw invalid(`a measurement lasts at most ${MAX_DURATION_S} seconds, not ${durationS}; ask for a sustained run`);
  if (sustainedS !== undefined && sustainedS > MAX_SUSTAINED_S)
    throw invalid(`a sustained run lasts at most ${MAX_SUSTAINED_S} seconds, not ${sustainedS}`);
  if (callTimeoutS !== undefined && callTimeoutS > MAX_CALL_TIMEOUT_S)
    throw invalid(`a single call may take at most ${MAX_CALL_TIMEOUT_S} seconds, not ${callTimeoutS}`);
}

function distinct<T>(values: readonly T[]): T[] {
  const seen = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...seen.values()];
}

function invalid(reason: string): AppError {
  return new AppError('INPUT_INVALID', `The benchmark cannot be started: ${reason}.`);
}
