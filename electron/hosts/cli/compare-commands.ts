// `lineside compare …`: is B faster than A, or slower than a stored result allows.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { LEVELS, type OptimizationLevel, PROVIDERS, type Provider } from '../../../shared/contract/bench-options.ts';
import type { Candidate, Comparison, Ratio } from '../../../shared/contract/compare.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { formatDuration, formatMs, formatPercent } from '../../../shared/domain/quantities.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { followJob } from './follow-job.ts';
import { positiveInteger, seconds, share, wordOf } from './parse.ts';
import { threadWords } from './print-bench.ts';
import { runSession, type Session } from './session.ts';
import { addSetupOptions, type SetupOptions, setupOf } from './setup-options.ts';

interface CompareOptions extends SetupOptions {
  readonly device?: string;
  readonly threads?: number;
  readonly batch?: number;
  readonly provider?: Provider;
  readonly level?: OptimizationLevel;
  readonly duration?: number;
  readonly threshold?: number;
  readonly baseline?: string;
  readonly maxSlowdown?: number;
}

const COMPARE_HELP = `
Models take turns in short blocks, in random order, over several fresh processes; a second
copy of the first one shows how much of a difference is noise. The answer is faster, slower,
same or cannot tell, and every answer is exit 0.

With --baseline one model is held against a result in a file of \`lineside bench --out\`:
exit 1 when it is slower than --max-slowdown allows, or when that cannot be told.

Examples:
  lineside compare digits:1 digits:2 --threshold 5% --duration 60s
  lineside compare digits:2 --baseline digits.json --max-slowdown 5%`;

export function addCompareCommands(program: Command): void {
  const compare = program
    .command('compare')
    .description('is one model faster than another, or slower than it was')
    .argument('<refs...>', 'the model to compare with, then those to compare; with --baseline only one')
    .option('--device <name>', 'where, or local for this computer (default: local)')
    .option('--threads <n>', 'threads inside an operator (default: 1)', positiveInteger)
    .option('--batch <n>', 'size of the batch axis (default: 1)', positiveInteger)
    .option('--provider <name>', `one of ${PROVIDERS.join(', ')} (default: cpu)`, wordOf(PROVIDERS))
    .option('--level <name>', `graph optimization, one of ${LEVELS.join(', ')} (default: all)`, wordOf(LEVELS));
  addSetupOptions(compare)
    .option('--duration <time>', 'for the whole (default: 30s)', seconds)
    .option('--threshold <share>', 'differences up to this are the same (default: 3%)', share)
    .option('--baseline <file>', 'compare with the result in this JSON file')
    .option('--max-slowdown <share>', 'with --baseline: what is allowed (default: 5%)', share)
    .addHelpText('after', COMPARE_HELP)
    .action(async (refs: string[], options: CompareOptions, command: Command) => {
      checkUsage(refs, options);
      await runSession(command, async (session) => {
        const jobId = await startJob(session, refs, options);
        const comparison = await session.client.compare.get({ id: await followJob(session, jobId, 'Comparing') });
        session.terminal.json(comparison);
        for (const warning of comparison.warnings) process.stderr.write(`lineside: warning: ${warning}\n`);
        printComparison(session, comparison);
        throwUnlessPassed(comparison);
      });
    });
}

/** @throws USAGE */
function checkUsage(refs: readonly string[], { baseline, threshold, maxSlowdown }: CompareOptions): void {
  const usage = (problem: string): AppError => new AppError('USAGE', `${problem}; see \`lineside compare --help\`.`);
  if (baseline === undefined && refs.length < 2) throw usage('Name two models, or one and --baseline FILE');
  if (baseline !== undefined && refs.length > 1) throw usage('With --baseline name one model');
  if (baseline === undefined && maxSlowdown !== undefined) throw usage('--max-slowdown needs --baseline FILE');
  if (baseline !== undefined && threshold !== undefined)
    throw usage('With --baseline use --max-slowdown, not --threshold');
}

async function startJob({ client }: Session, refs: readonly string[], options: CompareOptions): Promise<string> {
  const setup = {
    machine: options.device,
    threads: options.threads,
    batch: options.batch,
    provider: options.provider,
    level: options.level,
    durationS: options.duration,
    ...setupOf(options),
  };
  const [a = '', ...candidates] = refs;
  const { jobId } =
    options.baseline === undefined
      ? await client.compare.start({ a, candidates, threshold: options.threshold, ...setup })
      : await client.compare.gate({
          modelRef: a,
          baselinePath: resolve(options.baseline),
          maxSlowdown: options.maxSlowdown,
          ...setup,
        });
  return jobId;
}

function printComparison({ terminal }: Session, comparison: Comparison): void {
  const { candidates, a, setup, machine, noiseFloor, aa, threshold, gate } = comparison;
  for (const { sentence } of candidates) terminal.line(sentence);
  terminal.line();
  const first = gate ? `${formatRef(a.model)} (${gate.baseline.path})` : formatRef(a.model);
  terminal.table(
    ['model', 'median>', 'change>', '95 % interval>', 'answer', 'tost p>', 'wilcoxon p>', 'more time'],
    [[first, formatMs(a.medianMs), '', '', '', '', '', ''], ...candidates.map(candidateRow)],
  );
  terminal.line();
  terminal.facts([
    [
      'set-up',
      `${threadWords(setup.threads)}, batch ${setup.batch}, ${setup.provider}, level ${setup.level}, on ${machine.name}`,
    ],
    ['noise floor', `${formatPercent(noiseFloor)}${aa ? ` (a copy of the first: ${changeRange(aa)})` : ''}`],
    gate
      ? ['allowed', `${formatPercent(gate.maxSlowdown)} slower: ${gate.outcome}`]
      : ['counts as same', `differences up to ${formatPercent(threshold)}`],
    ['measured', `${comparison.blocks.length} blocks over ${comparison.processes} processes`],
    ['comparison', comparison.id],
  ]);
}

function candidateRow({ model, medianMs, ratio, answer, tostP, wilcoxonP, holmP, moreTimeS }: Candidate): string[] {
  return [
    formatRef(model),
    formatMs(medianMs),
    change(ratio.estimate),
    changeRange(ratio),
    answer,
    pValue(tostP),
    holmP === null ? pValue(wilcoxonP) : `${pValue(holmP)} (Holm)`,
    moreTimeS === null ? 'none would do' : moreTimeS === 0 ? '' : formatDuration(moreTimeS * 1000),
  ];
}

/** Of latency: +3.1 %. */
function change(ratio: number): string {
  const percent = (ratio - 1) * 100;
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %`;
}

function changeRange({ low, high }: Ratio): string {
  return `${change(low)} to ${change(high)}`;
}

function pValue(value: number | null): string {
  if (value === null) return '–';
  return value < 0.001 ? '< 0.001' : value.toFixed(3);
}

/** @throws REGRESSION_FOUND, REGRESSION_UNDECIDED where a stored result sets the measure */
function throwUnlessPassed({ gate, candidates }: Comparison): void {
  if (!gate || gate.outcome === 'passed') return;
  const sentence = candidates[0]?.sentence ?? '';
  const code = gate.outcome === 'failed' ? 'REGRESSION_FOUND' : 'REGRESSION_UNDECIDED';
  throw new AppError(code, sentence, { details: { baseline: gate.baseline.path, maxSlowdown: gate.maxSlowdown } });
}
