// `lineside result …` and `lineside capacity`: what has been measured, and what it promises.
import { type Command, Option } from 'commander';
import type { Capacity, ExportFormat } from '../../../shared/contract/bench.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { formatCount, formatMs } from '../../../shared/domain/quantities.ts';
import { checkTargets, exportTo, targetOf } from './export-target.ts';
import { findId, findResultId } from './find-id.ts';
import { formatTime, shortId } from './format.ts';
import { latencyMs, percentile, positiveNumber, share } from './parse.ts';
import { exportHint, printResult, printRun } from './print-bench.ts';
import { runSession } from './session.ts';

const FORMATS: readonly ExportFormat[] = ['json', 'csv', 'html', 'tensorboard'];

export function addResultCommands(program: Command): void {
  const result = program.command('result').alias('results').description('benchmarks that were made');

  result
    .command('list')
    .description('all rows of all runs, newest first')
    .action((_options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const runs = await client.bench.runs();
        terminal.json(runs);
        if (runs.length === 0) terminal.line('Nothing was measured yet: start with `lineside bench MODEL`.');
        else
          terminal.table(
            [
              'run',
              'result',
              'model',
              'machine',
              'threads>',
              'batch>',
              'provider',
              'level',
              'scenario',
              'p50>',
              'p99>',
              'verdict',
              'started',
            ],
            runs.flatMap((run) =>
              run.rows.map(({ model, machine, options, resultId, summary, state }) => [
                shortId(run.id),
                resultId === null ? '–' : shortId(resultId),
                formatRef(model),
                machine.name,
                String(options.threads),
                String(options.batch),
                options.provider,
                options.level,
                options.scenario.kind,
                formatMs(summary?.p50Ms ?? null),
                formatMs(summary?.p99Ms ?? null),
                summary?.verdict ?? (state === 'failed' ? 'failed' : 'not measured'),
                formatTime(run.startedAtMs),
              ]),
            ),
          );
      }),
    );

  result
    .command('show')
    .description('a result in full, or a run as a table')
    .argument('<id>', 'of a result or a run, or how it begins')
    .action((given: string, _options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const id = await findId(client, given);
        const run = (await client.bench.runs()).find((each) => each.id === id);
        const ids = run ? run.rows.flatMap(({ resultId }) => resultId ?? []) : [id];
        const results = [];
        for (const each of ids) results.push(await client.bench.get({ id: each }));
        const [only] = results;
        terminal.json(run ? { ...run, results } : only);
        if (only && (!run || run.rows.length === 1)) printResult(terminal, only);
        else if (run) printRun(terminal, run, results);
        if (run) terminal.line(exportHint(run));
      }),
    );

  result
    .command('export')
    .description('write a result or a run to a file')
    .argument('<id>', 'of a result or a run, or how it begins')
    .requiredOption('--out <path>', 'the file to write; for TensorBoard a folder')
    .addOption(new Option('--format <name>', "default: by the file's name").choices(FORMATS))
    .action(async (given: string, options: { out: string; format?: ExportFormat }, command: Command) => {
      const target = targetOf(options.out, options.format);
      await checkTargets([target]);
      await runSession(command, async (session) => {
        const written = await exportTo(session, await findId(session.client, given), [target]);
        session.terminal.json(written[0]);
      });
    });

  result
    .command('remove')
    .description('forget a result, or a run with its results')
    .argument('<id>', 'of a result or a run, or how it begins')
    .action((given: string, _options: object, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const id = await findId(client, given);
        const isRun = (await client.bench.runs()).some((run) => run.id === id && run.rows[0]?.resultId !== id);
        const answer = isRun ? await client.bench.removeRun({ id }) : await client.bench.remove({ id });
        terminal.json(answer);
        terminal.line(`Removed the ${isRun ? 'run' : 'result'} ${shortId(answer.removed)}.`);
      }),
    );

  program
    .command('capacity')
    .description('how many boxes a rate of requests takes, from a result')
    .argument('<result>', 'id of a result, or how it begins')
    .requiredOption('--rate <n>', 'requests a second', positiveNumber)
    .option(
      '--limit <time>',
      'latency to stay within, as 50ms (default: that of the server run, else 100ms)',
      latencyMs,
    )
    .option('--percentile <p>', 'of the latency (default: 99)', percentile)
    .option('--reserve <share>', 'boxes in reserve, as 20% (default: 20%)', share)
    .action((given: string, options: CapacityOptions, command: Command) =>
      runSession(command, async ({ client, terminal }) => {
        const { rate, limit, ...rest } = options;
        const question = { id: await findResultId(client, given), ratePerS: rate, limitMs: limit };
        const capacity = await client.bench.capacity({
          ...question,
          percentile: rest.percentile,
          reserve: rest.reserve,
        });
        terminal.json(capacity);
        terminal.line(capacitySentence(capacity));
      }),
    );
}

interface CapacityOptions {
  readonly rate: number;
  readonly limit?: number;
  readonly percentile?: number;
  readonly reserve?: number;
}

const BASES: Readonly<Record<Capacity['basis'], string>> = {
  measured: 'as a server run measured',
  predicted: 'predicted by putting its measured calls through a queue with arrivals at random',
};

function capacitySentence({ ratePerS, limitMs, percentile: p, ...answer }: Capacity): string {
  const limit = `within ${formatMs(limitMs)} at p${p}`;
  const { boxes, working, spare, perBoxPerS } = answer;
  if (boxes === null || perBoxPerS === null)
    return `No number of boxes will do: a single call takes longer than the limit of ${formatMs(limitMs)} at p${p}.`;
  const box = boxes === 1 ? 'box' : 'boxes';
  return `${boxes} ${box} for ${formatCount(ratePerS)} requests/s: ${working ?? 0} at work and ${spare ?? 0} in reserve; one box answers ${formatCount(perBoxPerS)} requests/s ${limit}, ${BASES[answer.basis]}.`;
}
