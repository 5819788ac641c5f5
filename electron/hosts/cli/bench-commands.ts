// `lineside bench …` and `lineside bench-schema`.
import type { Command } from 'commander';
import type { BenchRun, StartBench } from '../../../shared/contract/bench.ts';
import { LEVELS, type OptimizationLevel, PROVIDERS, type Provider } from '../../../shared/contract/bench-options.ts';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import { AppError, isWireError } from '../../../shared/errors/app-error.ts';
import { checkTargets, exportTo, targetOf } from './export-target.ts';
import { findId } from './find-id.ts';
import { followJob } from './follow-job.ts';
import { shortId } from './format.ts';
import { collect, positiveIntegers, seconds, wordsOf } from './parse.ts';
import { exportHint, printResult, printRun } from './print-bench.ts';
import { addScenarioOptions, type ScenarioOptions, scenarioOf } from './scenario-options.ts';
import { runSession, type Session } from './session.ts';
import { addSetupOptions, type SetupOptions, setupOf } from './setup-options.ts';

interface BenchOptions extends ScenarioOptions, SetupOptions {
  readonly device?: string[];
  readonly threads?: number[];
  readonly batch?: number[];
  readonly provider?: Provider[];
  readonly level?: OptimizationLevel[];
  readonly duration?: number;
  readonly sustained?: number;
  readonly noiseFloor: boolean;
  readonly callTimeout?: number;
  readonly out?: string;
  readonly tensorboard?: string;
  readonly resume?: string;
}

const BENCH_HELP = `
Lists make a table: every combination of models, machines, threads, batches, providers and
levels is one row. A row that fails keeps its reason and the others go on. Ctrl-C keeps what
is measured; --resume goes on with the rest. Times are written 500ms, 10s, 30m or 2h.

Examples:
  lineside bench digits --threads 1,2,4 --batch 1,8 --out digits.html
  lineside bench digits --device local --device site=hall-3 --scenario camera --cameras 4
  lineside bench digits --scenario server --limit 50ms
  lineside bench digits --device box-1 --sustained 30m`;

export function addBenchCommands(program: Command): void {
  const bench = program
    .command('bench')
    .description('measure models, here or on devices, and say whether the figures can be trusted')
    .argument('[refs...]', 'models by name or name:version')
    .option('--device <name|selector>', 'where, or local for this computer; may be repeated (default: local)', collect)
    .option('--threads <list>', 'threads inside an operator, as 1,2,4 (default: 1)', positiveIntegers)
    .option('--batch <list>', 'sizes of the batch axis, as 1,8 (default: 1)', positiveIntegers)
    .option('--provider <list>', `of ${PROVIDERS.join(', ')} (default: cpu)`, wordsOf(PROVIDERS))
    .option('--level <list>', `graph optimization, of ${LEVELS.join(', ')} (default: all)`, wordsOf(LEVELS))
    .option('--duration <time>', 'least time to measure a row (default: 10s)', seconds)
    .option('--sustained <time>', 'measure for so long, as 30m, and look for throttling', seconds);
  addSetupOptions(addScenarioOptions(bench))
    .option('--no-noise-floor', 'leave out the comparison of a model with itself')
    .option('--call-timeout <time>', 'how long a single call may take (default: 300s)', seconds)
    .option('--out <file>', 'write all to a .json, .csv or .html file')
    .option('--tensorboard <folder>', 'write event files for TensorBoard')
    .option('--resume <run>', 'go on with the rows that an interrupted run has left')
    .addHelpText('after', BENCH_HELP)
    .action(async (refs: string[], options: BenchOptions, command: Command) => {
      const input = options.resume === undefined ? startInput(refs, options) : null;
      if (input === null && refs.length > 0) throw usage('Name models, or a run with --resume, not both');
      const targets = [
        ...(options.out === undefined ? [] : [targetOf(options.out, undefined)]),
        ...(options.tensorboard === undefined ? [] : [targetOf(options.tensorboard, 'tensorboard')]),
      ];
      await checkTargets(targets);
      await runSession(command, async (session) => {
        const run = await measure(session, input, options.resume);
        const results = await resultsOf(session, run);
        await exportTo(session, run.id, targets);
        session.terminal.json({ ...run, results });
        const [only] = results;
        if (only && run.rows.length === 1) printResult(session.terminal, only);
        else printRun(session.terminal, run, results);
        if (targets.length === 0 && results.length > 0) session.terminal.line(exportHint(run));
        throwIfAllFailed(run);
      });
    });

  program
    .command('bench-schema')
    .description('print the JSON Schema of the files that `lineside bench --out FILE.json` writes')
    .action(async () => {
      const { benchFileSchema } = await import('../../backend/bench/files/bench-schema.ts');
      process.stdout.write(`${JSON.stringify(benchFileSchema(), null, 2)}\n`);
    });
}

/** @throws USAGE */
function startInput(refs: readonly string[], options: BenchOptions): StartBench {
  if (refs.length === 0) throw usage('Name at least one model');
  if (options.duration !== undefined && options.sustained !== undefined)
    throw usage('A run is either as short as --duration allows or --sustained, not both');
  return {
    modelRefs: [...refs],
    machines: options.device,
    threads: options.threads,
    batches: options.batch,
    providers: options.provider,
    levels: options.level,
    scenario: scenarioOf(options),
    durationS: options.duration,
    sustainedS: options.sustained,
    noiseFloor: options.noiseFloor,
    callTimeoutS: options.callTimeout,
    ...setupOf(options),
  };
}

function usage(problem: string): AppError {
  return new AppError('USAGE', `${problem}; see \`lineside bench --help\`.`);
}

async function measure(session: Session, input: StartBench | null, resumed = ''): Promise<BenchRun> {
  const { client } = session;
  const { jobId, runId } = input
    ? await client.bench.start(input)
    : await client.bench.resume({ runId: await findId(client, resumed) });
  try {
    await followJob(session, jobId, input ? `Measuring ${input.modelRefs.join(', ')}` : 'Resuming');
  } catch (thrown) {
    throw await withWayBack(session, runId, thrown);
  }
  return client.bench.run({ id: runId });
}

/** A run that was broken off and has rows to show says how to go on. */
async function withWayBack({ client }: Session, runId: string, thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof AppError) || thrown.code !== 'CANCELLED') return thrown;
  const { rows } = await client.bench.run({ id: runId });
  if (rows.length === 1) return thrown;
  const ended = rows.filter(({ state }) => state === 'done' || state === 'failed').length;
  return new AppError(
    'CANCELLED',
    `The benchmark was cancelled; ${ended} of ${rows.length} rows are kept: go on with \`lineside bench --resume ${shortId(runId)}\`.`,
    { details: { runId, ended, rows: rows.length } },
  );
}

async function resultsOf({ client }: Session, { rows }: BenchRun): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const { resultId } of rows) if (resultId !== null) results.push(await client.bench.get({ id: resultId }));
  return results;
}

/** @throws what kept every row from being measured */
function throwIfAllFailed({ rows }: BenchRun): void {
  const [first] = rows.flatMap(({ error }) => (isWireError(error) ? error : []));
  if (!first || rows.some(({ state }) => state !== 'failed')) return;
  const { code, details } = first;
  throw new AppError(code, `None of the ${rows.length} rows could be measured; the first: ${first.message}`, {
    details,
  });
}
