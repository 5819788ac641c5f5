// The `lineside` command from a sweep to its files: failed rows beside measured ones, exports read back, capacity, comparisons, the gate, Ctrl-C and on again.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readResultFile } from '../../electron/backend/bench/files/read-result-file.ts';
import { type ResultFile, resultFileSchema } from '../../electron/backend/bench/files/result-schema.ts';
import type { BenchRun, Capacity } from '../../shared/contract/bench.ts';
import { type BenchResult, benchResultSchema } from '../../shared/contract/bench-result.ts';
import { type Cli, createCli, errorLine } from '../helpers/cli.ts';
import { fixtureModel, SAMPLE_MODEL } from '../helpers/road.ts';

type RunWithResults = BenchRun & { readonly results: BenchResult[] };

const SHORT = ['--duration', '200ms', '--no-noise-floor'] as const;

describe('lineside bench', () => {
  let dir: string;
  let cli: Cli;
  let run: RunWithResults;
  const at = (name: string): string => join(dir, name);
  const idOf = (row: number): string => run.rows[row]?.resultId ?? '';

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lineside-cli-'));
    cli = createCli(at('data'));
    await mkdir(at('data'));
    await cli.json('model', 'import', SAMPLE_MODEL, '--name', 'digits');
    await cli.json('model', 'import', fixtureModel('mnist.onnx'), '--name', 'mnist');
    run = await cli.json('bench', 'digits', 'mnist', '--batch', '1,8', ...SHORT, '--out', at('run.json'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('measures every combination; a row that cannot be measured keeps its reason', () => {
    const rows = run.rows.map(({ model, options, state, error }) => [model.name, options.batch, state, error?.code]);
    expect(rows).toEqual([
      ['digits', 1, 'done', undefined],
      ['digits', 8, 'done', undefined],
      ['mnist', 1, 'done', undefined],
      ['mnist', 8, 'failed', 'MODEL_SHAPE_INVALID'],
    ]);
    expect(run.state).toBe('done');
    expect(run.results.map((result) => benchResultSchema.parse(result).id)).toEqual([idOf(0), idOf(1), idOf(2)]);
  });

  it('shows a run as a table and a result with its verdict first, by the beginning of an id', async () => {
    const table = await cli.run('result', 'show', run.id.slice(0, 8));
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(/^All rows: on .+, 1 thread, cpu, level all\.\n#\s+MODEL\s+BATCH\s+P50/);
    expect(table.stdout).toMatch(/^4\s+mnist:1\s+8(\s+–)+\s+failed$/m);
    expect(table.stdout).toContain('#4 failed: The model has no dynamic batch');
    expect(table.stdout).toContain('1 of 4 rows failed.');
    const one = await cli.run('results', 'show', idOf(2).slice(0, 8));
    expect(one.stdout).toMatch(/^mnist:1 on .+: (These figures|Measure again|Do not use)/);
    expect(one.stdout).toMatch(/^LATENCY\s+VALUE\s+95 % INTERVAL\s+SIGN-OFF$/m);
    const listed = await cli.run('result', 'list');
    expect(listed.stdout.split('\n').filter((line) => line.startsWith(run.id.slice(0, 8)))).toHaveLength(4);
  });

  it('writes files that hold everything', async () => {
    const content = resultFileSchema.parse(JSON.parse(await readFile(at('run.json'), 'utf8')));
    expect(content.rows).toEqual(run.rows);
    const stored = await readResultFile(at('run.json'));
    expect(stored.results.map(({ result }) => result)).toEqual(run.results);
    for (const { result, samplesMs, hasOriginalSamples } of stored.results) {
      expect(hasOriginalSamples).toBe(true);
      expect(samplesMs.length).toBe(Math.ceil(result.samples.total / result.samples.keptEvery));
      // Another party recomputes the median from the raw samples.
      const steady = samplesMs.subarray(result.warmup.discarded / result.samples.keptEvery).toSorted();
      const median = result.latencyMs.percentiles.find(({ percentile }) => percentile === 50)?.valueMs;
      if (median !== null) expect(steady[Math.ceil(steady.length / 2) - 1]).toBe(median);
    }

    for (const name of ['run.csv', 'run.html', 'one.json'])
      await cli.json('result', 'export', name === 'one.json' ? idOf(0) : run.id, '--out', at(name));
    await cli.json('result', 'export', run.id, '--format', 'tensorboard', '--out', at('logs'));
    expect((await readFile(at('run.csv'), 'utf8')).match(/^(done|failed),/gm)).toHaveLength(4);
    const page = await readFile(at('run.html'), 'utf8');
    for (const result of run.results) expect(page).toContain(`id="${result.id}"`);
    expect(await readdir(at('logs'))).toHaveLength(3);
    expect((await readResultFile(at('one.json'))).results.map(({ result }) => result.id)).toEqual([idOf(0)]);
  });

  it('prints the schema of that file', async () => {
    const { stdout, code } = await cli.run('bench-schema');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ properties: { schema: { const: 'lineside.bench/1' } } });
  });

  it('fails with the reason of the only row, or of all', async () => {
    const one = await cli.run('bench', 'mnist', '--batch', '8', ...SHORT);
    expect({ code: one.code, stdout: one.stdout, error: errorLine(one.stderr)?.code }).toEqual({
      code: 3,
      stdout: '',
      error: 'MODEL_SHAPE_INVALID',
    });
    const all = await cli.run('bench', 'mnist', '--batch', '8,9', ...SHORT);
    expect(all.code).toBe(3);
    expect(all.stdout).toContain('2 of 2 rows failed.');
    expect(errorLine(all.stderr)?.message).toMatch(
      /^None of the 2 rows could be measured; the first: The model has no/,
    );
  });

  it('measures each scenario by its own options', async () => {
    const camera = ['--scenario', 'camera', '--cameras', '2', '--fps', '20', '--deadline', '40ms'];
    const { results } = await cli.json<RunWithResults>('bench', 'digits', ...camera, ...SHORT);
    expect(results[0]?.options.scenario).toEqual({ kind: 'camera', cameras: 2, framesPerS: 20, deadlineMs: 40 });
    const shown = await cli.run('result', 'show', results[0]?.id ?? '');
    expect(shown.stdout).toMatch(/^deadline\s+40\.0 ms from the moment that a frame was due$/m);
  });

  it('says how many boxes a rate takes', async () => {
    const ask = ['capacity', idOf(0).slice(0, 8), '--rate', '5000', '--limit', '2s', '--percentile', '90'];
    const answer = await cli.json<Capacity>(...ask);
    const perBox = answer.perBoxPerS ?? Number.NaN;
    expect(answer).toMatchObject({
      ...{ ratePerS: 5000, limitMs: 2000, percentile: 90, reserve: 0.2, basis: 'predicted' },
      working: Math.ceil(5000 / perBox),
      spare: Math.ceil((0.2 * 5000) / perBox),
      boxes: Math.ceil(5000 / perBox) + Math.ceil((0.2 * 5000) / perBox),
    });
    const { stdout } = await cli.run(...ask, '--reserve', '0%');
    expect(stdout).toMatch(
      /^\d+ box(es)? for 5,000 requests\/s: \d+ at work and 0 in reserve; one box answers [\d,.]+ /,
    );
    const impossible = await cli.run('capacity', idOf(0), '--rate', '1', '--limit', '0.001ms');
    expect(impossible.stdout).toContain('No number of boxes will do');
  });

  it('compares two models; being slower is an answer, not a failure', async () => {
    const { code, stdout } = await cli.run('compare', 'mnist', 'digits', '--duration', '1s');
    // Twenty times the work: no load of the machine hides that.
    expect(stdout).toMatch(/^digits:1 takes .* times as long as mnist:1/);
    expect(stdout).toMatch(/^MODEL\s+MEDIAN\s+CHANGE\s+95 % INTERVAL\s+ANSWER\s+TOST P\s+WILCOXON P/m);
    expect(stdout).toMatch(/^noise floor\s+.* \(a copy of the first: /m);
    expect(code).toBe(0);
  });

  describe('against a baseline', () => {
    const gate = ['--duration', '1s', '--max-slowdown', '5%'];

    /** The exported file as if mnist had taken `p50Ms` then: whether the short run here was steady does not matter. */
    async function baseline(name: string, p50Ms: number, edit: (content: ResultFile) => void = () => undefined) {
      const content = resultFileSchema.parse(JSON.parse(await readFile(at('run.json'), 'utf8')));
      content.results = content.results.filter(({ model }) => model.name === 'mnist');
      for (const result of content.results) {
        const values = { valueMs: p50Ms, lowMs: p50Ms * 0.99, highMs: p50Ms * 1.01 };
        result.latencyMs.percentiles = result.latencyMs.percentiles.map((entry) => ({ ...entry, ...values }));
      }
      edit(content);
      await writeFile(at(name), JSON.stringify(content, null, 1));
      return at(name);
    }

    it('exits with 1 where the model has become slower', async () => {
      const faster = await baseline('faster.json', 0.000_1);
      const { code, stdout, stderr } = await cli.run('compare', 'mnist', '--baseline', faster, ...gate);
      expect({ code, error: errorLine(stderr.replace(/^lineside: warning: .*$/gm, ''))?.code }).toEqual({
        code: 1,
        error: 'REGRESSION_FOUND',
      });
      expect(stdout).toContain('faster.json');
    });

    it('passes where it is faster, measures as the baseline was, and warns that the machine is another', async () => {
      const slower = await baseline('slower.json', 1000, ({ results }) => {
        for (const { fingerprint, options } of results) {
          fingerprint.cpuModel = 'Another CPU';
          options.threads = 2;
        }
      });
      const { code, stdout, stderr } = await cli.run('compare', 'mnist', '--baseline', slower, ...gate, '--json');
      expect(JSON.parse(stdout)).toMatchObject({ setup: { threads: 2 }, gate: { outcome: 'passed' } });
      expect(stderr).toMatch(/^lineside: warning: .*(processor|CPU)/im);
      expect(code).toBe(0);
    });
  });

  it('stops at Ctrl-C, keeps what is measured, and goes on with --resume', async () => {
    const sweep = cli.start(['bench', 'mnist', '--threads', '1,2', '--duration', '1s', '--no-noise-floor']);
    await sweep.saying('2 of 2: mnist:1');
    sweep.kill('SIGINT');
    const { code, stderr } = await sweep.ended;
    const said = errorLine(stderr);
    expect({ code, error: said?.code }).toEqual({ code: 5, error: 'CANCELLED' });
    const [, id = ''] =
      /1 of 2 rows are kept: go on with `lineside bench --resume ([0-9a-f]{8})`/.exec(said?.message ?? '') ?? [];
    const resumed = await cli.json<RunWithResults>('bench', '--resume', id);
    expect(resumed.rows.map(({ state }) => state)).toEqual(['done', 'done']);
    const [kept] = resumed.results;
    expect(kept?.finishedAtMs).toBeLessThan(resumed.results[1]?.startedAtMs ?? 0);
    expect((await cli.run('result', 'remove', id)).stdout).toBe(`Removed the run ${id}.\n`);
    expect((await cli.run('result', 'show', id)).code).toBe(3);
  });

  it('refuses what cannot be, in one sentence, before it measures', async () => {
    await writeFile(at('text.json'), 'no JSON');
    const wrong: readonly (readonly [args: string[], code: string, words: string])[] = [
      [['bench'], 'USAGE', 'Name at least one model'],
      [['bench', 'digits', '--resume', 'abcd'], 'USAGE', 'not both'],
      [['bench', '--resume', 'abcd1234'], 'NOT_FOUND', 'no run or result abcd1234'],
      [['bench', 'digits', '--threads', '1,,2'], 'USAGE', 'commas'],
      [['bench', 'digits', '--provider', 'cpu,gpu'], 'USAGE', 'There is no "gpu"; choose from cpu'],
      [['bench', 'digits', '--level', 'most'], 'USAGE', 'There is no "most"'],
      [['bench', 'digits', '--duration', '10x'], 'USAGE', 'Write a time as'],
      [['bench', 'digits', '--duration', '1s', '--sustained', '1m'], 'USAGE', 'not both'],
      [['bench', 'digits', '--dim', 'height'], 'USAGE', 'NAME=SIZE'],
      [['bench', 'digits', '--scenario', 'server'], 'USAGE', '--limit 50ms'],
      [['bench', 'digits', '--scenario', 'server', '--limit', '50'], 'USAGE', 'with its unit'],
      [
        ['bench', 'digits', '--scenario', 'offline', '--cameras', '2'],
        'USAGE',
        '--cameras belongs to --scenario camera',
      ],
      [['bench', 'digits', '--scenario', 'video'], 'USAGE', 'Allowed choices'],
      [['bench', 'digits', '--out', at('x.txt')], 'USAGE', 'end its name in .json'],
      [['bench', 'digits', '--out', at('absent/x.json')], 'FILE_WRITE_FAILED', 'its folder does not exist'],
      [['bench', 'digits', '--device', 'nowhere'], 'NOT_FOUND', 'nowhere'],
      [['result', 'export', run.id, '--out', at('x.txt')], 'USAGE', 'end its name in .json'],
      [['result', 'show', 'zzzz'], 'NOT_FOUND', 'no run or result zzzz'],
      [['capacity', run.id, '--rate', '5'], 'INPUT_INVALID', 'a run of several rows'],
      [['capacity', idOf(0), '--rate', '5', '--reserve', '20'], 'USAGE', 'Write a share as 5% or 0.05'],
      [['compare', 'digits'], 'USAGE', 'Name two models'],
      [['compare', 'digits', 'mnist', '--baseline', at('run.json')], 'USAGE', 'name one model'],
      [['compare', 'digits', 'mnist', '--max-slowdown', '5%'], 'USAGE', 'needs --baseline'],
      [['compare', 'digits', '--baseline', at('absent.json')], 'FILE_NOT_FOUND', 'absent.json'],
      [['compare', 'digits', '--baseline', at('text.json')], 'BASELINE_INVALID', 'not JSON'],
    ];
    const queue = [...wrong];
    const lane = async (): Promise<void> => {
      for (let line = queue.shift(); line; line = queue.shift()) {
        const [args, code, words] = line;
        const { stdout, stderr } = await cli.run(...args);
        expect({ args, stdout, code: errorLine(stderr)?.code }).toEqual({ args, stdout: '', code });
        expect(errorLine(stderr)?.message).toContain(words);
      }
    };
    await Promise.all([lane(), lane()]);
  });
});
