// The documented JSON file: it reads back to the same bits, in pieces, and anything else is refused in one sentence.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportResults } from '../../../electron/backend/bench/files/export-results.ts';
import { readResultFile } from '../../../electron/backend/bench/files/read-result-file.ts';
import { resultFileText } from '../../../electron/backend/bench/files/result-file.ts';
import { resultFileSchema } from '../../../electron/backend/bench/files/result-schema.ts';
import { createSampleScanner } from '../../../electron/backend/bench/files/sample-scanner.ts';
import {
  BENCH_OPTIONS,
  makeBenchResult,
  makeBenchRun,
  makeExportSource,
  makeSamples,
} from '../../helpers/bench-result.ts';

const FAILED = {
  options: { ...BENCH_OPTIONS, batch: 64 },
  error: { code: 'BENCH_OUT_OF_MEMORY', message: 'It needs more memory than there is.', details: {}, retryable: false },
};

describe('the result file', () => {
  let dir: string;
  const at = (name: string): string => join(dir, name);
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lineside-files-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('reads back every number as it was, with the failed rows and their reasons', async () => {
    const results = [makeBenchResult(), makeBenchResult({ options: { ...BENCH_OPTIONS, batch: 8 } })];
    const run = makeBenchRun(results, [FAILED]);
    const source = await makeExportSource(dir, results, { run, sampleCount: 20_000 });
    const { path, sizeBytes } = await exportResults(source, 'json', at('run.json'));
    const text = await readFile(path, 'utf8');
    expect(sizeBytes).toBe(Buffer.byteLength(text));
    // What any other party would read with its own JSON parser.
    const plain = resultFileSchema.parse(JSON.parse(text));
    expect(plain.rows).toEqual(run.rows);
    expect(plain.run).toMatchObject({ id: run.id, state: 'done' });
    const samples = makeSamples(20_000);
    expect(Float64Array.from(plain.results[1]?.samplesMs ?? [])).toEqual(samples);
    const sha256 = createHash('sha256').update(new Uint8Array(samples.buffer)).digest('hex');
    expect(plain.results[0]?.samplesSha256).toBe(sha256);

    const stored = await readResultFile(path);
    expect(stored.results.map(({ result }) => result)).toEqual(results);
    expect(stored.results[0]?.samplesMs).toEqual(samples);
    expect(stored.results.map(({ hasOriginalSamples }) => hasOriginalSamples)).toEqual([true, true]);
    expect(stored.rows.at(-1)?.error).toEqual(FAILED.error);
  });

  it('reads a file that another program wrote anew, and sees that samples were changed', async () => {
    const source = await makeExportSource(dir, [makeBenchResult()]);
    await exportResults(source, 'json', at('one.json'));
    const content = resultFileSchema.parse(JSON.parse(await readFile(at('one.json'), 'utf8')));
    for (const result of content.results) result.samplesMs = result.samplesMs.map((value) => value / 2);
    await writeFile(at('faster.json'), `\uFEFF${JSON.stringify(content, null, 2)}`);
    const stored = await readResultFile(at('faster.json'));
    expect(stored.results[0]?.samplesMs).toEqual(makeSamples(4000).map((value) => value / 2));
    expect(stored.results[0]?.hasOriginalSamples).toBe(false);
  });

  it('writes a million samples in small pieces, and never holds the thread for long', async () => {
    const source = await makeExportSource(dir, [makeBenchResult()], { sampleCount: 1_000_000 });
    let longest = 0;
    for await (const piece of resultFileText(source)) longest = Math.max(longest, piece.length);
    expect(longest).toBeLessThan(400_000);
    await exportResults(source, 'json', at('million.json'));
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 1);
    const stored = await readResultFile(at('million.json'));
    clearInterval(ticking);
    expect(stored.results[0]?.samplesMs.length).toBe(1_000_000);
    // Others had their turn many times while it was read.
    expect(turns).toBeGreaterThan(20);
  });

  it('finds samples however the text is cut, and leaves everything else as it is', () => {
    const text =
      '{"a":"samplesMs\\"[","samplesMs" : [ 1.5, 2e-3,\n3 ],"b":["samplesMs",[4]],"samplesMs":[],"c":"\\\\"}';
    for (const size of [1, 2, 3, 7, 1000]) {
      const scanner = createSampleScanner();
      for (let start = 0; start < text.length; start += size) scanner.push(text.slice(start, start + size));
      const { text: kept, samples } = scanner.end();
      expect(samples.map((each) => [...each])).toEqual([[1.5, 0.002, 3], []]);
      expect(JSON.parse(kept)).toEqual({ a: 'samplesMs"[', samplesMs: [], b: ['samplesMs', [4]], c: '\\' });
    }
  });

  it('refuses whatever is no such file, in one sentence that says why', async () => {
    const source = await makeExportSource(dir, [makeBenchResult()]);
    await exportResults(source, 'json', at('good.json'));
    const good = await readFile(at('good.json'), 'utf8');
    const edited = (edit: (content: Record<string, unknown>) => void): string => {
      const content = JSON.parse(good) as Record<string, unknown>;
      edit(content);
      return JSON.stringify(content);
    };
    const cases: readonly (readonly [string, RegExp])[] = [
      ['', /not JSON/],
      ['PK\u0003\u0004 something', /not JSON/],
      [good.slice(0, good.length / 2), /damaged|cut short/],
      ['{"a":1}', /"schema" is not "lineside\.bench\/1"/],
      [edited((content) => (content['schema'] = 'lineside.profile/1')), /"schema" is not/],
      [
        edited((content) => (content['schema'] = 'lineside.bench/2')),
        /written by a newer Lineside \(lineside\.bench\/2\)/,
      ],
      [edited((content) => (content['results'] = [])), /holds no results/],
      [edited((content) => delete content['results']), /its field results is missing/],
      [edited((content) => (content['results'] = [{}])), /lacks its raw samples/],
      [
        good.replace('"threads":1', '"threads":"one"'),
        /its field results\[0\]\.options\.threads is missing or not as documented/,
      ],
      [good.replace('"samplesMs":[', '"samplesMs":["x",'), /damaged: a sample is not a number/],
      [good.replace('"samplesMs":[', '"samplesMs":[-1,'), /damaged: a sample is not a number/],
    ];
    for (const [text, reason] of cases) {
      await writeFile(at('bad.json'), text);
      await expect(readResultFile(at('bad.json')), text.slice(0, 80)).rejects.toMatchObject({
        code: 'BASELINE_INVALID',
        message: expect.stringMatching(reason),
      });
    }
    await expect(readResultFile(at('absent.json'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(readResultFile(dir)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('refuses a place that cannot be written, and leaves nothing there', async () => {
    const source = await makeExportSource(dir, [makeBenchResult()]);
    await mkdir(at('out'));
    await writeFile(at('file'), '');
    for (const format of ['json', 'csv', 'html', 'tensorboard'] as const) {
      for (const path of ['absent/x', 'file/x'])
        await expect(exportResults(source, format, at(path))).rejects.toMatchObject({
          code: 'FILE_WRITE_FAILED',
          message: expect.stringMatching(/cannot be written: its folder (does not exist|is a file)\.$/),
        });
    }
    await expect(exportResults(source, 'csv', at('out'))).rejects.toMatchObject({ code: 'FILE_WRITE_FAILED' });
    const lost = { ...source, samplesPath: (id: string) => at(`out/${id}.f64`) };
    for (const format of ['json', 'html'] as const)
      await expect(exportResults(lost, format, at(`out/x.${format}`))).rejects.toMatchObject({
        code: 'FILE_NOT_FOUND',
      });
    expect(await readdir(at('out'))).toEqual([]);
  });
});
