// Finds in a file of results the one that a model is to be held against: the same model by name, measured with the same set-up.
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import { parseRef } from '../../../shared/domain/names.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { readResultFile } from '../bench/files/read-result-file.ts';
import type { CompareSetup } from './compare-service.ts';
import { runtimeSetupOf } from './measure-arms.ts';

export interface Baseline {
  readonly path: string;
  readonly result: BenchResult;
  /** Of its steady part, with the 95 % interval. */
  readonly p50: { readonly medianMs: number; readonly lowMs: number; readonly highMs: number };
  readonly hasOriginalSamples: boolean;
}

/**
 * What the user did not ask for is taken from the file where only one result is left; else the defaults hold.
 * @throws BASELINE_INVALID with one sentence, FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function findBaseline(path: string, ref: string, setup: CompareSetup): Promise<Baseline> {
  const { name } = parseRef('model', ref);
  const { results } = await readResultFile(path);
  const ofModel = results.filter(({ result }) => result.model.name === name);
  if (ofModel.length === 0) {
    const names = [...new Set(results.map(({ result }) => result.model.name))].join(', ');
    throw invalid(path, `it holds no result of a model named ${name}, only of ${names}`);
  }
  const asked = ofModel.filter(({ result }) => isAsAsked(result, setup));
  const wanted = runtimeSetupOf(setup);
  const [only, ...others] = asked.length > 1 ? asked.filter(({ result }) => isAsAsked(result, wanted)) : asked;
  if (!only) {
    const { threads, batch, provider, level } = wanted;
    const has = ofModel.map(({ result: { options: o } }) => `${o.threads}/${o.batch}/${o.provider}/${o.level}`);
    throw invalid(
      path,
      `none of its results of ${name} was measured with ${threads} ${threads === 1 ? 'thread' : 'threads'}, batch ${batch}, ${provider} and level ${level} (it has ${[...new Set(has)].join(', ')})`,
    );
  }
  const { result, hasOriginalSamples } = others.reduce(
    (latest, one) => (one.result.startedAtMs > latest.result.startedAtMs ? one : latest),
    only,
  );
  const { scenario } = result.options;
  if (scenario.kind !== 'single-stream')
    throw invalid(
      path,
      `its result of ${name} was measured in the scenario ${scenario.kind}, and calls one after the other are needed`,
    );
  const p50 = result.latencyMs.percentiles.find(({ percentile }) => percentile === 50);
  if (!p50 || p50.valueMs === null || p50.lowMs === null || p50.highMs === null)
    throw invalid(path, `its result of ${name} has too few samples to state a median`);
  return {
    ...{ path, result, hasOriginalSamples },
    p50: { medianMs: p50.valueMs, lowMs: p50.lowMs, highMs: p50.highMs },
  };
}

function isAsAsked({ options }: BenchResult, { threads, batch, provider, level }: CompareSetup): boolean {
  return (
    options.threads === (threads ?? options.threads) &&
    options.batch === (batch ?? options.batch) &&
    options.provider === (provider ?? options.provider) &&
    options.level === (level ?? options.level)
  );
}

function invalid(path: string, reason: string): AppError {
  return new AppError('BASELINE_INVALID', `${path} cannot be held against: ${reason}.`, { details: { path } });
}
